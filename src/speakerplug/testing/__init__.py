"""For tests of plugins and of programs that use SpeakerPlug: stages without models, and machines without GPUs.

Nothing here needs a model, a network or a file.
"""

from .host import check_host
from .machine import Card, SimulatedMachine, SimulatedProcess
from .model import SimulatedModel
from .stages import (
    FAKE,
    FakeDiarizer,
    FakeRecognizer,
    FakeStages,
    check_diarization,
    check_recognition,
    plugins_with,
    silence,
    turns,
    words,
)

__all__ = [
    "FAKE",
    "Card",
    "FakeDiarizer",
    "FakeRecognizer",
    "FakeStages",
    "SimulatedMachine",
    "SimulatedModel",
    "SimulatedProcess",
    "check_diarization",
    "check_host",
    "check_recognition",
    "plugins_with",
    "silence",
    "turns",
    "words",
]
