"""The child process: builds the stage, loads its model where the parent says, and does one piece of work at a time."""

from __future__ import annotations

import logging
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any, NamedTuple, cast

import numpy as np

from ...devices import Device, DeviceManager, DeviceOptions, Inventory, Lease, ModelHandle, Placement
from ...devices.oom_fallback import MEMORY, failure_of
from ...errors import SpeakerPlugError
from ...plugin.guard import told
from ...plugin.manager import load_plugins
from ...system.packages import diagnosis
from ...waveform import Waveform

PACKAGE = __name__.split(".")[0]

Make = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Load:
    """To the child: load the model, where and how the parent's device manager says."""

    placement: Placement


@dataclass(frozen=True, slots=True)
class Work:
    """To the child: do the stage's work on `length` samples in the shared memory `block`."""

    placement: Placement
    block: str
    length: int
    name: str
    request: Any


class Reached(NamedTuple):
    """To the parent: how far a step has come."""

    step: str
    completed: float
    total: float


class Logged(NamedTuple):
    """To the parent: a line for its log."""

    logger: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """To the parent: it went well."""

    result: Any = None


class ChildTraceback(Exception):  # noqa: N818 - it is shown as the cause of the error that it belongs to
    """Where in the child an error came from."""


@dataclass(frozen=True, slots=True)
class Failed:
    """To the parent: it went wrong. Strangers' exceptions are not sent: to unpickle them may need their library."""

    text: str
    trace: str
    is_memory: bool = False
    said: SpeakerPlugError | None = None

    @classmethod
    def by(cls, error: BaseException) -> Failed:
        """Return what there is to tell of an error."""
        broken = diagnosis(error)  # only here is it known in which import it arose
        said = error if isinstance(error, SpeakerPlugError) else broken.as_error() if broken else None
        trace = "".join(traceback.format_exception(error))
        return cls(told(error), trace, failure_of(error) == MEMORY, said)

    def raised(self) -> Exception:
        """Return the error to raise in the parent: the same, or one that the device manager takes for the same."""
        error = self.said or (MemoryError if self.is_memory else RuntimeError)(self.text)
        error.__cause__ = ChildTraceback(f"in the child process\n{self.trace}")
        return error


class Channel:
    """The way to the parent, for what may come from any thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._guard = threading.Lock()

    def send(self, message: Any) -> None:
        """Send one message at a time."""
        with self._guard:
            self._connection.send(message)

    def progress(self, step: str, completed: float, total: float) -> None:
        """Tell the parent how far it is."""
        self.send(Reached(step, completed, total))

    def listen_to(self, *packages: str) -> None:
        """Send what these packages log, SpeakerPlug's or a plugin's, to the parent, which shows it as its own."""
        for package in packages:
            logger = logging.getLogger(package)
            logger.handlers, logger.propagate = [_ToParent(self)], False
            logger.setLevel(logging.DEBUG)


class _ToParent(logging.Handler):
    """Sends a line for each record, and nothing of a stranger's that may hang on it."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        self._channel.send(Logged(record.name, record.levelno, record.getMessage()))


def serve(connection: Connection, make: Make, method: str) -> None:
    """Answer the parent until it hangs up; `method` is what does the work: recognize or diarize."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear: it ends us
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # as it was while we were started
    with suppress(OSError):
        os.dup2(2, 1)  # what plugins and libraries print is no result
    channel = Channel(connection)
    channel.listen_to(PACKAGE)
    channel.listen_to(*load_plugins().packages)
    devices, stage = ChildDeviceManager(), None
    while True:
        try:
            order = connection.recv()
        except (EOFError, OSError):
            return
        try:
            stage = stage or make()
            devices.placement = order.placement
            channel.send(Done(_carry_out(order, stage, method, devices, channel)))
        except BrokenPipeError:
            return
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            channel.send(Failed.by(error))


def _carry_out(order: Load | Work, stage: Any, method: str, devices: ChildDeviceManager, channel: Channel) -> Any:
    manager = cast(DeviceManager, devices)
    if isinstance(order, Load):
        handle = stage.prepare(manager, channel.progress)
        return None if handle is None else devices.run(handle, lambda lease: None)
    with _shared(order) as waveform:
        return getattr(stage, method)(waveform, order.request, manager, channel.progress)


@contextmanager
def _shared(order: Work) -> Iterator[Waveform]:
    """The samples where the parent put them, without a copy."""
    block = SharedMemory(order.block)
    try:
        samples: Any = np.ndarray(order.length, dtype=np.float32, buffer=block.buf)
        samples.flags.writeable = False
        yield Waveform(samples, order.name)
        del samples
    finally:
        try:
            block.close()
        except BufferError:  # a library kept a view of them; the parent unlinks the block all the same
            logging.getLogger(__name__).debug("The samples are still in use.")


class ChildDeviceManager:
    """The device manager of a child: it has nothing to decide, for the parent's has; errors are the parent's, too."""

    def __init__(self) -> None:
        self.placement = Placement("")
        self.device_options = DeviceOptions()
        self._lease: Lease | None = None

    @contextmanager
    def hold(self, handle: ModelHandle, timeout_s: float | None = None) -> Iterator[Lease]:
        """Load the model once, as `DeviceManager.hold`; another batch size is only another placement."""
        model = self._lease.model if self._lease is not None else handle.load(self.placement)
        self._lease = Lease(model, self.placement)
        yield self._lease

    def run(self, handle: ModelHandle, work: Callable[[Lease], Any], timeout_s: float | None = None) -> Any:
        """Do as `DeviceManager.run`, without a fallback; torch's cache goes back to the device."""
        from ...devices.probe import LocalProbe

        try:
            with self.hold(handle) as lease:
                return work(lease)
        finally:
            LocalProbe().release(self.placement.device)

    def device_for(
        self, kinds: tuple[str, ...], stage: str = "", engine: str | None = None, need_bytes: int = 0
    ) -> Device:
        """Return the device that the parent's manager chose."""
        return self.placement.device

    def inventory(self) -> Inventory:
        """Return the devices that are there."""
        from ...devices.probe import LocalProbe

        return LocalProbe().inventory()
