"""Real signals to real processes: the time until they end, the exit code, and the files that they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import speakerplug
from speakerplug import cli
from tests.cli.conftest import FAKES, write_wav

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HANGING = ROOT / "tests" / "standins" / "hanging.py"
SOON_S = 2.0


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return two seconds of audio, alone in a folder."""
    (tmp_path / "talks").mkdir()
    return write_wav(tmp_path / "talks" / "talk.wav", 2.0)


@contextmanager
def at_work(*command: str | Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a Python process that has printed that it hangs; it ends with the block."""
    with subprocess.Popen(
        [sys.executable, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", ""))), **variables},
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "hanging\n", process.communicate()[1]
            yield process
        finally:
            process.kill()


def ended_by(process: subprocess.Popen[str], number: int) -> tuple[float, str]:
    """Send a signal, and return the seconds until the process has ended and what it printed to stderr."""
    sent = time.monotonic()
    process.send_signal(number)
    _, printed = process.communicate(timeout=30)
    return time.monotonic() - sent, printed


def test_ctrl_c_while_the_diarizer_hangs_saves_the_words(talk: Path) -> None:
    """Within 2 s, with exit code 130 and the name of the file."""
    with at_work(HANGING, "after-sleep", "transcribe", talk, *FAKES) as process:
        seconds, printed = ended_by(process, signal.SIGINT)
    assert (seconds < SOON_S, process.returncode) == (True, 130)
    assert printed.splitlines()[-1] == "Error: Canceled."
    assert "Traceback" not in printed
    assert speakerplug.load(talk.with_name("talk.partial.json")).text == "Hello there."
    assert "talk.partial.json" in printed


WITH_TEMPORARY_FILES = """
import sys, time, speakerplug.plugin.manager, tests.standins.hanging as standin
from pathlib import Path
from speakerplug_pyannoteai.audio import audio_file
from speakerplug.system.files import whole_file, whole_folder
def working(self, waveform, *rest):
    with audio_file(waveform), whole_file(Path(sys.argv[-1], "film")) as film, whole_folder(Path(sys.argv[-1], "f")):
        film.write_bytes(bytes(9))
        standin.HANGS["HOW"](rest[-1])
standin.Hanging._hang = property(lambda self: None, lambda self, value: None)
standin.Hanging.diarize = working
standin.main("WHERE", "sleep")
"""


def test_sigterm_while_a_library_hangs_leaves_no_temporary_file(talk: Path, tmp_path: Path) -> None:
    """No exception reaches native code that hangs: the process is ended, with 143, and cleaned up."""
    check_temporary_files(talk, tmp_path, signal.SIGTERM, "after", "natively")


def check_temporary_files(talk: Path, tmp_path: Path, number: int, where: str, how: str) -> None:
    """Check that a signal leaves nothing of a result that is a file, one that is a folder, and an upload."""
    places = [tmp_path / name for name in ("out", "tmp")]
    for place in places:
        place.mkdir()
    code = WITH_TEMPORARY_FILES.replace("WHERE", where).replace("HOW", how)
    arguments = ("transcribe", talk, *FAKES, "-o", places[0])
    with at_work("-c", code, *arguments, TMPDIR=str(places[1])) as process:
        assert len([*places[0].iterdir(), *places[1].glob(".speakerplug*")]) == 3
        ended_by(process, number)
    assert process.returncode == 128 + number
    assert [path.name for path in places[0].iterdir()] == ["talk.partial.json"]
    assert not list(places[1].glob("*speakerplug-[!d]*"))


@pytest.mark.parametrize("module", ["numpy.linalg", "click"])
def test_ctrl_c_while_the_command_is_imported_gives_no_traceback(module: str) -> None:
    """One message and exit code 130."""
    check_import(module)


def check_import(module: str) -> None:
    """Check that Ctrl-C gives no traceback when `module` has just been imported."""
    code = "from speakerplug.__main__ import run; run()"
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-c", code, "models"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        printed = []
        for line in process.stderr:
            printed.append(line)
            if line.rpartition("|")[2].strip() == module:
                process.send_signal(signal.SIGINT)
                break
        printed += process.stderr.readlines()
    others = [line for line in printed if not line.startswith("import time:")]
    assert (process.returncode, others[-1].strip()) == (130, "Error: Canceled.")
    assert not [line for line in others if line.strip() not in ("", "Error: Canceled.")]


def test_ctrl_c_just_before_the_command_runs_gives_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Handlers are installed before anything can catch what they raise."""
    monkeypatch.setattr(cli.signals, "install_handlers", lambda: None)
    monkeypatch.setattr(cli, "_main", lambda *_, **__: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(SystemExit) as ended:
        cli.run()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Error: Canceled.\n"


LEAVING = """
import atexit, os, sys, threading, time
from speakerplug.cli.signals import leave
atexit.register(lambda: os.write(1, b"registered\\n"))
class Torn:
    def __del__(self):
        os.write(1, b"torn down\\n")
kept = Torn()
{}
leave(3)
sys.exit(4)
"""


@pytest.mark.parametrize(
    ("before", "code", "printed"),
    [
        ("print('written')", 3, ["written", "registered"]),
        (
            "threading.Thread(target=lambda: (time.sleep(0.1), os.write(1, b'worked\\n'))).start()",
            4,
            ["worked", "registered", "torn down"],
        ),
        ("sys.stderr.close()", 4, ["registered", "torn down"]),
    ],
    ids=["nothing", "a thread", "a closed stream"],
)
def test_leave_ends_the_process_unless_something_has_to_be_waited_for(
    before: str, code: int, printed: list[str]
) -> None:
    """What is registered for the exit runs, and what is printed is flushed; the interpreter is not torn down."""
    done = subprocess.run([sys.executable, "-c", LEAVING.format(before)], capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()) == (code, printed)
