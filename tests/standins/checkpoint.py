"""A checkpoint of a stage, in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


class MemoryCheckpoint:
    """A StageCheckpoint in memory, through JSON."""

    def __init__(self) -> None:
        self.records: list[str] = []

    def saved(self) -> Sequence[Mapping[str, Any]]:
        """Return the records."""
        return [json.loads(record) for record in self.records]

    def save(self, record: Mapping[str, Any]) -> None:
        """Append a record."""
        self.records.append(json.dumps(record))
