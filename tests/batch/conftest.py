"""Tests of the driver need no process that reads headers."""

from __future__ import annotations

import pytest

import speakerplug.batch.driver


@pytest.fixture(autouse=True)
def no_headers(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Leave the lengths of recordings unknown, except in slow tests."""
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(speakerplug.batch.driver, "durations_of", lambda paths: {})
