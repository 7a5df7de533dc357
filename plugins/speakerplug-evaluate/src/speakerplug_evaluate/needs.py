"""The packages that evaluation needs in addition to SpeakerPlug's own."""

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
    """Raise ModelError, with the command that installs it, if a package is missing."""
    missing = [package for module, package in MODULES.items() if not _is_there(module)]
    if missing:
        raise ModelError(
            f"Evaluation needs {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed; "
            f"type: pip install --upgrade speakerplug-evaluate."
        )


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # its parent is missing
        return False
