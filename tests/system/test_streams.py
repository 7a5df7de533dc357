"""Output to what is open already: it is added in its place, and nothing is replaced."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from speakerplug.errors import OutputError
from speakerplug.system.files import whole_file, write_whole
from speakerplug.system.streams import is_stream

PRINT_AND_WRITE = """
import pathlib, sys
from speakerplug.system.files import write_whole
print('printed', end=' ')
write_whole(pathlib.Path(sys.argv[1]), 'new')
"""


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "link"])
def test_write_whole_to_stdout_in_append_mode_adds(tmp_path: Path, name: str) -> None:
    """The file's content stays, and earlier output comes first; also by a link, and by /proc on Linux."""
    log = tmp_path / "log"
    log.write_text("old ")
    path = tmp_path / "link"
    path.symlink_to("/dev/stdout")
    with log.open("a") as file:
        command = [sys.executable, "-c", PRINT_AND_WRITE, str(path) if name == "link" else name]
        subprocess.run(command, stdout=file, check=True)
    assert log.read_text() == "old printed new"
    assert path.is_symlink()


def test_write_whole_to_a_descriptor_keeps_its_position(tmp_path: Path) -> None:
    """One without append mode goes on at its position, and stays open; by each of its names."""
    path = tmp_path / "file"
    path.write_text("0123456789")
    names = ["/dev/fd"]
    if Path("/proc/self/fd").is_dir():
        names += ["/proc/self/fd", "/proc/thread-self/fd", f"/proc/{os.getpid()}/fd", "/proc/self/task/../fd"]
    with path.open("r+b", buffering=0) as file:
        file.seek(2)
        for name in names:
            write_whole(Path(name, str(file.fileno())), "x")
        file.write(b"y")
    written = "01" + "x" * len(names) + "y"
    assert path.read_text() == written + "0123456789"[len(written) :]


def test_write_whole_to_a_descriptor_of_another_process_adds(tmp_path: Path) -> None:
    """What another process has open is added to, if the system shows it."""
    path = tmp_path / "file"
    path.write_text("old ")
    with path.open("a") as file:
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=file)
        shown = Path(f"/proc/{other.pid}/fd/1")
        if shown.exists():
            write_whole(shown, "new")
            assert path.read_text() == "old new"
        other.communicate(b"\n")


def test_write_whole_to_a_pipe_is_read_at_its_other_end(tmp_path: Path) -> None:
    """A named pipe takes the text, stays a pipe, and no file is left next to it."""
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, "text")
    reader.join(30)
    assert read == ["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_whole_file_for_a_descriptor_is_copied_when_complete(tmp_path: Path) -> None:
    """What has to be a file while it is made goes through the descriptor when it is complete, or not at all."""
    path = tmp_path / "file"
    with path.open("wb", buffering=0) as file:
        target = Path(f"/dev/fd/{file.fileno()}")
        with whole_file(target) as made:
            made.write_bytes(b"whole")
            assert path.read_bytes() == b""
        with pytest.raises(OutputError), whole_file(target) as made:
            raise FileNotFoundError(made.write_bytes(b"half"))
    assert path.read_bytes() == b"whole"
    assert not made.parent.exists()


def test_write_whole_to_a_closed_descriptor_raises(tmp_path: Path) -> None:
    """A number of no open descriptor, or one for reading, is an OutputError with a hint."""
    with (tmp_path / "file").open("x+") as file:
        number = file.fileno()
    with pytest.raises(OutputError, match="is not open for writing; open it in the shell"):
        write_whole(Path(f"/dev/fd/{number}"), "text")
    with (tmp_path / "file").open() as file, pytest.raises(OutputError, match="is not open for writing"):
        write_whole(Path(f"/dev/fd/{file.fileno()}"), "text")


def test_is_stream_for_files_and_folders_is_false(tmp_path: Path) -> None:
    """Files with numbers for names, links to files, and links in a circle are none."""
    (tmp_path / "1").touch()
    (tmp_path / "link").symlink_to(tmp_path / "1")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert not any(map(is_stream, (tmp_path / "1", tmp_path / "link", tmp_path / "circle", tmp_path, tmp_path / "2")))
    assert is_stream(Path("/dev/null"))
