"""The child process: builds the stage, loads its model where the parent says, and does one piece of work at a time."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any, cast

import numpy as np

from ...devices import Device, DeviceManager, DeviceOptions, Inventory, Lease, ModelHandle, Placement
from ...plugin.manager import load_plugins
from ...waveform import Waveform
from .messages import Done, Failed, Load, Logged, Reached, Work

PACKAGE = __name__.split(".")[0]

Make = Callable[[], Any]


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
        resident = stage.prepare(manager, channel.progress)
        if resident is not None:
            devices.load(resident)
        return None
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


class Channel:
    """The way to the parent, for what may come from any thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._guard = threading.Lock()

    def send(self, message: Any) -> None:
        """One message at a time."""
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
    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        """One line for a record."""
        self._channel.send(Logged(record.name, record.levelno, record.getMessage()))


class ChildDeviceManager:
    """The device manager of a child: it has nothing to decide, for the parent's has; errors are the parent's, too."""

    def __init__(self) -> None:
        self.placement = Placement("")
        self.device_options = DeviceOptions()
        self._lease: Lease | None = None

    def load(self, resident: ModelHandle) -> Lease:
        """The model, loaded once; another batch size is only another placement."""
        model = self._lease.model if self._lease is not None else resident.load(self.placement)
        self._lease = Lease(model, self.placement)
        return self._lease

    @contextmanager
    def hold(self, resident: ModelHandle, timeout_s: float | None = None) -> Iterator[Lease]:
        """As `DeviceManager.hold`."""
        yield self.load(resident)

    def run(self, resident: ModelHandle, work: Callable[[Lease], Any], timeout_s: float | None = None) -> Any:
        """As `DeviceManager.run`, without a ladder."""
        with self.hold(resident) as lease:
            return work(lease)

    def device_for(self, kinds: tuple[str, ...], stage: str = "") -> Device:
        """The device that was appointed."""
        return self.placement.device

    def inventory(self) -> Inventory:
        """The devices that are there."""
        from ...devices.probing import LocalProbe

        return LocalProbe().inventory()
