"""Why a plan is as it is."""

from __future__ import annotations

import json

import pytest

from speakerplug.devices import make_plan
from speakerplug.devices.device import GB
from speakerplug.testing import Card, SimulatedMachine
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
        "They do not fit on cuda:0 together: one is offloaded before the other is loaded.",
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


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (
            Card("old", 8 * GB, (6, 1)),
            "diarizer: torch cannot compute on cuda:0: torch has no code for its compute capability 6.1.",
        ),
        (
            Card("without cuBLAS", 8 * GB, unavailable={"ctranslate2": "libcublas.so.12 is missing; install it"}),
            "recognizer: ctranslate2 cannot compute on cuda:0: libcublas.so.12 is missing; install it.",
        ),
        (Card("Apple", 8 * GB, None, "mps"), "recognizer: ctranslate2 does not run on mps."),
    ],
)
def test_reasons_of_a_stage_off_the_gpu_say_why_its_engine_cannot_use_it(card: Card, reason: str) -> None:
    """With the hint that the probe knows."""
    assert reason in make_plan([recognizer(), diarizer()], SimulatedMachine(card).inventory()).reasons
