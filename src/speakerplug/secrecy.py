"""Tokens and keys in what is logged or raised: those that are known, and what looks like one, are masked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar

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
