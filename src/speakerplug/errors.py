"""The exception hierarchy, and what messages may contain: no secrets, and no overlong values."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, TypeVar

LONGEST_VALUE = 80
"""Characters of a value that a message repeats."""
LONGEST_MESSAGE = 1000
"""Characters of a message; a longer one loses its middle, because its end has the hint."""

# A path in quotes is left whole.
_QUOTED = re.compile(rf"(?P<quote>['\"])(?P<kept>[^'\"\n/\\]{{{LONGEST_VALUE}}})[^'\"\n/\\]+(?P=quote)")
_ENDLESS = re.compile(rf"(\S{{{LONGEST_VALUE}}})\S{{220,}}")


def shown(value: object) -> str:
    """Return a value as messages quote it: strings in quotes, truncated to `LONGEST_VALUE`."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def kind_of(value: object) -> str:
    """Return the type of a value with its article: an int, a list."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def shortened(message: str) -> str:
    """Return a message with long quoted values, and words longer than any usual path, truncated."""
    message = _ENDLESS.sub(r"\1…", _QUOTED.sub(r"\g<quote>\g<kept>…\g<quote>", message))
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:700]}…{message[-200:]}"


def first_line(error: BaseException) -> str:
    """Return the first line of the message of another library's error; its class name where it has none."""
    return shortened((str(error).strip() or type(error).__name__).splitlines()[0])


def suggested(name: str, known: Iterable[str], otherwise: str = "it has") -> str:
    """Return the known name most like an unknown one, as a question; `otherwise` all, where none is similar."""
    known = sorted(known)
    close = get_close_matches(str(name), known, n=1)
    return f"did you mean {close[0]}?" if close else f"{otherwise}: {', '.join(known) or 'none'}."


class SpeakerPlugError(Exception):
    """Base class of every error that SpeakerPlug raises; its message is one sentence with a hint."""

    exit_code = 1
    partial: Any = None
    """The Transcript of what was done before the error, if there is one to save."""

    def __init__(self, *details: object) -> None:
        # Messages of other libraries, which are quoted, may repeat a token, or be very long.
        super().__init__(*(shortened(masked(each)) if isinstance(each, str) else each for each in details))


class UsageError(SpeakerPlugError, ValueError):
    """An invalid option, name or combination of options."""

    exit_code = 2


class MediaError(SpeakerPlugError, ValueError):
    """A recording that cannot be read: missing, empty, damaged or without audio."""


class ModelError(SpeakerPlugError, RuntimeError):
    """A model that is unavailable or cannot be loaded: unknown, gated, unreachable or damaged."""


class DeviceError(SpeakerPlugError, RuntimeError):
    """A requested device that cannot be used."""


class PluginError(SpeakerPlugError, RuntimeError):
    """A plugin that breaks the contract: a taken name, a hook that raises, an invalid result."""


class OutputError(SpeakerPlugError, OSError):
    """A result that cannot be written to its target."""


class Cancelled(SpeakerPlugError):  # noqa: N818 - no error, like KeyboardInterrupt
    """Work that was canceled."""

    exit_code = 130


def insist(name: str, value: Any, kind: Any, accepted: str) -> None:
    """Raise UsageError for a value of another type than `kind`, which `accepted` describes; a bool is not a number."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UsageError(f"{name} is {shown(value)}; it must be {accepted}.")


MASK = "***"
SHORTEST = 6
"""Characters of a secret, at least; a shorter text would be masked everywhere."""
VARIABLES = re.compile(r"(TOKEN|API_?KEY|SECRET|PASSWORD)$")
"""Endings of environment variables that hold secrets."""
SHAPES = (
    (re.compile(r"\b(?:hf|sk|api_org)_[A-Za-z0-9]{16,}"), MASK),
    (re.compile(r"(?i)(\bbearer|\bauthorization['\"]?\s?[:=]\s?['\"]?basic)(\s)[\w.~+/=-]{12,}"), rf"\1\2{MASK}"),
    (re.compile(r"(://)[^\s/@:'\"]*:[^\s/@'\"]+(?=@)"), rf"\1{MASK}"),
    (
        re.compile(
            r"(?i)([?&][\w-]{0,40}(?:signature|credential|token|key|secret|policy|sig)[\w-]{0,20}=)[^&\s'\")<>]+"
        ),
        rf"\1{MASK}",
    ),
)

Secret = TypeVar("Secret", str, "str | None")

_known: set[str] = set()


def keep_secret(value: Secret) -> Secret:
    """Remember a token or key, so that it is masked in every message, and return it."""
    if value and len(value.strip()) >= SHORTEST:
        _known.add(value.strip())
    return value


def masked(text: str) -> str:
    """Return `text` without known secrets, those in environment variables, and whatever looks like one."""
    for secret in sorted({*_known, *_in_environment()}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    for shape, instead in SHAPES:
        text = shape.sub(instead, text)
    return text


def masked_error(error: BaseException) -> BaseException:
    """Mask the secrets in the messages of an error and of its causes, and return it."""
    for each in _all_of(error):
        args = tuple(masked(part) if isinstance(part, str) else part for part in each.args)
        if args != each.args:
            each.args = args
        for name in ("__notes__", "server_message", "msg", "reason", "strerror"):
            with suppress(Exception):  # a read-only property
                value = getattr(each, name)
                clean = [masked(note) for note in value] if isinstance(value, list) else masked(value)
                if clean != value:
                    setattr(each, name, clean)
    return error


def _all_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its causes and contexts, and the members of a group."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inside = getattr(each, "exceptions", ())
        behind = (each.__cause__, each.__context__, *(inside if isinstance(inside, tuple) else ()))
        waiting += [other for other in behind if isinstance(other, BaseException)]


def _in_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if VARIABLES.search(name.upper()) and len(value.strip()) >= SHORTEST and not os.path.exists(value):
            yield value.strip()
