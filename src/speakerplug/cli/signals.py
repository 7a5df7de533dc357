"""Ctrl-C, SIGTERM and SIGHUP: the command ends soon, whatever hangs; what was recognized is kept, nothing else left."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

from ..errors import SpeakerPlugError
from ..system.temporary import remove_all
from . import console

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
GRACE_S = 1.2
"""Seconds in which a command that is told to stop may do so by itself, before it is ended."""
UNWIND_S = 0.3
"""Seconds for threads to put away what they work with."""
RESCUE_S = 30.0
"""Seconds for what was recognized to reach a disk."""

Rescue = Callable[[], str]
"""Keeps what is worth keeping of the present input, and says where; "" where there is nothing."""


@dataclass
class _Told:
    """What this process was told, the `rescue` of its present work, and whether the command ends in its own time."""

    number: int | None = None
    rescue: Rescue | None = None
    is_patient: bool = False
    has_said: bool = False
    keeping: threading.Lock = field(default_factory=threading.Lock)


_told = _Told()


def listen() -> None:
    """Hear signals from now on, as KeyboardInterrupt in the main thread; where that does not end it, end the process.

    For the console script alone: the process is its own.
    """
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, _interrupt)
    if os.name != "posix":  # elsewhere there is no pipe for that
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    # Python writes there at once, also while the main thread is in the midst of a library and hears nothing.
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reading, heard), name="signals", daemon=True).start()


def end_at_once() -> None:
    """Let a signal end the process without a word more: the work is done, and Python takes its time to close."""
    for number in SIGNALS:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, lambda number, frame: end(128 + number))


def is_told() -> bool:
    """Whether this process was told to stop: what goes wrong then has no other reason."""
    return _told.number is not None


def say_stopped(error: BaseException | None = None) -> None:
    """Say that the command was stopped, once, whichever thread comes first."""
    said, _told.has_said = _told.has_said, is_told()
    if not said:
        console.fail("Cancelled.", error)


def exit_code() -> int:
    """130, or what stands for the signal that was heard: 143, 129."""
    return 128 + (_told.number or signal.SIGINT)


def be_patient() -> None:
    """Let a command of a plugin hear each Ctrl-C, and end in its own time."""
    _told.is_patient = True


@contextmanager
def rescuing(rescue: Rescue) -> Iterator[None]:
    """Inside, an interruption does not go on before `rescue` was called, and what it says was said."""
    _told.rescue = rescue
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) or is_told():  # an import that is interrupted raises anything
            _keep()
        raise
    finally:
        _told.rescue = None


def end(code: int) -> None:
    """End this process now, without waiting for threads that hang; leave no temporary file and no other process."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(Exception):
            stream.flush()
    with suppress(Exception):
        _end_children()
    remove_all()
    os._exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _told.number is None or _told.is_patient:  # a second one would only disturb what the first began
        _told.number = number
        raise KeyboardInterrupt


def _watch(reading: int, heard: list[int]) -> None:
    while True:
        number = os.read(reading, 1)[0]
        if number in heard and not _told.is_patient:
            time.sleep(GRACE_S)
            _told.number = _told.number or number
            _keep()
            said, _told.has_said = _told.has_said, True
            # The console may be held by what hangs; a progress bar has hidden the cursor.
            os.write(2, (b"\x1b[?25h" if os.isatty(2) else b"") + (b"" if said else b"Error: Cancelled.\n"))
            end(128 + number)


def _keep() -> None:
    """Rescue what there is, once; who comes second waits for the first."""
    if not _told.keeping.acquire(timeout=RESCUE_S):
        return
    try:
        rescue, _told.rescue = _told.rescue, None
        said = rescue().strip() if rescue is not None else ""
        if said:
            console.say(said)
    except SpeakerPlugError as error:
        console.fail(str(error), error)
    finally:
        _told.keeping.release()


def _end_children() -> None:
    multiprocessing = sys.modules.get("multiprocessing")
    children = multiprocessing.active_children() if multiprocessing is not None else []
    for child in children:
        child.terminate()  # not killed, as the kernel does when memory runs out: a thread may wait for it, and go on
    until = time.monotonic() + UNWIND_S
    for thread in threading.enumerate():
        if thread.name.startswith("speakerplug"):
            thread.join(max(0.0, until - time.monotonic()))
    for child in children:
        child.kill()
    logging.shutdown()
