"""The contract with plugins: roles, hooks, and the manager that calls them."""
