"""The plan before any model is here: Whisper by the size of its weights, and a pipeline of pyannote's form."""

from __future__ import annotations

from pathlib import Path

from ..devices import DeviceOptions, Inventory, Plan, make_plan
from ..diarizers.pyannote.diarizer import PipelineResident
from ..errors import UsageError
from ..recognizers.faster_whisper import WhisperResident
from ..recognizers.models import ON_CPU, ON_GPU

PARAMETERS = {
    "tiny": 39,
    "base": 74,
    "small": 244,
    "medium": 769,
    "large-v3": 1550,
    "large-v3-turbo": 809,
    "distil-large-v3": 756,
}
"""Millions of parameters; a weights file has two bytes for each."""
ALIASES = {"large": "large-v3", "large-v1": "large-v3", "large-v2": "large-v3", "turbo": "large-v3-turbo"}


def typical_plan(model: str, inventory: Inventory, device_options: DeviceOptions) -> tuple[str, Plan]:
    """The model that `auto` means there, or `model` itself, and the plan for it and a diarizer.

    Raises UsageError for a size that nobody knows.
    """
    if model != "auto":
        return model, _plan(model, inventory, device_options)
    if any(state.device.kind == "cuda" and "ctranslate2" in state.compute_types for state in inventory.devices):
        plan = _plan(ON_GPU, inventory, device_options)
        if plan.of("recognizer").device.kind != "cpu":
            return ON_GPU, plan
    return ON_CPU, _plan(ON_CPU, inventory, device_options)


def _plan(model: str, inventory: Inventory, device_options: DeviceOptions) -> Plan:
    size = model.removesuffix(".en")
    size = ALIASES.get(size, size)
    if size not in PARAMETERS:
        raise UsageError(f"Nothing is known of the memory of {model!r}; choose one of: {', '.join(PARAMETERS)}.")
    recognizer = WhisperResident(Path(size), PARAMETERS[size] * 2_000_000)
    return make_plan([recognizer, PipelineResident("typical", lambda: None)], inventory, device_options)
