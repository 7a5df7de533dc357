"""The child process: build the stage, load its model on the device that the parent chose, and serve requests."""

from __future__ import annotations

import logging
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import reduction
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any, NamedTuple, cast

import numpy as np

from ...devices import Device, DeviceManager, DeviceOptions, Inventory, Lease, ModelHandle, Placement
from ...devices.failures import MEMORY, OTHER, failure_of, let_go
from ...errors import SpeakerPlugError
from ...media.waveform import SampleFile, Waveform
from ...plugin.guard import told
from ...plugin.manager import load_plugins
from ...system.packages import diagnosis

log = logging.getLogger(__name__)

PACKAGE = __name__.split(".")[0]

Make = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Load:
    """To the child: load the model with the placement of the parent's device manager."""

    placement: Placement


@dataclass(frozen=True, slots=True)
class Work:
    """To the child: run the stage on `length` samples in the shared memory `block`.

    `saved` are the records of its checkpoint, which itself stays in the parent; None if there is none. Without a block
    the samples are in a file, whose descriptor follows.
    """

    placement: Placement
    block: str | None
    length: int
    name: str
    request: Any
    saved: tuple[Mapping[str, Any], ...] | None = None
    start: float = 0.0


class Reached(NamedTuple):
    """To the parent: the progress of a step."""

    step: str
    completed: float
    total: float


class Saved(NamedTuple):
    """To the parent: a record for the checkpoint."""

    record: Mapping[str, Any]


class Logged(NamedTuple):
    """To the parent: a log record."""

    logger: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """To the parent: the result of a request."""

    result: Any = None


class ChildTraceback(Exception):  # noqa: N818 - it is only shown as the cause of another error
    """The traceback of an error in the child."""


@dataclass(frozen=True, slots=True)
class Failed:
    """To the parent: an error. Exceptions of other libraries are not sent: unpickling them may need the library."""

    text: str
    trace: str
    is_memory: bool = False
    user_error: SpeakerPlugError | None = None

    @classmethod
    def from_error(cls, error: BaseException) -> Failed:
        """Return the message for an error."""
        broken = diagnosis(error)  # only here is it known which import failed
        user_error = error if isinstance(error, SpeakerPlugError) else broken.as_error() if broken else None
        trace = "".join(traceback.format_exception(error))
        return cls(told(error), trace, failure_of(error) == MEMORY, user_error)

    def raised(self) -> Exception:
        """Return the error to raise in the parent: the same, or one that the device manager treats alike."""
        error = self.user_error or (MemoryError if self.is_memory else RuntimeError)(self.text)
        error.__cause__ = ChildTraceback(f"in the child process\n{self.trace}")
        return error


class Channel:
    """Send messages to the parent from any thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._guard = threading.Lock()

    def send(self, message: Any) -> None:
        """Send one message at a time."""
        with self._guard:
            self._connection.send(message)

    def progress(self, step: str, completed: float, total: float) -> None:
        """Report progress to the parent."""
        self.send(Reached(step, completed, total))

    def listen_to(self, *packages: str) -> None:
        """Forward log records of these packages, SpeakerPlug or plugins, to the parent, which logs them as its own."""
        for package in packages:
            logger = logging.getLogger(package)
            logger.handlers, logger.propagate = [_ToParent(self)], False
            logger.setLevel(logging.DEBUG)


class _ToParent(logging.Handler):
    """Send the text of each record, without the objects of other libraries that may be attached to it."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        self._channel.send(Logged(record.name, record.levelno, record.getMessage()))


def serve(connection: Connection, make: Make, method: str) -> None:
    """Serve the parent until it closes the connection; `method` does the work: recognize or diarize."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C, and ends this process
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # blocked since this process was started
    with suppress(OSError):
        os.dup2(2, 1)  # output of plugins and libraries must not mix with results
    channel = Channel(connection)
    channel.listen_to(PACKAGE)
    channel.listen_to(*load_plugins().packages)
    devices, stage = ChildDeviceManager(), None
    while True:
        try:
            order = connection.recv()
            file = _file_of(order, connection)
        except (EOFError, OSError):
            return
        try:
            stage = stage or make()
            devices.placement = order.placement
            channel.send(Done(_carry_out(order, stage, method, devices, channel, file)))
        except BrokenPipeError:
            return
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            channel.send(Failed.from_error(error))


def _carry_out(
    order: Load | Work,
    stage: Any,
    method: str,
    devices: ChildDeviceManager,
    channel: Channel,
    file: SampleFile | None,
) -> Any:
    manager = cast(DeviceManager, devices)
    if isinstance(order, Load):
        handle = stage.prepare(manager, channel.progress)
        return None if handle is None else devices.run(handle, lambda lease: None)
    request = order.request
    if order.saved is not None:
        request = replace(request, checkpoint=_CheckpointInParent(order.saved, channel))
    with _shared(order, file) as waveform:
        return getattr(stage, method)(waveform, request, manager, channel.progress)


class _CheckpointInParent:
    """The checkpoint of a stage: its records are sent to the parent, which appends them to the file."""

    def __init__(self, saved: tuple[Mapping[str, Any], ...], channel: Channel) -> None:
        self._saved, self._channel = [*saved], channel

    def saved(self) -> Sequence[Mapping[str, Any]]:
        """Return the records so far."""
        return tuple(self._saved)

    def save(self, record: Mapping[str, Any]) -> None:
        """Send a record."""
        self._saved.append(record)
        self._channel.send(Saved(record))


def _file_of(order: Load | Work, connection: Connection) -> SampleFile | None:
    """Receive the descriptor that follows an order without a block."""
    if isinstance(order, Load) or order.block is not None:
        return None
    return SampleFile(os.fdopen(reduction.recv_handle(connection), "rb", buffering=0), order.length)


@contextmanager
def _shared(order: Work, file: SampleFile | None) -> Iterator[Waveform]:
    """Map the samples from the parent's shared memory, without a copy; those in a `file` stay there."""
    if order.block is None:
        assert file is not None
        yield Waveform.stored(file, order.name, order.start)
        return
    block = SharedMemory(order.block)
    try:
        samples: Any = np.ndarray(order.length, dtype=np.float32, buffer=block.buf)
        samples.flags.writeable = False
        yield Waveform(samples, order.name, start=order.start)
        del samples
    finally:
        try:
            block.close()
        except BufferError:  # a library kept a view of them; the parent still unlinks the block
            log.debug("The samples are still in use.")


class ChildDeviceManager:
    """The device manager of a child: the parent's manager decides, and handles errors, too."""

    def __init__(self) -> None:
        self.placement = Placement("")
        self.device_options = DeviceOptions()
        self._lease: Lease | None = None

    @contextmanager
    def hold(self, handle: ModelHandle, timeout_s: float | None = None) -> Iterator[Lease]:
        """Load the model once, like `DeviceManager.hold`; a new batch size only changes the placement."""
        model = self._lease.model if self._lease is not None else handle.load(self.placement)
        self._lease = Lease(model, self.placement)
        yield self._lease

    def run(self, handle: ModelHandle, work: Callable[[Lease], Any], timeout_s: float | None = None) -> Any:
        """Do as `DeviceManager.run`, without a fallback; torch's cache goes back to the device."""
        from ...devices.probe import LocalProbe

        try:
            with self.hold(handle) as lease:
                return work(lease)
        except Exception as error:
            let_go(error)
            raise
        finally:
            try:
                LocalProbe().release(self.placement.device)
            except RuntimeError as error:
                if failure_of(error) == OTHER:
                    raise
                log.debug("%s releases nothing: %s", self.placement.device, error)

    def device_for(
        self, kinds: tuple[str, ...], stage: str = "", engine: str | None = None, need_bytes: int = 0
    ) -> Device:
        """Return the device that the parent's manager chose."""
        return self.placement.device

    def inventory(self) -> Inventory:
        """Return the devices of this machine."""
        from ...devices.probe import LocalProbe

        return LocalProbe().inventory()
