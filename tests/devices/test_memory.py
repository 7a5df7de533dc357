"""Memory that comes back, and memory that does not."""

from __future__ import annotations

import gc
import logging
import weakref

import pytest

from speakerplug.devices import CPU, Device
from speakerplug.devices.device import GB, MB
from speakerplug.devices.memory import report_return
from speakerplug.devices.probe import LocalProbe

GPU = Device("cuda", 0)


@pytest.mark.parametrize(
    ("device", "before", "after", "missing", "level"),
    [
        (GPU, 0, GB, 0, None),
        (GPU, 0, GB - 40 * MB, 0, None),
        (GPU, 0, GB - 100 * MB, 100 * MB, logging.DEBUG),
        (GPU, 0, GB // 2, GB // 2, logging.WARNING),
        (CPU, 0, GB // 2, GB // 2, logging.DEBUG),
        (GPU, None, None, 0, None),
    ],
)
def test_what_does_not_come_back_is_said(
    device: Device,
    before: int | None,
    after: int | None,
    missing: int,
    level: int | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Up to 5 % is nothing; more is noted, and much of a GPU is a warning."""
    with caplog.at_level(logging.DEBUG):
        assert report_return("model", device, GB, before, after) == missing
    assert [record.levelno for record in caplog.records] == [level] * (level is not None)


def test_dead_models_free_their_memory() -> None:
    """Models in circles of references, as Lightning makes them, are collected."""

    class Model:
        def __init__(self) -> None:
            self.me = self

    gone = weakref.ref(Model())
    gc.disable()
    try:
        Model()
        LocalProbe().release(CPU)
    finally:
        gc.enable()
    assert gone() is None
