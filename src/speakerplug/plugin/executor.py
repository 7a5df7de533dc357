"""What an executor of `speakerplug batch` takes and gives: tasks, the worker that does them, and events about them.

An executor runs workers, as processes of this machine or on others. It asks for a task whenever a worker has none, says
what becomes of each, and knows neither the journal nor the options: the driver alone writes the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Task:
    """One recording to do, or one part of it; it can be pickled.

    `key` is its name in the journal, the same on every machine; `path` that of the recording; `outputs` has the path of
    the file for each format. `seconds` is the length of its audio, None where it is unknown. `options` are those of
    this recording alone, by name. Attempts count from 1. A worker that takes longer than `timeout_s` has to be ended.
    """

    key: str
    path: str
    outputs: Mapping[str, str]
    _: KW_ONLY
    seconds: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    attempt: int = 1
    timeout_s: float | None = None

    @property
    def is_suspect(self) -> bool:
        """Whether it is tried again, after a worker died: nothing else should be prefetched meanwhile."""
        return self.attempt > 1


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that a worker wrote: its path, its bytes and their SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A task whose outputs are written: seconds of its audio and of the work, and what was logged as a warning.

    `memory_bytes` is what the worker's process uses now, 0 if unknown.
    """

    task: Task
    outputs: tuple[WrittenFile, ...]
    audio_s: float
    work_s: float
    warnings: tuple[str, ...] = ()
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """A task that raised an error: its class, and its message, which ends with a hint."""

    task: Task
    error: str
    message: str
    work_s: float = 0.0
    warnings: tuple[str, ...] = ()
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Died:
    """A task whose worker died or was ended for taking too long, and why, as a phrase.

    `blames` is whether the recording may be the reason; not if the worker's machine was lost.
    """

    task: Task
    reason: str
    blames: bool = True


@dataclass(frozen=True, slots=True)
class Progressed:
    """The share of a running task that is done, from 0 to 1."""

    task: Task
    share: float


Event: TypeAlias = Finished | Failed | Died | Progressed


class Worker(Protocol):
    """Does tasks one after the other, in one process, with models that stay loaded."""

    def work(self, task: Task, progress: Callable[[float], None] | None = None) -> Finished | Failed:
        """Do a task and write its files, each whole or not at all; `progress` is called with the share that is done.

        Errors become `Failed`; it raises nothing but what ends the process.
        """

    def prefetch(self, task: Task) -> None:
        """Begin to decode the recording of the next task, beside the work; errors show when its turn comes."""

    def close(self) -> None:
        """Unload the models."""


class WorkerSettings(Protocol):
    """All that a worker has to know; it can be pickled, and holds a token: never log it."""

    def open(self) -> Worker:
        """Return the worker of this process; it loads its models with the first task."""

    def with_options(self, **changes: Any) -> WorkerSettings:
        """Return settings with other options of the transcription, such as device="cuda:1" or memory_limit="6GB"."""


@dataclass(frozen=True, slots=True)
class ExecutorRequest:
    """How the user wants workers to run.

    `address` is the value of the executor's own option. `workers` is their number, None for as many as fit. A worker is
    replaced after `recycle` tasks, and once it uses more than `worker_memory_bytes` after a task; None is never.
    `gpus_per_worker` may be a fraction; with `is_cpu_only` the models are to run on the CPU. With `is_verbose`, what
    workers print is shown.
    """

    address: str | None = None
    workers: int | None = None
    gpus_per_worker: float | None = None
    recycle: int | None = None
    worker_memory_bytes: int | None = None
    is_cpu_only: bool = False
    is_verbose: bool = False


class Executor(Protocol):
    """Runs workers."""

    def run(
        self, take: Callable[[], Task | None], settings: WorkerSettings, started: Callable[[Task, str], None]
    ) -> Iterator[Event]:
        """Do tasks until `take` has none and none is running; yield what becomes of each.

        All is called in the caller's thread. `take` returns None where there is no task now; it is asked again after
        the caller has dealt with an event, as a task may be tried again. `started` is called with a task and the name
        of its worker before the work begins, not for a task that is only prefetched. After it comes exactly one
        Finished, Failed or Died. It may be called again, with workers that are still there. Raises SpeakerPlugError
        where no worker can be started at all.
        """

    def close(self) -> None:
        """End all workers now, whatever they are doing."""
