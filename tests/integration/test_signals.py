"""Real signals to real processes, wherever something may hang; the fast suite has one of each kind."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

import speakerplug
from tests.cli.conftest import FAKES
from tests.cli.test_signals import (
    HANGING,
    SOON_S,
    WITH_TEMPORARY_FILES,
    at_work,
    check_import,
    check_temporary_files,
    ended_by,
)
from tests.cli.test_signals import talk as talk

pytestmark = pytest.mark.models  # they run no model, but take minutes


@pytest.mark.parametrize(
    "hang",
    [
        "beside-sleep",
        "beside-natively",
        "beside-politely",
        "after-sleep",
        "after-spin",
        "after-natively",
        "after-stubbornly",
        "turns-sleep",
        "words-stubbornly",
        "progress-natively",
    ],
)
def test_ctrl_c_while_something_hangs_ends_soon_and_keeps_words(talk: Path, hang: str) -> None:
    """Within 2 s, with 130 and one line; the recognized words are in a file that the message names."""
    with at_work(HANGING, hang, "transcribe", talk, *FAKES) as process:
        seconds, output = ended_by(process, signal.SIGINT)
    assert seconds < SOON_S
    assert process.returncode == 130
    assert output.splitlines()[-1].strip().endswith("Error: Canceled.")
    assert "Traceback" not in output
    assert sorted(path.name for path in talk.parent.iterdir()) == ["talk.partial.json", "talk.wav"]
    assert speakerplug.load(talk.with_name("talk.partial.json")).text == "Hello there."
    assert "talk.partial.json" in output


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("hang", ["beside-sleep", "after-natively"])
def test_other_signals_end_like_ctrl_c(talk: Path, number: int, code: int, hang: str) -> None:
    """They have their own exit codes, and the words are kept."""
    with at_work(HANGING, hang, "transcribe", talk, *FAKES) as process:
        seconds, output = ended_by(process, number)
    assert (seconds < SOON_S, process.returncode) == (True, code)
    assert "Error: Canceled." in output
    assert talk.with_name("talk.partial.json").exists()


def test_signal_that_was_ignored_stays_ignored(talk: Path) -> None:
    """nohup starts programs this way, and so does a shell in the background."""
    code = (
        "import signal, sys, runpy; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        "sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    with at_work("-c", code, HANGING, "after-politely", "transcribe", talk, *FAKES) as process:
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        _, output = ended_by(process, signal.SIGTERM)
    assert process.returncode == 143
    assert "Traceback" not in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(("where", "how"), [("beside", "politely"), ("beside", "natively"), ("after", "natively")])
def test_signal_during_work_leaves_no_temporary_file(
    talk: Path, tmp_path: Path, number: int, where: str, how: str
) -> None:
    """Neither of the results, nor of the upload; whether or not the work can be abandoned."""
    check_temporary_files(talk, tmp_path, number, where, how)


def test_temporary_files_after_sigkill_are_removed_by_the_next_command(talk: Path, tmp_path: Path) -> None:
    """A killed process cannot remove them itself; results and uploads of the next command do."""
    places = [tmp_path / name for name in ("out", "tmp")]
    for place in places:
        place.mkdir()
    code = WITH_TEMPORARY_FILES.replace("WHERE", "after").replace("HOW", "politely")
    with at_work("-c", code, "transcribe", talk, *FAKES, "-o", places[0], TMPDIR=str(places[1])) as process:
        process.kill()
    assert len([*places[0].iterdir(), *places[1].glob(".speakerplug*")]) == 3
    with at_work("-c", code, "transcribe", talk, *FAKES, "-o", places[0], TMPDIR=str(places[1])) as process:
        assert len([*places[0].iterdir(), *places[1].glob(".speakerplug*")]) == 3
        assert all(f"-{process.pid}-" in path.name for path in places[0].iterdir())


@pytest.mark.parametrize("module", ["speakerplug.errors", "speakerplug.plugin.manager", "speakerplug.cli", "pluggy"])
def test_ctrl_c_in_any_import_gives_no_traceback(module: str) -> None:
    """It prints one line and ends with 130."""
    check_import(module)


SLOW_COMMAND = """
import os, time, click, speakerplug.plugin.manager
from speakerplug import hookimpl
from speakerplug.testing import plugins_with
class Listening:
    @hookimpl
    def register_commands(self, cli):
        @cli.command()
        def listen():
            try:
                os.write(1, b"hanging\\n")
                time.sleep(600)
            except KeyboardInterrupt:
                time.sleep(1.8)
                print("saved")
plugins = plugins_with({"listening": Listening()})
speakerplug.plugin.manager.load_plugins = lambda: plugins
from speakerplug.cli import run
run()
"""


def test_ctrl_c_in_a_plugins_command_is_handled_by_it() -> None:
    """Its handler takes as long as it needs."""
    with at_work("-c", SLOW_COMMAND, "listen") as process:
        process.send_signal(signal.SIGINT)
        saved, output = process.communicate(timeout=30)
    assert saved == "saved\n", output
