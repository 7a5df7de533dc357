"""User-facing errors of speakrs: each of its categories as one sentence with a hint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from speakerplug.plugin import Cancelled, DeviceError, ModelError, SpeakerPlugError, first_line


class EngineError(RuntimeError):
    """An error of speakrs with its category, of the type in which the device manager looks for failures of devices."""

    def __init__(self, category: str, message: str) -> None:
        super().__init__(message)
        self.category = category


@contextmanager
def engine_errors(speakrs: Any) -> Iterator[None]:
    """Turn the errors of the module `speakrs` inside the block into EngineErrors."""
    try:
        yield
    except speakrs.SpeakrsError as error:
        raise EngineError(error.category, error.message) from error


def explained(error: EngineError, folder: Path) -> SpeakerPlugError:
    """Return the user-facing error for one of speakrs, by its category and message; `folder` has the models."""
    category, said = error.category, first_line(error).rstrip(".")
    if category == "cancelled":
        return Cancelled("The work was canceled.")
    if category in ("model_manifest", "model_prepare"):
        return ModelError(
            f"The models of speakrs in {folder} are incomplete ({said}); "
            "name a folder with all of them, or fetch them with: speakerplug fetch speakrs."
        )
    if category == "model_load" and "CUDA" not in said.upper():
        return ModelError(
            f"speakrs cannot load its models from {folder} ({said}); "
            "name a folder with others, or fetch them again with: speakerplug fetch speakrs."
        )
    if category in ("model_load", "unsupported_runtime"):
        return DeviceError(f"speakrs cannot use the GPU ({said}); update NVIDIA's driver, or add --device cpu.")
    return ModelError(f"speakrs failed ({category}: {said}); try again with --device cpu, or choose another diarizer.")
