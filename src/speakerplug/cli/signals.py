"""Ctrl-C, SIGTERM and SIGHUP: the command ends soon, even if a model hangs, and saves what was recognized."""

from __future__ import annotations

import atexit
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
from . import console, events

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
GRACE_S = 1.2
"""Seconds that a canceled command has to end by itself, before its process is ended."""
UNWIND_S = 0.3
"""Seconds that threads have to clean up."""
RESCUE_S = 30.0
"""Seconds that saving what was recognized may take."""

CANCELLED = "Cancelled"
"""The kind of an event about it."""

Rescue = Callable[[], str]
"""Saves what was done of the current input and returns a message about it; "" where there is nothing."""


@dataclass
class _State:
    """The signal that this process received, the `rescue` of its current work, and who handles signals."""

    number: int | None = None
    rescue: Rescue | None = None
    is_left_to_command: bool = False
    is_reported: bool = False
    saving: threading.Lock = field(default_factory=threading.Lock)


_state = _State()


def install_handlers() -> None:
    """Raise KeyboardInterrupt in the main thread for signals, and end the process if that does not.

    Only for the console script, which owns its process.
    """
    handled = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, _interrupt)
    if os.name != "posix":  # elsewhere the wakeup descriptor has to be a socket
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    # Python writes there immediately, also while the main thread is inside a library and handles no signal.
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(reading, handled), name="signals", daemon=True).start()


def end_silently() -> None:
    """End the process without a message on a signal from now on: the work is done, and Python takes a while to exit."""
    for number in SIGNALS:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, lambda number, frame: end(128 + number))


def is_cancelled() -> bool:
    """Return whether this process received a signal, which is then the reason of any error."""
    return _state.number is not None


def report_cancelled(error: BaseException | None = None) -> None:
    """Print that the command was canceled, once, in whichever thread is first."""
    was_reported, _state.is_reported = _state.is_reported, is_cancelled()
    if not was_reported:
        console.fail("Canceled.", error, CANCELLED, exit_code())


def exit_code() -> int:
    """Return the exit code of the signal that was received: 130, 143 or 129."""
    return 128 + (_state.number or signal.SIGINT)


def leave_to_command() -> None:
    """Let a command of a plugin receive each Ctrl-C, and end by itself."""
    _state.is_left_to_command = True


@contextmanager
def rescuing(rescue: Rescue) -> Iterator[None]:
    """Call `rescue` if the block is interrupted, and print its message."""
    _state.rescue = rescue
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) or is_cancelled():  # an import that is interrupted raises anything
            _save_partial()
        raise
    finally:
        _state.rescue = None


def end(code: int) -> None:
    """End this process now, without waiting for threads that hang; leave no temporary file and no child process."""
    events.end(code)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(Exception):
            stream.flush()
    with suppress(Exception):
        _end_children()
    remove_all()
    os._exit(code)


def leave(code: int) -> None:
    """End this process after its work, without tearing down the interpreter, which takes a second with torch.

    What is registered for the exit runs first. Return, so that the caller exits as usual, if a thread or an output has
    to be waited for.
    """
    others = (thread for thread in threading.enumerate() if thread is not threading.main_thread())
    if not all(thread.daemon for thread in others):
        return
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except (OSError, ValueError):  # closed, or full: Python says so
        return
    atexit._run_exitfuncs()
    end(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _state.number is None or _state.is_left_to_command:  # a second signal would only disturb the cleanup
        _state.number = number
        raise KeyboardInterrupt


def _watch(reading: int, handled: list[int]) -> None:
    while True:
        number = os.read(reading, 1)[0]
        if number in handled and not _state.is_left_to_command:
            time.sleep(GRACE_S)
            _state.number = _state.number or number
            _save_partial()
            was_reported, _state.is_reported = _state.is_reported, True
            # What hangs may hold the lock of the console; a progress bar has hidden the cursor.
            if events.current() is None:
                message = b"" if was_reported else b"Error: Canceled.\n"
                os.write(2, (b"\x1b[?25h" if os.isatty(2) else b"") + message)
            elif not was_reported:
                console.fail("Canceled.", None, CANCELLED, 128 + number)
            end(128 + number)


def _save_partial() -> None:
    """Call the current `rescue`, once; a second caller waits for the first."""
    if not _state.saving.acquire(timeout=RESCUE_S):
        return
    try:
        rescue, _state.rescue = _state.rescue, None
        message = rescue().strip() if rescue is not None else ""
        if message:
            console.say(message)
    except SpeakerPlugError as error:
        console.fail(str(error), error)
    finally:
        _state.saving.release()


def _end_children() -> None:
    multiprocessing = sys.modules.get("multiprocessing")
    children = multiprocessing.active_children() if multiprocessing is not None else []
    for child in children:
        child.terminate()  # SIGKILL would look like the OOM killer to a thread that waits for it
    until = time.monotonic() + UNWIND_S
    for thread in threading.enumerate():
        if thread.name.startswith("speakerplug"):
            thread.join(max(0.0, until - time.monotonic()))
    for child in children:
        child.kill()
    logging.shutdown()
