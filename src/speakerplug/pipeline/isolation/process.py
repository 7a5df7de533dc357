"""The parent's side of a child process: start it, give it work, hear it out, end it."""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

from ...devices import Placement
from ...errors import PluginError, UsageError
from ...system.progress import Progress
from ...waveform import Waveform
from .child import Done, Failed, Load, Logged, Make, Reached, Work, serve

log = logging.getLogger(__name__)

POLL_S = 0.2
"""How often the parent looks up from waiting, so that whoever stops it is heard."""
END_TIMEOUT_S = 5.0
"""Seconds that a child is given to end by itself."""


class Child:
    """A stage in a process of its own; one that has ended is started again by the next work.

    `make` builds the stage there and `method` does its work; `called` is how messages name it.
    """

    def __init__(self, make: Make, method: str, called: str) -> None:
        self._make, self._method, self._called = make, method, called
        self._process: Any = None
        self._connection: Any = None
        self._loaded: Placement | None = None

    def load(self, placement: Placement) -> None:
        """Have the model loaded; raises what the stage raises."""
        self._ask(Load(placement), lambda step, completed, total: None)
        self._loaded = placement

    def work(self, waveform: Waveform, request: Any, placement: Placement, progress: Progress) -> Any:
        """What the stage makes of a waveform; raises what the stage raises, and PluginError if the child dies."""
        if self._process is None:
            self.load(placement)
        with _in_shared_memory(waveform) as block:
            return self._ask(Work(placement, block, len(waveform.samples), waveform.name, request), progress)

    def end(self) -> None:
        """End the process, and with it everything that it holds."""
        process, connection, self._process = self._process, self._connection, None
        if process is None:
            return
        connection.close()  # the child hangs up, too
        process.join(END_TIMEOUT_S if process.is_alive() else 0)
        if process.is_alive():
            process.terminate()
            process.join(END_TIMEOUT_S)
        process.close()

    def _ask(self, order: Load | Work, progress: Progress) -> Any:
        try:
            self._start()
            self._connection.send(order)
            answer = self._answer(progress)
        except (EOFError, OSError) as error:
            raise self._died() from error
        except BaseException:
            self._kill()  # it is at work that nobody waits for
            raise
        if isinstance(answer, Failed):
            raise answer.raised()
        return answer.result

    def _answer(self, progress: Progress) -> Done | Failed:
        reached = None
        while True:
            if not self._connection.poll(POLL_S):
                if reached is not None:
                    progress(*reached)  # raises where we were told to stop
                continue
            message = self._connection.recv()
            if isinstance(message, Reached):
                reached = message
                progress(*reached)
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
        name = f"speakerplug-{self._called}"
        self._process = context.Process(target=serve, args=(theirs, self._make, self._method), name=name, daemon=True)
        try:
            with _without_interrupts():
                self._process.start()
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            self._process = None
            raise UsageError(
                f"This {self._called} cannot be sent to another process ({error}); "
                "choose it by name, or leave --isolate out."
            ) from error
        finally:
            theirs.close()
        log.debug("The %s runs in process %d.", self._called, self._process.pid)

    def _died(self) -> Exception:
        """What to raise for a child that ended in the middle: if the kernel killed it, memory ran out."""
        process, self._process = self._process, None
        self._connection.close()
        process.join(END_TIMEOUT_S)
        code = process.exitcode
        if code == -signal.SIGKILL:
            return MemoryError(f"out of memory: the system killed the process of the {self._called}")
        return PluginError(
            f"The process of the {self._called} ended by itself (exit code {code}); see why without --isolate. "
            'A script that isolates stages begins its work under `if __name__ == "__main__":`.'
        )

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        self.end()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Inside, this thread and the processes that it starts hear no Ctrl-C; a child ignores it when it can."""
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
    """The name of a block of shared memory that holds the samples."""
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
