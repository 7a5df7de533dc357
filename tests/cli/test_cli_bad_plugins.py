"""Plugins that misbehave, on the command line: words are saved, results stay clean, the exit code is right."""

from __future__ import annotations

import functools
import json
import math
import os
import subprocess
import sys
import textwrap
from asyncio import CancelledError
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import speakerplug
import speakerplug.cli
import speakerplug.plugin.manager
from speakerplug import Diarization, Transcript, Turn, hookimpl
from speakerplug.errors import ModelError, UsageError
from speakerplug.plugin import AlignerRegistration, DiarizerRegistration, FormatRegistration, RecognizerRegistration
from speakerplug.plugin.manager import Plugins
from speakerplug.testing import FakeDiarizer, FakeRecognizer, turns, words
from tests.cli.conftest import FAKES, Run, write_wav

TEXT = "Hello there. Hi!"
REGISTRATIONS: Any = {
    "recognizers": RecognizerRegistration,
    "diarizers": DiarizerRegistration,
    "aligners": AlignerRegistration,
}


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", seconds=2.0)


def errors_in(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the error messages; there is no traceback among them."""
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    return [line for line in shown.splitlines() if line.startswith("Error: ")]


def answering(answer: Any) -> Callable[..., Any]:
    """Return a diarizer's method that returns `answer`, or raises it."""

    def diarize(*_: Any) -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return diarize


def _turns(*given: Any) -> Diarization:
    return Diarization(tuple(given), tuple(given))


USELESS = {
    "nothing": None,
    "a list": [],
    "a text": "A: 0-1",
    "tuples": _turns((0.0, 1.0, "A")),
    "dictionaries": _turns({"start": 0.0, "end": 1.0, "speaker": "A"}),
    "texts for times": _turns(Turn("0.0", "1.0", "A")),  # type: ignore[arg-type]
    "no times": _turns(Turn(None, None, "A")),  # type: ignore[arg-type]
    "lists for times": _turns(Turn([0.0], [1.0], "A")),  # type: ignore[arg-type]
    "a number for a speaker": _turns(Turn(0.0, 1.0, 7)),  # type: ignore[arg-type]
    "no speaker": _turns(Turn(0.0, 1.0, None)),  # type: ignore[arg-type]
    "a list for a speaker": _turns(Turn(0.0, 1.0, ["A"])),  # type: ignore[arg-type]
    "a number for turns": Diarization(5, 5),  # type: ignore[arg-type]
    "an error": ZeroDivisionError("oh"),
    "an error without text": ValueError(),
    "sys.exit()": SystemExit(),
    "sys.exit(0)": SystemExit(0),
    "sys.exit('bye')": SystemExit("bye"),
    "GeneratorExit": GeneratorExit(),
    "CancelledError": CancelledError("of asyncio"),
    "StopIteration": StopIteration(),
    "MemoryError": MemoryError(),
    "RecursionError": RecursionError("maximum recursion depth exceeded"),
    "on purpose": ModelError("Diarizer fake wants to be paid first."),
}


@pytest.mark.parametrize("answer", USELESS.values(), ids=USELESS)
def test_invalid_diarization_keeps_the_words(
    run: Run, talk: Path, diarizer: FakeDiarizer, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words are in the partial JSON, one sentence names the diarizer, and the exit code is 1."""
    diarizer.diarize = answering(answer)  # type: ignore[method-assign]
    assert run("transcribe", talk, *FAKES) == 1
    assert sorted(path.name for path in talk.parent.iterdir()) == ["talk.partial.json", "talk.wav"]
    assert speakerplug.load(talk.with_name("talk.partial.json")).text == TEXT
    (line,) = errors_in(capsys)
    assert line.startswith("Error: Diarizer fake ")
    assert "talk.partial.json" in line


NAN, INF = math.nan, math.inf
IMPOSSIBLE = [(NAN, 1.0), (0.0, NAN), (0.0, INF), (-INF, 1.0), (-5.0, 1.0), (1.0, 0.5), (1e308, 1e308), (50.0, 60.0)]


@pytest.mark.parametrize("times", IMPOSSIBLE, ids=str)
def test_turn_at_an_invalid_time_is_dropped(
    run: Run, talk: Path, diarizer: FakeDiarizer, times: tuple[float, float], capsys: pytest.CaptureFixture[str]
) -> None:
    """The transcript is made with the other turns, and one warning names the diarizer and counts."""
    diarizer.turns = (*turns((0.0, 1.9, "A")), Turn(*times, "B"))
    assert run("transcribe", talk, *FAKES, "--json") == 0
    found = speakerplug.load(talk.with_suffix(".json"))
    assert found.turns == turns((0.0, 1.9, "A"))
    assert {word.speaker for word in found.words} == {"A"}
    (warning,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Warning")]
    assert warning.startswith("Warning: Diarizer fake: of 2 turns, 1 ")


def test_invalid_turns_alone_leave_words_without_speakers(run: Run, talk: Path, diarizer: FakeDiarizer) -> None:
    """The transcript is written all the same."""
    diarizer.turns = turns((NAN, NAN, "A"))
    assert run("transcribe", talk, *FAKES, "--json") == 0
    assert [word.speaker for word in speakerplug.load(talk.with_suffix(".json")).words] == [None, None, None]


@pytest.mark.parametrize("error", [ZeroDivisionError("oh"), SystemExit(0), None, 5, "text"], ids=repr)
@pytest.mark.parametrize("kind", ["recognizers", "diarizers", "aligners"])
def test_factory_that_makes_no_stage_is_named(
    run: Run, talk: Path, plugins: Plugins, kind: str, error: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """It raises, exits, or returns something else: one sentence, exit code 1, and no file."""

    def factory(settings: Any) -> Any:
        if isinstance(error, BaseException):
            raise error
        return error

    plugins.add("culprit", _registering(kind, lambda register: register(REGISTRATIONS[kind]("broken", factory))))
    assert run("transcribe", talk, *FAKES, f"--{kind[:-1]}", "broken") == 1
    (line,) = errors_in(capsys)
    assert line.startswith(f"Error: {kind[:-1].capitalize()} broken ")
    assert list(talk.parent.iterdir()) == [talk]


@pytest.mark.parametrize("answer", [ZeroDivisionError("oh"), SystemExit(0), "a model", {}], ids=repr)
@pytest.mark.parametrize("stage", ["recognizer", "diarizer"])
def test_stage_whose_prepare_fails_is_named(
    run: Run,
    talk: Path,
    recognizer: FakeRecognizer,
    diarizer: FakeDiarizer,
    stage: str,
    answer: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It raises, exits, or returns what the device manager cannot load."""
    failing: Any = {"recognizer": recognizer, "diarizer": diarizer}[stage]
    failing.name, failing.prepare = "Broken", answering(answer)
    assert run("transcribe", talk, *FAKES) == 1
    (line,) = errors_in(capsys)
    assert line.startswith("Error: Broken failed (")


def _registering(kind: str, register: Callable[[Any], Any]) -> object:
    return type("Plugin", (), {f"register_{kind}": staticmethod(hookimpl(register))})()


def _failing_writer(transcript: Transcript) -> str:
    raise ZeroDivisionError("oh")


def _leaving_writer(transcript: Transcript) -> str:
    sys.exit(0)


def _mute_writer(transcript: Transcript) -> Any:
    return None


WRITERS = [_failing_writer, _leaving_writer, _mute_writer, lambda: "takes no transcript"]


@pytest.mark.parametrize("writer", WRITERS)
def test_failing_writer_leaves_other_formats_written(
    run: Run, talk: Path, plugins: Plugins, writer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before and after it; one sentence names writer and plugin, and the exit code is 1."""
    plugins.add(
        "culprit", _registering("formats", lambda register: register(FormatRegistration("bad", "", ".bad", writer)))
    )
    assert run("transcribe", talk, *FAKES, "--vtt", "--format", "bad", "--format", "stm", "--json") == 1
    assert sorted(path.name for path in talk.parent.iterdir()) == ["talk.json", "talk.stm", "talk.vtt", "talk.wav"]
    (line,) = errors_in(capsys)
    assert "The writer 'bad' of culprit " in line


def test_two_failing_writers_are_both_named(
    run: Run, talk: Path, plugins: Plugins, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence each."""

    def both(register: Any) -> None:
        register(FormatRegistration("bad", write=_failing_writer))
        register(FormatRegistration("worse", write=_leaving_writer))

    plugins.add("culprit", _registering("formats", both))
    assert run("transcribe", talk, *FAKES, "--format", "bad", "--format", "worse", "--vtt") == 1
    errors = errors_in(capsys)
    assert ["'bad'" in errors[0], "'worse'" in errors[1], len(errors)] == [True, True, 2]
    assert talk.with_suffix(".vtt").exists()


@pytest.mark.parametrize("place", [(), ("-o", "-")])
def test_failing_writer_alone_keeps_the_transcript(
    run: Run,
    talk: Path,
    plugins: Plugins,
    place: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Words and speakers, which took hours, are in a partial JSON that the message names."""
    monkeypatch.chdir(talk.parent)
    plugins.add(
        "culprit", _registering("formats", lambda register: register(FormatRegistration("bad", write=_failing_writer)))
    )
    assert run("transcribe", talk, *FAKES, "--format", "bad", *place) == 1
    found = speakerplug.load(talk.with_name("talk.partial.json"))
    assert (found.text, found.words[0].speaker) == (TEXT, "SPEAKER_00")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "The transcript is kept in" in captured.err


def test_partial_json_that_cannot_be_written_is_reported_and_the_next_input_runs(
    run: Run, talk: Path, diarizer: FakeDiarizer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second sentence, not the end."""
    (tmp_path / "talk.partial.json").mkdir()
    other = write_wav(tmp_path / "other.wav", seconds=2.0)
    diarizer.error = ModelError("No ears.")
    assert run("transcribe", talk, other, *FAKES) == 1
    assert (tmp_path / "other.partial.json").exists()
    assert "No ears. The partial transcript could not be saved: " in capsys.readouterr().err


def test_invalid_command_of_a_plugin_is_refused_and_help_is_shown(
    run: Run, plugins: Plugins, capsys: pytest.CaptureFixture[str]
) -> None:
    """A string, a function or a command without a name costs no other command."""
    import click

    def add(cli: click.Group) -> None:
        cli.add_command(click.Command(5))  # type: ignore[arg-type]

    plugins.add("numbers", _registering("commands", add))
    plugins.add("texts", _registering("commands", lambda cli: cli.add_command("greet")))
    assert run("--help") == 0
    captured = capsys.readouterr()
    assert "transcribe" in captured.out
    assert ["Plugin numbers" in captured.err, "Plugin texts" in captured.err] == [True, True]


def test_output_of_plugins_is_not_in_the_result(
    run: Run,
    talk: Path,
    plugins: Plugins,
    recognizer: FakeRecognizer,
    diarizer: FakeDiarizer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Hooks, stages and writers may print: with `-o -` standard output holds the transcript alone."""

    class Talkative:
        @hookimpl
        def register_formats(self, register: Any) -> None:
            def write(transcript: Transcript) -> str:
                print("writing")
                return transcript.text

            register(FormatRegistration("loud", write=write))

        @hookimpl
        def report(self) -> None:
            print("started")

        @hookimpl
        def modify_words(self) -> None:
            print("words")

        @hookimpl
        def register_commands(self) -> None:
            print("commands")

    recognize, plugin = recognizer.recognize, Talkative()
    recognizer.recognize = lambda *all: print("recognizing") or recognize(*all)  # type: ignore[method-assign,func-returns-value]
    plugins.add("talkative", plugin)
    assert run("transcribe", talk, *FAKES, "--format", "loud", "-o", "-", "-q") == 0
    captured = capsys.readouterr()
    assert captured.out == TEXT
    assert {"started", "words", "commands", "recognizing", "writing"} <= set(captured.err.split())


def test_stdout_after_a_run_is_restored(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also after an error."""
    assert run("transcribe", talk, *FAKES, "--diarizer", "fake,nobody") == 2
    print("mine")
    assert capsys.readouterr().out == "mine\n"


MISBEHAVING = {
    "leaver": "import sys; sys.exit(0)",
    "panicker": "class Panic(BaseException): pass\nraise Panic('no Exception')",
    "raiser": "raise ZeroDivisionError('oh')",
    "talker": "print('Hello from the talker!')",
    "registrar": """
        import sys
        from speakerplug import hookimpl
        @hookimpl
        def register_diarizers(register):
            sys.exit(0)
        """,
    "speakerplug.impostor": """
        import sys
        from speakerplug import hookimpl
        @hookimpl
        def report(event):
            print("started")
            sys.exit(0)
        """,
    "wrapper": """
        from speakerplug import hookimpl
        @hookimpl(wrapper=True)
        def diarize():
            yield
            raise ZeroDivisionError("oh")
        """,
    "writer": """
        import sys
        from speakerplug import hookimpl
        from speakerplug.plugin.formats import FormatRegistration
        @hookimpl
        def register_formats(register):
            register(5)
            register(FormatRegistration("worst", write=lambda transcript: sys.exit(0)))
        """,
    "fakes": """
        from speakerplug.testing import FakeDiarizer, FakeRecognizer, FakeStages, turns, words
        class Printing(FakeDiarizer):
            def diarize(self, *given):
                print("diarizing")
                return super().diarize(*given)
        fakes = FakeStages(FakeRecognizer(words(("Hi.", 0.1, 0.9))), Printing(turns((0.0, 1.0, "A"))))
        """,
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder in which all of `MISBEHAVING` are installed, as by pip."""
    folder = tmp_path / "site"
    about = folder / "misbehaving-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1.0\n")
    lines = []
    for number, (name, code) in enumerate(MISBEHAVING.items()):
        (folder / f"misbehaving_{number}.py").write_text(textwrap.dedent(code))
        lines.append(f"{name} = misbehaving_{number}{':fakes' if name == 'fakes' else ''}\n")
    (about / "entry_points.txt").write_text("[speakerplug]\n" + "".join(lines))
    return folder


def named_in(err: str) -> set[str]:
    """Return the plugins that warnings name."""
    return {line.split()[2].rstrip(":") for line in err.splitlines() if line.startswith("Warning: Plugin ")}


def test_installed_plugins_that_misbehave_are_named_and_the_transcript_is_complete(
    talk: Path, site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Found by real entry points: standard output is the JSON alone, each is named, and the exit code is 0."""
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(speakerplug.plugin.manager, "load_plugins", functools.lru_cache(Plugins))
    for number in range(len(MISBEHAVING)):
        monkeypatch.delitem(sys.modules, f"misbehaving_{number}", raising=False)
    assert speakerplug.cli.main(["transcribe", str(talk), *FAKES, "--json", "-o", "-"]) == 0
    captured = capsys.readouterr()
    assert [word["speaker"] for word in json.loads(captured.out)["words"]] == ["A"]
    assert named_in(captured.err) == MISBEHAVING.keys() - {"talker", "fakes"}
    assert {"Hello from the talker!", "started", "diarizing"} <= set(captured.err.splitlines())


@pytest.mark.slow
def test_command_whose_only_writer_exits_fails_and_prints_nothing(tmp_path: Path, site: Path) -> None:
    """The real program, next to plugins that print and exit: no result, no output, exit code 1, and the reason."""
    path = Transcript(words(("Hi.", 0.1, 0.9))).save(tmp_path / "talk.json")
    run = "from speakerplug.cli import run; run()"
    paths = os.pathsep.join((str(site), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        (sys.executable, "-c", run, "convert", str(path), "--format", "worst", "-o", "-"),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert named_in(done.stderr) == {"leaver", "panicker", "raiser", "registrar", "writer"}
    assert "The writer 'worst' of writer failed (it called sys.exit(0))" in done.stderr


def test_first_diarizer_of_several_that_exits_is_skipped(
    run: Run, talk: Path, plugins: Plugins, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next one is used, as after any other failure."""

    class Leaver(FakeDiarizer):
        def diarize(self, *_: Any) -> Diarization:
            sys.exit(0)

    leaver = Leaver(name="gone")
    plugins.add(
        "leaving",
        _registering("diarizers", lambda register: register(DiarizerRegistration("leaver", lambda _: leaver))),
    )
    assert run("transcribe", talk, *FAKES[:2], "--device", "cpu", "--diarizer", "leaver,fake") == 0
    assert "Diarizer gone failed, so fake is used instead: it called sys.exit(0)" in capsys.readouterr().err


def test_aligner_that_exits_leaves_the_words_unchanged(
    run: Run, talk: Path, plugins: Plugins, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after any other failure of an aligner."""

    class Leaver:
        name = "leaver"

        def prepare(self, *_: Any) -> None:
            """Nothing is needed."""

        def align(self, *_: Any) -> Any:
            sys.exit(0)

    plugins.add(
        "leaving",
        _registering("aligners", lambda register: register(AlignerRegistration("leaver", lambda _: Leaver()))),
    )
    assert run("transcribe", talk, *FAKES, "--aligner", "leaver") == 0
    assert "Aligner leaver failed, so the words keep the recognizer's times: it called sys.exit(0)" in (
        capsys.readouterr().err
    )


def test_error_of_modify_words_keeps_the_recognized_words(run: Run, talk: Path, plugins: Plugins) -> None:
    """A plugin that stops the recording after recognition does not lose its work."""

    class Strict:
        @hookimpl
        def modify_words(self) -> None:
            raise UsageError("Say please.")

    plugins.add("strict", Strict())
    assert run("transcribe", talk, *FAKES) == 2
    assert speakerplug.load(talk.with_name("talk.partial.json")).text == TEXT
    assert run("transcribe", talk, "--recognizer", "fake", "--no-diarize", "-o", f"{talk.parent}/out/") == 2
    assert (talk.parent / "out" / "talk.partial.json").exists()
