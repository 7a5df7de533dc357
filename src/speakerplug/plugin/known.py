"""The packages that provide what SpeakerPlug itself does not: only for hints on what to install."""

from __future__ import annotations

LOCAL_MODELS = "speakerplug-bundled"
"""Provides models that need no network."""

_PACKAGES = {
    "avencera/speakrs-models": "speakerplug-speakrs",
    "bundled": LOCAL_MODELS,
    "ctc": "speakerplug-aligner",
    "precision-2": "speakerplug-pyannoteai",
    "pyannote/speaker-diarization-precision-2": "speakerplug-pyannoteai",
    "speakrs": "speakerplug-speakrs",
}

_COMMANDS = {"evaluate": "speakerplug-evaluate", "serve": "speakerplug-server"}
_OPTIONS = {"--ray": "speakerplug-ray"}


def install(package: str, extra: str = "") -> str:
    """Return the command that installs one of these packages, with an extra of it, from SpeakerPlug's sources."""
    return f"pip install './plugins/{package}[{extra}]'" if extra else f"pip install ./plugins/{package}"


def package_of(name: str) -> str | None:
    """Return the package that provides this name, or hub id with or without a revision; None if it is unknown."""
    return _PACKAGES.get(name.partition("@")[0].lower())


def package_of_command(name: str) -> str | None:
    """Return the package that provides a command; None if it is unknown."""
    return _COMMANDS.get(name)


def package_of_option(name: str) -> str | None:
    """Return the package that provides an option; None if it is unknown."""
    return _OPTIONS.get(name)


def hint(name: str) -> str | None:
    """Return how to install what provides this name, as half a sentence; None if the name is unknown."""
    package = package_of(name)
    return None if package is None else f"{name} is in {package}, which is not installed; {install(package)}"
