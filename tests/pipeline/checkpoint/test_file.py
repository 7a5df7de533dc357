"""The file of a checkpoint: what was appended is read again, whatever is torn off its end."""

from __future__ import annotations

import errno
import logging
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.errors import UsageError
from speakerplug.pipeline.checkpoint import file as module
from speakerplug.pipeline.checkpoint.file import HEADER, RECORD, WORK, CheckpointFile, Line, line_of

LINES = [line_of(WORK, "recognition", {"model": "tiny"}), line_of(RECORD, "recognition", {"words": [["é", 0.1]]})]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a checkpoint that does not exist yet."""
    return tmp_path / "talk.speakerplug-checkpoint"


def written(path: Path, *lines: Line) -> bytes:
    """Append lines to the file, and return its content."""
    file = CheckpointFile(path)
    for line in lines:
        file.append(line)
    file.close()
    return path.read_bytes()


def test_lines_that_were_appended_are_read_in_order_by_the_next_run(path: Path) -> None:
    """Also those of a third run, after both."""
    written(path, *LINES)
    written(path, LINES[1])
    assert CheckpointFile(path).lines == [*LINES, LINES[1]]


BEGUN = line_of(RECORD, "recognition", {"work": {"kind of device": "cpu"}})
OTHER = line_of(RECORD, "diarization", {"windows": "0"})


@pytest.mark.parametrize(
    ("lines", "progress"),
    [
        ([], False),
        (LINES[:1], False),
        ([LINES[0], BEGUN], False),
        ([LINES[0], BEGUN, LINES[1]], True),
        ([*LINES, BEGUN], False),
        ([*LINES, LINES[0]], False),
        ([*LINES, OTHER, BEGUN], True),
    ],
)
def test_file_has_progress_once_a_stage_has_done_more_than_begin(path: Path, lines: list[Line], progress: bool) -> None:
    """What it did before it began anew does not count."""
    file = CheckpointFile(path)
    for line in lines:
        file.append(line)
    assert file.has_progress is progress
    file.close()


@pytest.mark.parametrize("value", [0.1, 1e-17, 12345.678901234567, 86399.99, None, "é\ud800\u2028\n", True])
def test_values_are_read_as_they_were_saved(value: Any, path: Path) -> None:
    """Times to the last bit; texts with line ends and lone surrogates stay in one line."""
    written(path, line_of(RECORD, "recognition", {"value": value}))
    assert [line.value() for line in CheckpointFile(path).lines] == [{"value": value}]


@given(data=st.data())
def test_file_that_is_cut_or_damaged_anywhere_keeps_the_lines_before(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A killed process tears the last line; the next run appends after the intact ones."""
    path = tmp_path_factory.mktemp("cut") / "talk.speakerplug-checkpoint"
    whole = written(path, *LINES)
    position = data.draw(st.integers(len(HEADER), len(whole) - 1))
    torn = data.draw(st.sampled_from([b"", b"?", b"?\n", whole[position + 1 :]]))
    path.write_bytes(whole[:position] + torn)
    first_end = len(HEADER) + whole[len(HEADER) :].index(b"\n") + 1
    intact = [*LINES[: position >= first_end]]
    assert CheckpointFile(path).lines == intact
    written(path, LINES[1])
    assert CheckpointFile(path).lines == [*intact, LINES[1]]


@pytest.mark.parametrize("content", [b"", HEADER[:9], HEADER, b"speakerplug-checkpoint 99\n0 ? ? {}\n"])
def test_file_with_a_torn_or_another_header_is_empty(content: bytes, path: Path) -> None:
    """A file of another version of the format is begun anew, not mixed."""
    path.write_bytes(content)
    assert CheckpointFile(path).lines == []
    assert written(path, *LINES).startswith(HEADER)
    assert CheckpointFile(path).lines == LINES


def test_file_of_another_kind_is_refused_and_stays(path: Path) -> None:
    """Somebody may name a recording by mistake."""
    path.write_bytes(b"RIFF, a recording")
    with pytest.raises(UsageError, match="is not a checkpoint of SpeakerPlug; rename it"):
        CheckpointFile(path)
    assert path.read_bytes() == b"RIFF, a recording"


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems have permissions of this kind")
def test_file_is_readable_by_its_owner_alone_from_the_first_byte(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the umask allows, and also where the file was there before."""
    modes: list[int] = []
    opened = os.open
    monkeypatch.setattr(module.os, "open", lambda *given: modes.append(given[2]) or opened(*given))
    before = os.umask(0)
    try:
        CheckpointFile(path).close()
        assert (modes, stat.S_IMODE(path.stat().st_mode)) == ([0o600], 0o600)
        path.chmod(0o644)
        CheckpointFile(path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_append_on_a_full_disk_warns_once_and_leaves_the_intact_lines(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Half of a line was written; nothing is tried again, though there may be room by then."""
    file = CheckpointFile(path)
    file.append(LINES[0])
    write = os.write

    def half(descriptor: int, data: memoryview) -> int:
        """Write a few bytes, then find the disk full."""
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[: len(data) - 10])

    with caplog.at_level(logging.WARNING, "speakerplug"):
        monkeypatch.setattr(module.os, "write", half)
        file.append(LINES[1])
        monkeypatch.undo()
        file.append(LINES[1])
    assert [record.getMessage() for record in caplog.records] == [
        f"{path} cannot be written (No space left on device); the work goes on, and could not be resumed from here."
    ]
    assert CheckpointFile(path).lines == LINES[:1]
