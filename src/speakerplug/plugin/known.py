"""The packages that bring what does not come with SpeakerPlug: for hints of what to install, and for nothing else."""

from __future__ import annotations

LOCAL_MODELS = "speakerplug-bundled"
"""Brings models that need no network."""

_PACKAGES = {
    "bundled": LOCAL_MODELS,
    "ctc": "speakerplug-aligner",
    "precision-2": "speakerplug-pyannoteai",
    "pyannote/speaker-diarization-precision-2": "speakerplug-pyannoteai",
}

_COMMANDS = {"evaluate": "speakerplug-evaluate"}


def install(package: str) -> str:
    """Return the command that installs one of these packages, from the source of SpeakerPlug."""
    return f"pip install ./plugins/{package}"


def package_of(name: str) -> str | None:
    """Return the package that brings what has this name, or this hub id with or without a revision; None for none."""
    return _PACKAGES.get(name.partition("@")[0].lower())


def package_of_command(name: str) -> str | None:
    """Return the package that brings the command of this name; None for none."""
    return _COMMANDS.get(name)


def hint(name: str) -> str | None:
    """Return where to get what has this name, as half a sentence; None for a name that nobody knows."""
    package = package_of(name)
    return None if package is None else f"{name} is in {package}, which is not installed; {install(package)}"
