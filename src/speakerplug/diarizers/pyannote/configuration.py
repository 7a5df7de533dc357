"""Read YAML of unknown origin: check its size and depth before parsing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ModelError

MAX_BYTES = 256 * 1024
"""Maximum size; a pipeline's configuration has about a thousand bytes."""
MAX_DEPTH = 40
MAX_VALUES = 10_000
"""Maximum number of values, each counted as often as aliases repeat it."""


def read_configuration(file: Path) -> dict[str, Any]:
    """Return the content of a config.yaml; raises ModelError if it cannot be read or is not a configuration."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        config = parsed(content.decode("utf-8"))
    except (OSError, ValueError) as error:
        reason = str(error) if type(error) is ValueError else type(error).__name__
        raise ModelError(f"{file} cannot be read as a configuration ({reason}); fetch or write it again.") from error
    if not isinstance(config, dict):
        raise ModelError(f"{file} is empty or not a configuration; fetch or write it again.")
    return config


def parsed(text: str) -> Any:
    """Parse a YAML text; raises ValueError with the reason if that fails."""
    import yaml  # type: ignore[import-untyped]

    if len(text) > MAX_BYTES:
        raise ValueError(f"longer than {MAX_BYTES // 1024} KB")
    try:
        _measure(yaml.parse(text, Loader=yaml.SafeLoader))
        return yaml.safe_load(text)
    except _TooLargeError as error:
        raise ValueError(str(error)) from None
    except Exception as error:  # it can raise errors of any kind: for a tag, a date, a number
        raise ValueError(type(error).__name__) from error


class _TooLargeError(Exception):
    """A text has too many or too deeply nested values."""


@dataclass(slots=True)
class _Opened:
    """A list or mapping that is still open: its anchor, the values before it, and its depth so far."""

    anchor: str | None
    before: int
    depth: int = 1


def _measure(events: Iterable[Any]) -> None:
    """Count the values in the events of a parser; raises _TooLargeError if they are too many or too deep.

    An alias counts as all values that it stands for: it is cheap to parse, but expensive to traverse.
    """
    import yaml

    known: dict[str, tuple[int, int]] = {}  # the number of values of an anchor, and their depth
    opened: list[_Opened] = []
    count = 0

    def keep(anchor: str | None, values: int, depth: int) -> None:
        """Record the size of an anchor, and update the depth of its parent."""
        if anchor is not None:
            known[anchor] = (values, depth)
        if opened:
            opened[-1].depth = max(opened[-1].depth, depth + 1)

    for event in events:
        depth = 0
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in known:
                raise _TooLargeError("an alias of itself or of nothing")
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
        if count > MAX_VALUES:
            raise _TooLargeError(f"more than {MAX_VALUES} values")
        if len(opened) + depth > MAX_DEPTH:
            raise _TooLargeError(f"deeper than {MAX_DEPTH} levels")
