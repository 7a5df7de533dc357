"""One run at a time in a folder."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import speakerplug.batch.lock
from speakerplug.batch.lock import holders, locked
from speakerplug.errors import OutputError, UsageError


@pytest.mark.parametrize(("one", "other"), [((1, 1), (1, 1)), ((1, 1), (2, 3)), ((2, 3), (2, 3)), ((1, 2), (2, 3))])
def test_locked_refuses_a_second_run_and_says_who_holds_it(
    tmp_path: Path, one: tuple[int, int], other: tuple[int, int]
) -> None:
    """The same shard, or shards of another count, might do the same recordings."""
    with locked(tmp_path, one):
        said = rf"Another run is at work in .*: process {os.getpid()} on "
        with pytest.raises(UsageError, match=said) as caught, locked(tmp_path, other):
            pass
        assert ("shard" in str(caught.value)) == (one != (1, 1))
        assert [each["pid"] for each in holders(tmp_path)] == [os.getpid()]
    assert holders(tmp_path) == []


def test_locked_lets_shards_of_one_job_share_a_folder(tmp_path: Path) -> None:
    """They do different recordings."""
    with locked(tmp_path, (1, 3)), locked(tmp_path, (3, 3)):
        assert [each["shard"] for each in holders(tmp_path)] == ["1/3", "3/3"]
    with locked(tmp_path):
        pass


def test_locked_where_nothing_can_be_written_is_an_output_error(tmp_path: Path) -> None:
    """With the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"), locked(tmp_path / "file"):
        pass


def elsewhere(output: Path) -> Path:
    """Write the file of a run on another machine; return it."""
    path = output / ".speakerplug" / "run-1-of-1.json"
    path.parent.mkdir()
    path.write_text('{"host": "far", "scope": "far-1", "pid": 7, "since": 1.0}')
    return path


def test_locked_refuses_a_run_on_another_machine_that_shows_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its lock is not seen; its file stays."""
    path = elsewhere(tmp_path)
    monkeypatch.setattr(speakerplug.batch.lock.time, "sleep", lambda seconds: os.utime(path, (1e9, 1e9)))
    with pytest.raises(UsageError, match="process 7 on far"), locked(tmp_path):
        pass
    assert path.exists()


def test_locked_takes_over_from_a_machine_that_shows_no_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, or at once where the last sign is old."""
    path = elsewhere(tmp_path)
    monkeypatch.setattr(speakerplug.batch.lock, "WATCH_S", 0.05)
    with locked(tmp_path):
        assert holders(tmp_path)[0]["pid"] == os.getpid()
    assert not path.exists()
    elsewhere_old = tmp_path / "old"
    elsewhere_old.mkdir()
    os.utime(elsewhere(elsewhere_old), (1, 1))
    monkeypatch.setattr(speakerplug.batch.lock, "WATCH_S", 60.0)
    with locked(elsewhere_old):
        pass


def test_holders_of_a_folder_that_cannot_be_written_are_known_by_their_sign_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may only read a folder, such as another user, cannot ask for the lock."""
    from filelock import FileLock

    def refused(lock: FileLock) -> None:
        """Refuse as the system does."""
        raise PermissionError(13, "Permission denied", lock.lock_file)

    with locked(tmp_path):
        monkeypatch.setattr(FileLock, "acquire", refused)
        assert [each["pid"] for each in holders(tmp_path)] == [os.getpid()]
        os.utime(tmp_path / ".speakerplug/run-1-of-1.json", (time.time() - 60, time.time() - 60))
        assert holders(tmp_path) == []


def test_holders_on_another_machine_are_known_by_their_sign_of_life(tmp_path: Path) -> None:
    """Some shared file systems keep no locks between machines."""
    state = tmp_path / ".speakerplug"
    state.mkdir()
    (state / "run-1-of-1.lock").touch()
    (state / "run-1-of-1.json").write_text('{"host": "there", "scope": "there-1", "pid": 7}')
    assert [each["host"] for each in holders(tmp_path)] == ["there"]
    os.utime(state / "run-1-of-1.json", (time.time() - 60, time.time() - 60))
    assert holders(tmp_path) == []


def test_locked_shows_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is touched while the run is at work."""
    monkeypatch.setattr(speakerplug.batch.lock, "BEAT_S", 0.005)
    path = tmp_path / ".speakerplug" / "run-1-of-1.json"
    with locked(tmp_path):
        os.utime(path, (1, 1))
        until = time.monotonic() + 10.0
        while path.stat().st_mtime < 2 and time.monotonic() < until:
            time.sleep(0.005)
        assert path.stat().st_mtime > 2
