"""An executor without processes, for tests of the driver: what becomes of a recording is in its name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from speakerplug.batch.decide import Wish
from speakerplug.batch.driver import BatchRequest, Driver, Outcome
from speakerplug.batch.settings import Settings
from speakerplug.formats.targets import OutputOptions
from speakerplug.pipeline.options import Options
from speakerplug.plugin import Died, Event, Failed, Finished, Progressed, Task, WrittenFile
from speakerplug.testing import plugins_with


class ScriptedExecutor:
    """Does one task after the other: `dies` ends the worker, `lost` its machine, `disk`, `model` and `bad` fail."""

    def __init__(self) -> None:
        self.done: list[Task] = []
        self.is_closed = False
        self.before: Callable[[Task], None] = lambda task: None

    def run(
        self, take: Callable[[], Task | None], settings: Any, started: Callable[[Task, str], None]
    ) -> Iterator[Event]:
        """Yield what becomes of each task."""
        while (task := take()) is not None:
            started(task, "worker 1")
            self.before(task)
            self.done.append(task)
            yield Progressed(task, 0.5)
            yield self._event(task)

    def _event(self, task: Task) -> Event:
        name = Path(task.path).name
        if "dies" in name:
            return Died(task, "its process was ended by SIGSEGV")
        if "lost" in name and [each.key for each in self.done].count(task.key) < 3:
            return Died(task, "its machine was lost", blames=False)
        if "disk" in name:
            return Failed(task, "OutputError", "It cannot be written: free disk space.")
        if "model" in name:
            return Failed(task, "UsageError", "There is no model 'tinny'; name one of: tiny.")
        if "bad" in name:
            return Failed(task, "MediaError", "It is not readable: copy it again.")
        files = []
        for path in map(Path, task.outputs.values()):
            path.parent.mkdir(parents=True, exist_ok=True)
            data = f"{Path(task.path).read_text()} {dict(task.options)}".encode()
            path.write_bytes(data)
            files.append(WrittenFile(str(path), len(data), hashlib.sha256(data).hexdigest()))
        return Finished(task, tuple(files), task.seconds or 0.0, 0.5)

    def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True


def request_for(folder: Path, output: Path, wish: Wish | None = None, **about: Any) -> BatchRequest:
    """Return the request to transcribe a folder into VTT."""
    options = Options(recognizer="fake", diarizer="fake", **about.pop("options", {}))
    settings = Settings(options, OutputOptions(formats=("vtt",)))
    return BatchRequest((str(folder),), output, settings, wish=wish or Wish(), **about)


def run(request: BatchRequest, executor: ScriptedExecutor | None = None) -> dict[str, str]:
    """Do what is asked for; return the last state of each recording by its key, that of an earlier run in brackets."""
    states = {}
    for outcome in outcomes(request, executor):
        record = outcome.record
        states[record.key] = f"({record.state})" if outcome.is_earlier else record.state
    return states


def outcomes(request: BatchRequest, executor: ScriptedExecutor | None = None) -> list[Outcome]:
    """Do what is asked for; return what became of each recording."""
    return list(Driver(request, executor or ScriptedExecutor(), plugins_with()).run())


def written(folder: Path, *names: str) -> Path:
    """Write files that stand for recordings."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"audio of {name}", encoding="utf-8")
    return folder
