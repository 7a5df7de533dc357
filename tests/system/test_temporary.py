"""Temporary files: removed with their blocks, named after their process, and swept when that has ended."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from speakerplug.system.files import whole_folder, write_whole
from speakerplug.system.temporary import (
    host,
    is_gone,
    is_temporary,
    remove_all,
    started,
    temporary_folder,
    temporary_path,
)

LEAVES = """
import sys, time
from pathlib import Path
from speakerplug.system.temporary import temporary_path, temporary_folder
folder = Path(sys.argv[1])
with temporary_path(folder) as path, temporary_folder(folder) as other:
    path.write_text("half")
    (other / "sound.wav").write_text("private")
    print(flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder in which a process is at work, with a file and a folder of its own."""
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


def at_work(folder: Path) -> subprocess.Popen[bytes]:
    """Start a process that has temporary things in `folder`."""
    process = subprocess.Popen([sys.executable, "-c", LEAVES, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_is_temporary_holds_for_what_lies_in_a_folder_of_this_process(folder: Path) -> None:
    """Until the end of its block."""
    with temporary_folder(folder) as path:
        assert is_temporary(path)
        assert is_temporary(path / "stdin")
        assert not is_temporary(folder / "stdin")
    assert not is_temporary(path / "stdin")


def test_temporary_path_after_its_block_leaves_nothing(folder: Path) -> None:
    """However the block ends, for a file or a folder; what was moved elsewhere stays there."""
    with temporary_path(folder) as path:
        path.write_text("x")
        path.rename(folder / "kept")
    with temporary_folder(folder) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        (path / "file").touch()
    with pytest.raises(ZeroDivisionError), temporary_path(folder) as path:
        raise ZeroDivisionError(path.write_text("x"))
    assert [path.name for path in folder.iterdir()] == ["kept"]


def test_temporary_path_identifies_its_process(folder: Path) -> None:
    """Host, process and its start; no two are the same, and the long name of the target is not part of it."""
    with temporary_path(folder) as one, temporary_path(folder) as other:
        assert one != other
        begin = f".speakerplug-{host()}-{os.getpid()}-{started(os.getpid()) or 0}-"
        assert one.name.startswith(begin)
        assert len(one.name) < 100
    name = "x" * 255
    write_whole(folder / name, "long")
    with whole_folder(folder / ("y" * 255)) as made:
        (made / "file").touch()
    assert sorted(path.name for path in folder.iterdir()) == [name, "y" * 255]


def test_write_whole_sweeps_the_leftovers_of_a_dead_process(folder: Path) -> None:
    """After a kill, its file and its folder are removed with the next write there."""
    with at_work(folder) as process:
        process.kill()
    assert len(list(folder.iterdir())) == 2
    write_whole(folder / "talk.vtt", "text")
    assert [path.name for path in folder.iterdir()] == ["talk.vtt"]


def test_sweep_leaves_what_may_be_in_use(folder: Path) -> None:
    """Things of a living process, of other hosts, of other programs, of unknown ones, and the targets of links."""
    gone = dead_pid()
    (folder / "target").mkdir()
    (folder / "target" / "file").touch()
    kept = {
        f".speakerplug-other_host-0123abcd-{gone}-1-00ff00ff.tmp",
        f".speakerplug-{host()}-{os.getpid()}-{started(os.getpid()) or 0}-00ff00ff.tmp",
        f".speakerplug-{host()}-{gone}-1-00ff00ff.tmp.mine",
        ".speakerplug-0123456789ab.tmp",
        f"speakerplug-{host()}-{gone}-1-00ff00ff.tmp",
        "target",
    }
    for name in kept - {"target"}:
        (folder / name).touch()
    (folder / f".speakerplug-{host()}-{gone}-1-aaaaaaaa.tmp").symlink_to(folder / "target")
    with at_work(folder) as process:
        living = {path.name for path in folder.iterdir() if f"-{process.pid}-" in path.name}
        write_whole(folder / "talk.vtt", "text")
        assert {path.name for path in folder.iterdir()} == kept | living | {"talk.vtt"}
        assert len(living) == 2
        process.kill()
    assert (folder / "target" / "file").exists()


def test_is_gone_distinguishes_a_process_from_a_reused_id() -> None:
    """A process with another start is another one; if the start is unknown, an id in use is left alone."""
    own = started(os.getpid())
    assert not is_gone(os.getpid(), own or 0)
    assert not is_gone(os.getpid(), 0)
    assert is_gone(os.getpid(), 1) == (own is not None)
    assert is_gone(dead_pid(), 1)
    assert not is_gone(1, 0)


def test_remove_all_inside_blocks_removes_their_files(folder: Path) -> None:
    """For an exit in the middle of everything."""
    with temporary_path(folder) as path, temporary_folder(folder) as other:
        path.write_text("x")
        (other / "file").touch()
        remove_all()
        assert not list(folder.iterdir())


def dead_pid() -> int:
    """Return the id of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid
