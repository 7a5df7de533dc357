"""Waiting for one's turn."""

from __future__ import annotations

import threading
import time

import pytest

from speakerplug.devices.locks import FairLock, Monitor
from speakerplug.errors import DeviceError

SOON = 10.0


def lock_of(monitor: Monitor, name: str = "the model") -> FairLock:
    return FairLock(name, monitor)


def wait_for(monitor: Monitor, waiting: int) -> None:
    """Until so many threads wait."""
    with monitor.changed:
        assert monitor.changed.wait_for(lambda: len(monitor.waiting) >= waiting, SOON)


def test_lock_that_many_wait_for_serves_in_order_of_arrival() -> None:
    """However many wait, they get the lock in the order in which they came."""
    monitor = Monitor()
    lock, order, threads = lock_of(monitor), list[int](), list[threading.Thread]()

    def take(number: int) -> None:
        with lock.held(time.monotonic() + SOON):
            order.append(number)

    with lock.held(time.monotonic() + SOON):
        for number in range(8):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            wait_for(monitor, number + 1)
    for thread in threads:
        thread.join(SOON)
    assert order == list(range(8))


def test_lock_after_the_deadline_names_its_holder() -> None:
    """The error names the thread that holds, and afterwards the lock works as before."""
    monitor = Monitor()
    lock, errors = lock_of(monitor), list[str]()

    def impatient() -> None:
        try:
            with lock.held(time.monotonic() + 0.01):
                errors.append("got it")
        except DeviceError as error:
            errors.append(str(error))

    with lock.held(time.monotonic() + SOON):
        thread = threading.Thread(target=impatient)
        thread.start()
        thread.join(SOON)
    assert errors[0].startswith(f"the model is held by thread {threading.current_thread().name} for 0 s")
    with lock.held(time.monotonic()):
        assert lock.holder == threading.get_ident()


def test_lock_taken_again_by_its_holder_counts() -> None:
    """A lock is free after as many releases as it was taken."""
    lock = lock_of(Monitor())
    with lock.held(0), lock.held(0):
        assert lock.depth == 2
    assert lock.holder is None


def test_lock_waited_for_in_a_circle_is_refused() -> None:
    """Of two threads that wait for each other's lock, the second fails immediately, and the first continues."""
    monitor = Monitor()
    first, second, done = lock_of(monitor, "first"), lock_of(monitor, "second"), list[str]()

    def other() -> None:
        with second.held(time.monotonic() + SOON), first.held(time.monotonic() + SOON):
            done.append("both")

    with first.held(time.monotonic() + SOON):
        thread = threading.Thread(target=other)
        thread.start()
        wait_for(monitor, 1)
        with pytest.raises(DeviceError, match="waits for this thread"), second.held(time.monotonic() + SOON):
            pass
    thread.join(SOON)
    assert done == ["both"]
