"""The parent's side of a child process: start it, send it work, receive its messages, end it."""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import reduction
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

from ...devices import Placement
from ...errors import PluginError, UsageError
from ...media.waveform import SampleFile, Waveform
from ...plugin.roles import StageCheckpoint
from ...system.progress import Progress
from .child import Done, Failed, Load, Logged, Make, Reached, Saved, Work, serve

log = logging.getLogger(__name__)

POLL_S = 0.2
"""Poll interval of the waiting parent, so that it notices cancellation and Ctrl-C."""
END_TIMEOUT_S = 5.0
"""Seconds that a child has to exit by itself."""


class Child:
    """A stage in a child process, which is restarted for the next work if it has ended.

    `make` builds the stage there and `method` does its work; `label` names it in messages.
    """

    def __init__(self, make: Make, method: str, label: str) -> None:
        self._make, self._method, self._label = make, method, label
        self._process: Any = None
        self._connection: Any = None
        self._loaded: Placement | None = None

    def load(self, placement: Placement) -> None:
        """Load the model in the child; raises what the stage raises."""
        self._ask(Load(placement), lambda step, completed, total: None)
        self._loaded = placement

    def work(self, waveform: Waveform, request: Any, placement: Placement, progress: Progress) -> Any:
        """Return the stage's result for a waveform; raises what the stage raises, and PluginError if the child dies."""
        if self._process is None:
            self.load(placement)
        checkpoint = request.checkpoint
        saved = None if checkpoint is None else tuple(checkpoint.saved())
        request = replace(request, checkpoint=None)  # it has a file and a lock, which stay in this process
        length, name = len(waveform.samples), waveform.name
        if waveform.file is not None and hasattr(reduction, "sendfds"):
            order = Work(placement, None, length, name, request, saved, waveform.start)
            return self._ask(order, progress, checkpoint, waveform.file)
        with _in_shared_memory(waveform) as block:
            order = Work(placement, block, length, name, request, saved, waveform.start)
            return self._ask(order, progress, checkpoint)

    def end(self) -> None:
        """End the process, which frees all its memory."""
        process, connection, self._process = self._process, self._connection, None
        if process is None:
            return
        connection.close()  # which ends the loop of the child
        process.join(END_TIMEOUT_S if process.is_alive() else 0)
        if process.is_alive():
            process.terminate()
            process.join(END_TIMEOUT_S)
        process.close()

    def _ask(
        self,
        order: Load | Work,
        progress: Progress,
        checkpoint: StageCheckpoint | None = None,
        file: SampleFile | None = None,
    ) -> Any:
        try:
            self._start()
            self._connection.send(order)
            if file is not None:
                reduction.send_handle(self._connection, file.fileno(), self._process.pid)
            answer = self._answer(progress, checkpoint)
        except (EOFError, OSError) as error:
            raise self._died() from error
        except BaseException:
            self._kill()  # nothing waits for its result any more
            raise
        if isinstance(answer, Failed):
            raise answer.raised()
        return answer.result

    def _answer(self, progress: Progress, checkpoint: StageCheckpoint | None) -> Done | Failed:
        reached = None
        while True:
            if not self._connection.poll(POLL_S):
                if reached is not None:
                    progress(*reached)  # raises Cancelled if the call was stopped
                continue
            message = self._connection.recv()
            if isinstance(message, Reached):
                reached = message
                progress(*reached)
            elif isinstance(message, Saved):
                assert checkpoint is not None
                checkpoint.save(message.record)
            elif isinstance(message, Logged):
                logging.getLogger(message.logger).log(message.level, "%s", message.text)
            else:
                assert isinstance(message, (Done, Failed))
                return message

    def _start(self) -> None:
        if self._process is not None:
            return
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        name = f"speakerplug-{self._label}"
        self._process = context.Process(target=serve, args=(theirs, self._make, self._method), name=name, daemon=True)
        try:
            with _without_interrupts():
                self._process.start()
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            self._process = None
            raise UsageError(
                f"This {self._label} cannot be sent to another process ({error}); "
                "choose it by name, or leave --isolate out."
            ) from error
        finally:
            theirs.close()
        log.debug("The %s runs in process %d.", self._label, self._process.pid)

    def _died(self) -> Exception:
        """Return the error for a child that died: MemoryError if the kernel killed it, else PluginError."""
        process, self._process = self._process, None
        self._connection.close()
        process.join(END_TIMEOUT_S)
        code = process.exitcode
        if code == -signal.SIGKILL:
            return MemoryError(f"out of memory: the system killed the process of the {self._label}")
        return PluginError(
            f"The process of the {self._label} ended unexpectedly (exit code {code}); to see why, leave --isolate out. "
            'A script that isolates stages must start its work under `if __name__ == "__main__":`.'
        )

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        self.end()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Block SIGINT for this thread and the processes that it starts, until the child can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _in_shared_memory(waveform: Waveform) -> Iterator[str]:
    """Copy the samples into a block of shared memory, and give its name."""
    samples = waveform.samples
    block = SharedMemory(create=True, size=max(1, samples.nbytes))
    try:
        shared: Any = np.ndarray(samples.shape, dtype=np.float32, buffer=block.buf)
        shared[:] = samples
        del shared
        yield block.name
    finally:
        block.close()
        block.unlink()
