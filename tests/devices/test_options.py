"""DeviceOptions: by argument, else by environment variable."""

from __future__ import annotations

import pytest

from speakerplug.devices import Device, DeviceOptions, StageOptions, read_device_options
from speakerplug.devices.device import GB
from speakerplug.errors import UsageError

STAGES = ("recognizer", "diarizer")


def test_read_device_options_given_takes_every_one() -> None:
    """A stage has its own device; compute type and batch size without a stage are the first stage's."""
    given = {
        "device": "cuda:1",
        "diarizer_device": "cpu",
        "compute_type": "int8",
        "batch_size": 4,
        "concurrency": "off",
        "memory_limit": "6GB",
    }
    stages = {"recognizer": StageOptions(None, "int8", 4), "diarizer": StageOptions(Device("cpu"))}
    device_options = read_device_options(given, STAGES, {})
    assert device_options == DeviceOptions(Device("cuda", 1), stages, "off", 6 * GB)
    assert [device_options.device_for(stage) for stage in STAGES] == [Device("cuda", 1), Device("cpu")]


def test_read_device_options_not_given_takes_the_environment() -> None:
    """A variable counts where the argument is missing, and only there; auto is an argument too."""
    environ = {
        "SPEAKERPLUG_DEVICE": "cuda",
        "SPEAKERPLUG_RECOGNIZER_DEVICE": "cpu",
        "SPEAKERPLUG_DIARIZER_BATCH_SIZE": "2",
        "SPEAKERPLUG_MEMORY_LIMIT": "",
    }
    device_options = read_device_options({"device": "auto", "recognizer_device": None}, STAGES, environ)
    assert device_options == DeviceOptions(
        None, {"recognizer": StageOptions(Device("cpu")), "diarizer": StageOptions(batch_size=2)}
    )


@pytest.mark.parametrize(
    "given",
    [
        {"device": "gpu"},
        {"batch_size": 0},
        {"batch_size": "two"},
        {"batch_size": "²"},
        {"concurrency": "yes"},
        {"memory_limit": "0"},
        {"memory_limit": "9" * 400},
    ],
)
def test_read_device_options_with_invalid_values_is_refused(given: dict[str, str]) -> None:
    """An invalid value of any option is a usage error."""
    with pytest.raises(UsageError):
        read_device_options(given, STAGES, {})
