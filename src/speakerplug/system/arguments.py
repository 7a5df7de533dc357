"""Checks of arguments: a UsageError says what is accepted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import fields
from difflib import get_close_matches
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from ..errors import UsageError, insist, shown

KINDS: Mapping[str, tuple[Any, str]] = {
    "bool": (bool, "True or False"),  # a string such as "false" would count as true
    "int": (Integral, "a whole number"),
    "float": (Real, "a number"),
    "str": ((str, os.PathLike), "a string"),
    "Mapping[str, Any]": (Mapping, "a dictionary, of values by name"),
}
"""What a value must be, by the annotation of its field."""


_on_command_line: ContextVar[bool] = ContextVar("_on_command_line", default=False)


def named_as_options() -> AbstractContextManager[None]:
    """Have messages name fields as the command line does, such as --num-speakers, in this block."""
    return _named(as_options=True)


def named_as_fields() -> AbstractContextManager[None]:
    """Have messages name fields by their names, such as num_speakers, in this block: for clients of a command."""
    return _named(as_options=False)


@contextmanager
def _named(as_options: bool) -> Iterator[None]:
    token = _on_command_line.set(as_options)
    try:
        yield
    finally:
        _on_command_line.reset(token)


def named(field: str, option: str | None = None) -> str:
    """Return what the caller calls a field: its name, or on the command line its option."""
    return (option or f"--{field.replace('_', '-')}") if _on_command_line.get() else field


def insist_on(name: str, value: Any, method: str, accepted: str) -> None:
    """Raise UsageError for a value, other than None, that has no method of this name."""
    if value is not None and not callable(getattr(value, method, None)):
        raise UsageError(f"{name} is {shown(value)}; it must be {accepted}.")


def refuse_mistyped(options: Any) -> None:
    """Raise UsageError for a field of a dataclass whose type does not match its annotation, of those in `KINDS`."""
    for field in fields(options):
        value, wanted = getattr(options, field.name), str(field.type).removesuffix(" | None")
        if wanted in KINDS and not (value is None and wanted != field.type):
            insist(field.name, value, *KINDS[wanted])


def refuse_unknown(names: Iterable[str], of: type[Any], what: str) -> None:
    """Raise UsageError for a name that is not a field of the dataclass `of`, with the closest one as a hint."""
    known = [field.name for field in fields(of)]
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"choose of: {', '.join(known)}."
            raise UsageError(f"There is no {what} {name}; {remedy}")


def path_of(value: Any, name: str = "path") -> Path:
    """Return a value as a path; raises UsageError for one that cannot be a path, such as bytes or an empty string."""
    insist(name, value, (str, os.PathLike), "a path: a string or a pathlib.Path")
    text = os.fsdecode(value)
    if not text.strip() or "\0" in text:
        raise UsageError(f"{name} is {shown(text)}, which is not a file name; give a path.")
    return Path(text)
