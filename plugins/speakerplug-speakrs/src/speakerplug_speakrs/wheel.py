"""The wheel `speakrs`: whether it is installed, and why not."""

from __future__ import annotations

import importlib.util
import platform
import sys
from typing import Any

from speakerplug.plugin import ModelError

PLATFORMS = (("linux", "x86_64"), ("darwin", "arm64"))


def why_missing() -> str | None:
    """Return why the wheel is not installed, with a hint after a semicolon; None if it is. It is not imported."""
    if "speakrs" in sys.modules or importlib.util.find_spec("speakrs") is not None:
        return None
    if sys.version_info < (3, 11) or (sys.platform, platform.machine()) not in PLATFORMS:
        return "it needs Python 3.11 or newer, on Linux (x86-64) or macOS (Apple silicon); choose another diarizer"
    return "its wheel is not installed; install it with: pip install speakrs"


def imported() -> Any:
    """Return the module `speakrs`; raises ModelError where it is missing or cannot be loaded."""
    if (why := why_missing()) is not None:
        raise ModelError(f"speakrs cannot run here, because {why}.")
    try:
        import speakrs
    except ImportError as error:
        raise ModelError(
            f"speakrs cannot be loaded ({error}); reinstall it with: pip install --force-reinstall --no-deps speakrs."
        ) from error
    return speakrs
