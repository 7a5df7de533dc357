"""The exit code of every way in which a command can end, as a table; the page in docs/ has the same codes."""

from __future__ import annotations

import errno
import io
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speakerplug.cli import signals
from speakerplug.errors import ModelError, SpeakerPlugError
from speakerplug.testing import FakeRecognizer
from tests.cli.conftest import FAKES, Run, write_wav

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "exit-codes.md"
TALK = "talk.wav"
GONE = "gone.wav"


def raising(error: BaseException) -> Callable[..., Any]:
    """Return a recognizer's method that raises this error."""

    def recognize(*_: object) -> None:
        raise error

    return recognize


WAYS: dict[str, tuple[tuple[str, ...], BaseException | None, int]] = {
    "success": (("transcribe", TALK, *FAKES), None, 0),
    "help": (("--help",), None, 0),
    "check that finds nothing": (("check", "good.srt"), None, 0),
    "check that finds a broken rule": (("check", "bad.srt"), None, 1),
    "missing input": (("transcribe", GONE), None, 1),
    "stage that fails": (("transcribe", TALK, *FAKES), ModelError("It is damaged."), 1),
    "unexpected error": (("transcribe", TALK, *FAKES), ValueError("odd"), 1),
    "no memory": (("transcribe", TALK, *FAKES), MemoryError(), 1),
    "one of several inputs": (("transcribe", TALK, GONE, *FAKES), None, 1),
    "unknown command": (("transcript", GONE), None, 2),
    "no command": ((), None, 2),
    "unknown option": (("transcribe", TALK, "--nope"), None, 2),
    "invalid value": (("transcribe", TALK, "--task", "sing"), None, 2),
    "contradiction": (("transcribe", TALK, "-q", "-v"), None, 2),
    "overwritten input": (("convert", "good.srt", "-o", "good.srt"), None, 2),
    "Ctrl-C": (("transcribe", TALK, *FAKES), KeyboardInterrupt(), 130),
}


@pytest.fixture
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder with a recording and subtitles."""
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / TALK, 2.0)
    (tmp_path / "good.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nHello there.\n")
    (tmp_path / "bad.srt").write_text(f"1\n00:00:00,000 --> 00:00:02,000\n{'Hello ' * 20}\n")


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize("way", WAYS)
def test_exit_code_of_each_way_to_end(way: str, run: Run, recognizer: FakeRecognizer) -> None:
    """0, 1, 2 or that of Ctrl-C."""
    arguments, error, code = WAYS[way]
    if error is not None:
        recognizer.recognize = raising(error)  # type: ignore[method-assign]
    found = run(*arguments)
    assert (found, type(found)) == (code, int)


class Left(io.StringIO):
    """A standard output whose reader has exited."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    def isatty(self) -> bool:
        return False


@pytest.mark.usefixtures("_files")
def test_exit_code_after_the_reader_has_exited_is_that_of_sigpipe(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a message: nobody is wrong."""
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stdout", Left())
    monkeypatch.setattr(sys, "stderr", errors)
    assert run("convert", "good.srt", "--txt", "-o", "-") == 141
    assert not errors.getvalue()


@pytest.mark.parametrize(("number", "code"), [(None, 130), (signal.SIGTERM, 143), (1, 129)])
def test_exit_code_of_a_signal_is_128_and_its_number(
    number: int | None, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real signals are sent in test_signals.py."""
    monkeypatch.setattr(signals, "_state", signals._State(number=number))
    assert signals.exit_code() == code


def test_exit_codes_on_the_page_are_those_that_are_tested() -> None:
    """Every class of error has one of them."""
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)}
    assert listed == {code for *_, code in WAYS.values()} | {129, 141, 143}
    kinds = {SpeakerPlugError, *SpeakerPlugError.__subclasses__()}
    assert {kind.exit_code for kind in kinds} <= listed
