"""The tasks that are left to do, in their order: the longest first, what was interrupted or died last."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import count

from ..plugin.executor import Task


class TaskQueue:
    """Tasks in the order in which they are to be done: without `by_length` in that in which they were added."""

    def __init__(self, by_length: bool = True) -> None:
        self._by_length = by_length
        self._heap: list[tuple[bool, float, int, Task]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, tasks: Iterable[Task], late: bool = False) -> None:
        """Add tasks; `late` ones come after all others."""
        for task in tasks:
            length = -(task.seconds or 0.0) if self._by_length else 0.0
            heapq.heappush(self._heap, (late, length, next(self._numbers), task))

    def take(self) -> Task | None:
        """Remove the next task and return it; None if there is none."""
        return heapq.heappop(self._heap)[-1] if self._heap else None
