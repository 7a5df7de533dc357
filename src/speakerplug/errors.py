"""What can go wrong, as a small tree: every message says what is wrong and what to do about it."""

from __future__ import annotations

from typing import Any

from .secrecy import masked


class SpeakerPlugError(Exception):
    """Base of every error that SpeakerPlug raises on purpose; its text is one sentence with a remedy."""

    exit_code = 1
    partial: Any = None
    """The Transcript of what was done before it went wrong, if that is worth keeping."""

    def __init__(self, *arguments: Any) -> None:
        # Texts of others, which are quoted, may repeat a token.
        super().__init__(*(masked(each) if isinstance(each, str) else each for each in arguments))


class UsageError(SpeakerPlugError, ValueError):
    """An option, a name or a combination of options that cannot be meant."""

    exit_code = 2


class MediaError(SpeakerPlugError, ValueError):
    """A recording that cannot be read: missing, empty, damaged or without sound."""


class ModelError(SpeakerPlugError, RuntimeError):
    """A model that cannot be had or loaded: unknown, gated, unreachable or damaged."""


class DeviceError(SpeakerPlugError, RuntimeError):
    """A device that was asked for and cannot be used."""


class PluginError(SpeakerPlugError, RuntimeError):
    """A plugin that breaks the rules: a taken name, a raising hook, a wrong result."""


class OutputError(SpeakerPlugError, OSError):
    """A result that cannot be written where it was asked for."""


class Stopped(SpeakerPlugError):  # noqa: N818 - no error, like KeyboardInterrupt
    """Work that was told to stop."""

    exit_code = 130
