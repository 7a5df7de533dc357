"""Two runs in one folder of object storage, here in fsspec's memory."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import fsspec
import pytest

from speakerplug.batch import stored_lock
from speakerplug.batch.stored_lock import held, stored_holders
from speakerplug.errors import UsageError

URL = "memory://lock/results"
PATH = "/lock/results/.speakerplug/run-1-of-1.json"


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return an empty storage, where signs of life come and go fast."""
    monkeypatch.setattr(stored_lock, "BEAT_S", 0.01)
    monkeypatch.setattr(stored_lock, "WATCH_S", 0.2)
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()


def sign(bucket: Any, path: str = PATH, **about: Any) -> None:
    """Write the sign of life of a run on another machine."""
    other = {"scope": "elsewhere", "host": "node7", "pid": 5, "beat": time.time(), **about}
    bucket.pipe_file(path, json.dumps(other).encode())


def test_held_folder_shows_who_is_at_work_and_leaves_nothing(bucket: Any) -> None:
    """The object is there while the run is, and not afterwards."""
    with held(URL):
        until = time.monotonic() + 5.0
        while not (found := stored_holders(URL)) and time.monotonic() < until:
            time.sleep(0.01)
        assert [isinstance(each["pid"], int) for each in found] == [True]
    assert stored_holders(URL) == []
    assert not bucket.exists(PATH)


@pytest.mark.parametrize(("other", "shard"), [("1-of-1", (1, 1)), ("1-of-1", (2, 3)), ("2-of-3", (1, 1))])
def test_held_where_another_machine_is_at_work_is_refused(bucket: Any, other: str, shard: tuple[int, int]) -> None:
    """The message says who it is."""
    path, ended = PATH.replace("1-of-1", other), threading.Event()
    sign(bucket, path)

    def live() -> None:
        while not ended.wait(0.01):
            sign(bucket, path)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        with pytest.raises(UsageError, match=r"Another run is at work in .*: process 5 on node7"), held(URL, shard):
            pass
    finally:
        ended.set()
        thread.join()


def test_held_after_another_machine_died_goes_on(bucket: Any) -> None:
    """A sign that is not written again, or very old, holds nothing; nor does another shard of as many."""
    sign(bucket)
    with held(URL):
        pass
    sign(bucket, beat=time.time() - 1000.0)
    began = time.monotonic()
    with held(URL):
        assert time.monotonic() - began < 0.15
    sign(bucket, PATH.replace("1-of-1", "2-of-3"))
    with held(URL, (1, 3)):
        assert bucket.exists(PATH.replace("1-of-1", "1-of-3"))
