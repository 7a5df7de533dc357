"""Workers without models, which write what they were given; they travel to Ray by value."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from speakerplug.plugin import Failed, Finished, Task, WrittenFile

SECONDS, KILLS, FAILS = "seconds", "kills", "fails"
"""Options of a task: how long it takes; whether it ends its process; whether it fails."""


@dataclass(frozen=True)
class StubSettings:
    """Settings of a worker that sleeps, then writes the path of the recording."""

    memory_limit: str | None = None

    def open(self) -> StubWorker:
        """Return the worker."""
        return StubWorker()

    def with_options(self, **changes: Any) -> StubSettings:
        """Return settings with another limit of memory."""
        return replace(self, **changes)


class StubWorker:
    """Sleeps, then writes the path of the recording."""

    def work(self, task: Task, progress: Callable[[float], None] | None = None) -> Finished | Failed:
        """Do a task."""
        time.sleep(task.options.get(SECONDS, 0.0))
        if task.options.get(KILLS):
            os.kill(os.getpid(), 9)
        if task.options.get(FAILS):
            return Failed(task, "MediaError", f"{task.path} is damaged; check it.")
        if progress is not None:
            progress(0.5)
        return Finished(task, tuple(written(path, task) for path in task.outputs.values()), 1.0, 0.1)

    def prefetch(self, task: Task) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def written(path: str, task: Task) -> WrittenFile:
    """Write an output of a task."""
    content = task.path.encode()
    Path(path).write_bytes(content)
    return WrittenFile(path, len(content), hashlib.sha256(content).hexdigest())
