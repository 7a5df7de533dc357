"""Why a plan is as it is."""

from __future__ import annotations

import json

import pytest

from speakerplug.devices import make_plan
from tests.devices.machines import diarizer, machine, recognizer


def test_plan_explains_itself_and_goes_into_json() -> None:
    """It explains itself in lines, and goes into JSON."""
    made = make_plan([recognizer(), diarizer()], machine(3.5))
    assert made.explain().splitlines() == [
        "recognizer  cuda:0, float16, batch 1, 4 threads",
        "diarizer    cuda:0, float32, batch 8, 4 threads",
        "recognizer: needs 3.25 GB of 3.25 GB on cuda:0.",
        "recognizer: batch 1 instead of 8, so that it fits.",
        "diarizer: needs 1.25 GB of 3.25 GB on cuda:0.",
        "They do not fit on cuda:0 together: one is evicted before the other is loaded.",
    ]
    stored = json.loads(json.dumps(made.as_dict()))
    assert (stored["swaps"], stored["stages"]["diarizer"]["device"]) == (True, "cuda:0")
    with pytest.raises(KeyError):
        made.of("nobody")


@pytest.mark.parametrize(
    ("gpu_gb", "reason"),
    [
        ((), "diarizer: there is no GPU."),
        ((24,), "They run concurrently: both fit on cuda:0."),
        ((6, 6), "They run concurrently, each on a GPU of its own."),
        ((2.6,), "recognizer: int8_float16 instead of float16, so that it fits."),
        ((1.5,), "recognizer: cuda:0 is too small, it has 1.25 GB to give and at least 1.62 GB is needed."),
    ],
)
def test_reasons_of_a_plan_say_what_decided(gpu_gb: tuple[float, ...], reason: str) -> None:
    """Each is a sentence on a stage or on all."""
    assert reason in make_plan([recognizer(), diarizer()], machine(*gpu_gb)).reasons
