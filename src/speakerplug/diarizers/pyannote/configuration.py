"""Reading YAML that may come from a stranger: its size and depth are bounded before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ModelError

LONGEST = 256 * 1024
"""Bytes; a pipeline's configuration has a thousand."""
DEEPEST = 40
MOST = 10_000
"""Values, each as often as aliases repeat it."""


def read_configuration(file: Path) -> dict[str, Any]:
    """What a config.yaml holds; raises ModelError where it cannot be read or is none."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LONGEST + 1)
        config = parsed(content.decode("utf-8"))
    except (OSError, ValueError) as error:
        reason = str(error) if type(error) is ValueError else type(error).__name__
        raise ModelError(f"{file} cannot be read as a configuration ({reason}); fetch or write it again.") from error
    if not isinstance(config, dict):
        raise ModelError(f"{file} is empty or no configuration; fetch or write it again.")
    return config


def parsed(text: str) -> Any:
    """The values that a text in YAML means; raises ValueError with the reason for one that means none."""
    import yaml  # type: ignore[import-untyped]

    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST // 1024} KB")
    try:
        _measure(yaml.parse(text, Loader=yaml.SafeLoader))
        return yaml.safe_load(text)
    except _TooMuchError as error:
        raise ValueError(str(error)) from None
    except Exception as error:  # a text can make it raise of every kind: for a tag, a date, a number
        raise ValueError(type(error).__name__) from error


class _TooMuchError(Exception):
    """A text means more than a configuration can."""


@dataclass(slots=True)
class _Opened:
    """A list or a mapping that has begun: its anchor, the values before it, and how deep it is so far."""

    anchor: str | None
    before: int
    depth: int = 1


def _measure(events: Iterable[Any]) -> None:
    """Follow the events of a parser; raises _TooMuchError where the values are too many or too deep.

    An alias counts as all that it stands for: it costs nothing to read, but everything to walk through.
    """
    import yaml

    known: dict[str, tuple[int, int]] = {}  # how many values an anchor stands for, and how deep they are
    opened: list[_Opened] = []
    count = 0

    def keep(anchor: str | None, values: int, depth: int) -> None:
        """Remember what an anchor stands for, and how deep that makes what holds it."""
        if anchor is not None:
            known[anchor] = (values, depth)
        if opened:
            opened[-1].depth = max(opened[-1].depth, depth + 1)

    for event in events:
        depth = 0
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in known:
                raise _TooMuchError("an alias of itself or of nothing")
            values, depth = known[event.anchor]
            count += values
            keep(None, values, depth)
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            keep(event.anchor, 1, 0)
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append(_Opened(event.anchor, count))
            count += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            ended = opened.pop()
            keep(ended.anchor, count - ended.before, ended.depth)
        if count > MOST:
            raise _TooMuchError(f"more than {MOST} values")
        if len(opened) + depth > DEEPEST:
            raise _TooMuchError(f"deeper than {DEEPEST} levels")
