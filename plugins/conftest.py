"""Settings of the tests of all plugins."""

from tests.logs import restored_logs  # noqa: F401
