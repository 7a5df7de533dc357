"""What can go wrong, as a small tree, and what messages may hold: no secrets, and no endless values."""

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


def suggested(name: str, known: Iterable[str]) -> str:
    """Return what may be meant by a name that nobody knows, as a question; where nothing is like it, the known ones."""
    known = sorted(known)
    close = get_close_matches(str(name), known, n=1)
    return f"did you mean {close[0]}?" if close else f"it has: {', '.join(known) or 'none'}."


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


class Cancelled(SpeakerPlugError):  # noqa: N818 - no error, like KeyboardInterrupt
    """Work that was told to stop."""

    exit_code = 130


def insist(name: str, value: Any, kind: Any, accepted: str) -> None:
    """Raise UsageError for a value that is not of that kind, which `accepted` says in words; no number is a bool."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UsageError(f"{name} is {shown(value)}; it must be {accepted}.")


MASK = "***"
SHORTEST = 6
"""Fewer characters are no secret, and would be found everywhere."""
VARIABLES = re.compile(r"(TOKEN|API_?KEY|SECRET|PASSWORD)$")
"""How the environment variables end that hold secrets, our plugins' and others'."""
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
    """Remember a token or a key that is used, so that it is masked wherever it comes up; give it back."""
    if value and len(value.strip()) >= SHORTEST:
        _known.add(value.strip())
    return value


def masked(text: str) -> str:
    """`text` without the secrets that are known, those in environment variables, and what looks like one."""
    for secret in sorted({*_known, *_in_environment()}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    for shape, instead in SHAPES:
        text = shape.sub(instead, text)
    return text


def masked_error(error: BaseException) -> BaseException:
    """The same error, with secrets masked in its texts and in those of the errors that it came of."""
    for each in _all_of(error):
        args = tuple(masked(part) if isinstance(part, str) else part for part in each.args)
        if args != each.args:
            each.args = args
        for name in ("__notes__", "server_message", "msg", "reason", "strerror"):
            with suppress(Exception):  # one that only tells what is in another
                value = getattr(each, name)
                told = [masked(note) for note in value] if isinstance(value, list) else masked(value)
                if told != value:
                    setattr(each, name, told)
    return error


def _all_of(error: BaseException) -> Iterator[BaseException]:
    """An error, those that it came of, and those that it is a group of."""
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
