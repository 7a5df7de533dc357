"""What the tests of devices share."""

from __future__ import annotations

import logging

import pytest


@pytest.fixture(autouse=True)
def open_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is logged can be read, whatever the command line's tests have done to the log before."""
    logger = logging.getLogger("speakerplug")
    monkeypatch.setattr(logger, "propagate", True)
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    logger.manager._clear_cache()  # type: ignore[attr-defined]
