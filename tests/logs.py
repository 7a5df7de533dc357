"""Logs in tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def restored_logs() -> Iterator[None]:
    """Restore our logs and those of plugins, whose level and handlers a command sets in this process."""
    yield
    for name, log in logging.root.manager.loggerDict.items():
        if "speakerplug" in name and "." not in name and isinstance(log, logging.Logger):
            log.handlers.clear()
            log.setLevel(logging.NOTSET)
            log.propagate = True
