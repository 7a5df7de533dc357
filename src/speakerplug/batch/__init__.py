"""Many recordings: a driver that plans, a journal of what is done, and workers that do it."""
