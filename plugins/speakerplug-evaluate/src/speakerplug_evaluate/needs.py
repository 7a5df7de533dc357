"""What evaluation needs beside SpeakerPlug's own packages, where they were installed without it."""

from __future__ import annotations

import importlib.util

from speakerplug.plugin import ModelError

MODULES = {
    "meeteval": "meeteval",
    "scipy": "scipy",
    "whisper_normalizer": "whisper-normalizer",
    "pyannote.metrics": "pyannote.metrics",
}


def require() -> None:
    """Raise ModelError, with what to type, where one of the packages is not installed."""
    missing = [package for module, package in MODULES.items() if not _is_there(module)]
    if missing:
        raise ModelError(
            f"Evaluation needs {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed; "
            f"type: pip install --upgrade speakerplug-evaluate."
        )


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # its parent is not there
        return False
