"""What can go wrong, as a small tree: every message says what is wrong and what to do about it."""

from __future__ import annotations

import re
from typing import Any

from .secrecy import masked

LONGEST_VALUE = 80
"""Characters of a value that a message repeats."""
LONGEST_MESSAGE = 1000
"""Characters of a message; the middle of a longer one is cut, for the end has the remedy."""

# A path in quotes is left whole.
_QUOTED = re.compile(rf"(?P<quote>['\"])(?P<kept>[^'\"\n/\\]{{{LONGEST_VALUE}}})[^'\"\n/\\]+(?P=quote)")
_ENDLESS = re.compile(rf"(\S{{{LONGEST_VALUE}}})\S{{220,}}")


def shown(value: object) -> str:
    """A value as a message repeats it: texts in quotes, cut where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def shortened(message: str) -> str:
    """The message, values in it cut that are in quotes, or longer than any path that people use."""
    message = _ENDLESS.sub(r"\1…", _QUOTED.sub(r"\g<quote>\g<kept>…\g<quote>", message))
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:700]}…{message[-200:]}"


def first_line(error: BaseException) -> str:
    """What somebody else's error says, in a line; its kind where it says nothing."""
    return shortened((str(error).strip() or type(error).__name__).splitlines()[0])


class SpeakerPlugError(Exception):
    """Base of every error that SpeakerPlug raises on purpose; its text is one sentence with a remedy."""

    exit_code = 1
    partial: Any = None
    """The Transcript of what was done before it went wrong, if that is worth keeping."""

    def __init__(self, *details: object) -> None:
        # Texts of others, which are quoted, may repeat a token, or be endless.
        super().__init__(*(shortened(masked(each)) if isinstance(each, str) else each for each in details))


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
