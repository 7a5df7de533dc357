"""Candidates of a stage, and the errors where there are none."""

from __future__ import annotations

import pytest

from speakerplug.devices import Device, DeviceOptions, StageOptions
from speakerplug.devices.candidates import candidates_for
from speakerplug.devices.oom_fallback import Limits
from speakerplug.errors import DeviceError, UsageError
from tests.devices.machines import machine, recognizer


@pytest.mark.parametrize(
    ("gpu_gb", "options", "error", "said"),
    [
        (
            6,
            DeviceOptions(Device("cuda", 1)),
            DeviceError,
            r"cuda:1 is not there; this machine has: cuda:0, cpu\. Try --device auto",
        ),
        (
            1.5,
            DeviceOptions(Device("cuda")),
            DeviceError,
            r"Recognizer needs 1\.62 GB, and cuda:0 has 1\.25 GB to give; .*--device auto",
        ),
        (
            6,
            DeviceOptions(stages={"recognizer": StageOptions(compute_type="int4")}),
            UsageError,
            r"cuda:0 or cpu cannot compute in 'int4'; choose one of: auto, float16",
        ),
    ],
)
def test_candidates_for_unsatisfiable_options_raises(
    gpu_gb: float, options: DeviceOptions, error: type[Exception], said: str
) -> None:
    """A device that is missing or too small, and a precision that it does not have, are errors with a hint."""
    with pytest.raises(error, match=said):
        candidates_for(recognizer(), machine(gpu_gb), options, Limits())
