"""Where the device manager places speakrs, and which of its modes that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.plugin import DeviceManager
from speakerplug.testing import Card, SimulatedMachine
from speakerplug_speakrs.handle import SpeakrsHandle
from tests.standins.speakrs import StandIn

GB = 1024**3
MODERN, OLD = Card("T4", 15 * GB, (7, 5)), Card("GTX 1080", 8 * GB, (6, 1))


@pytest.mark.parametrize(
    ("cards", "fast", "mode"),
    [
        ((MODERN,), False, "CUDA"),
        ((MODERN,), True, "CUDAFast"),
        ((OLD,), False, "CPU"),
        ((OLD, MODERN), False, "CPU"),
        ((Card("small", GB, (8, 6)),), False, "CPU"),
        ((), True, "CPU"),
    ],
)
def test_handle_is_loaded_in_the_mode_of_its_device(
    wheel: StandIn, tmp_path: Path, cards: tuple[Card, ...], fast: bool, mode: str
) -> None:
    """On the first GPU if that is new and large enough, else on the CPU."""
    devices = DeviceManager(probe=SimulatedMachine(*cards))
    handle = SpeakrsHandle(tmp_path, fast)
    with devices.hold(handle) as lease:
        assert handle.mode(lease.placement) == mode
    assert wheel.loaded == [(mode, tmp_path)]
    devices.close()


def test_handle_of_a_wheel_without_cuda_is_placed_on_the_cpu(wheel: StandIn, tmp_path: Path) -> None:
    """As on macOS."""
    wheel.modes = ("CPU", "CoreML")
    devices = DeviceManager(probe=SimulatedMachine(MODERN))
    assert str(devices.plan([SpeakrsHandle(tmp_path)]).of("diarizer").device) == "cpu"
