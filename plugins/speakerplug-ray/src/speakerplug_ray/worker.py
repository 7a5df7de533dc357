"""What runs on a node: the worker of a batch, as an actor of Ray. It gets paths and returns numbers, never audio."""

from __future__ import annotations

import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from typing import TypeAlias

from speakerplug.plugin import Failed, Finished, Task, Worker, WorkerSettings

log = logging.getLogger(__name__)

PROGRESS_S = 2.0
"""Seconds between two reports of progress."""
CORES = "_SPEAKERPLUG_CORES"
"""The variable that limits the threads of a process; Ray itself sets OMP_NUM_THREADS, which libraries read."""
FATAL = 70
"""The exit code of a worker that can no longer work."""

Answer: TypeAlias = float | Finished | Failed
"""The share of a task that is done, or what became of it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A worker that is ready: its name, the id of its node, and its version of SpeakerPlug."""

    name: str
    node: str
    version: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker works: the folder of the driver, its environment variables, and the CPUs and GPUs that it has."""

    folder: str
    environment: Mapping[str, str]
    cpus: int
    gpus: float


def version() -> str:
    """Return the version of SpeakerPlug that is installed here."""
    return metadata.version("speakerplug")


class RayWorker:
    """An actor: `open` makes it ready, then `work` does one task after the other."""

    _worker: Worker

    def open(self, settings: WorkerSettings, place: Place) -> Opened:
        """Get ready; models load with the first task.

        The settings are no argument of the constructor, because Ray's head keeps those: they may hold a token.
        """
        import ray

        gpus = place.gpus
        with suppress(OSError):  # where there is no such folder, no path can be relative to it
            os.chdir(place.folder)
        os.environ.update(place.environment)
        os.environ[CORES] = str(place.cpus)
        if not gpus:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""  # Ray leaves all GPUs visible
        self._worker = with_share(settings, gpus).open()
        return Opened(f"{socket.gethostname()}:{os.getpid()}", ray.get_runtime_context().get_node_id(), version())

    def work(self, task: Task, following: Task | None) -> Iterator[Answer]:
        """Do a task while the recording of the `following` one is decoded; yield progress, then what became of it."""
        answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()

        def do() -> None:
            """Put the outcome; what no worker survives ends the process, which the driver sees."""
            try:
                answers.put(self._worker.work(task, answers.put))
            except BaseException:
                log.exception("The worker ends")
                os._exit(FATAL)

        threading.Thread(target=do, name="speakerplug-work", daemon=True).start()
        if following is not None:
            self._worker.prefetch(following)
        shown = time.monotonic()
        while isinstance(answer := answers.get(), float):
            if time.monotonic() - shown >= PROGRESS_S:
                shown = time.monotonic()
                yield answer
        yield answer


def with_share(settings: WorkerSettings, gpus: float) -> WorkerSettings:
    """Return settings that use no more memory than this share of the GPU; Ray itself limits none."""
    if not 0 < gpus < 1:
        return settings
    import torch

    if not torch.cuda.is_available():
        return settings
    return settings.with_options(memory_limit=f"{int(torch.cuda.get_device_properties(0).total_memory * gpus)}")
