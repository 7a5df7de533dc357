"""The documentation's code runs."""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
import threading
import types
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

import speakerplug
import speakerplug.pipeline.transcriber
import speakerplug.plugin.manager
from speakerplug import Speaker, Transcriber, Transcript, Word, load
from speakerplug.cli import main
from speakerplug.cli.doctor import examine
from speakerplug.plugin import manager
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from tests.cli.conftest import SCHEMA, events_in, write_wav
from tests.standins.hub import StandInHub, connect

DOCS = Path(__file__).parents[1] / "docs"


def blocks(page: str, language: str) -> list[str]:
    """Return the code of one language on a page, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def pasted(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Return the plugin of write-a-plugin.md as a reader would have it."""
    module = types.ModuleType("speakerplug_hello")
    exec(compile(blocks("how-to/write-a-plugin.md", "python")[0], "speakerplug_hello.py", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, "speakerplug_hello", module)
    return module


def test_the_pasted_plugin_works(pasted: types.ModuleType) -> None:
    """The plugin that the page teaches registers without a complaint, diarizes, and writes its format."""
    plugins = plugins_with({"hello": pasted}, recognizer=FakeRecognizer(words(("a", 1, 2), ("b", 6, 7))))
    assert plugins.failures == ()
    transcript = Transcriber(plugins=plugins, recognizer="fake", diarizer="metronome", device="cpu").transcribe(
        silence(9.0)
    )
    assert [word.speaker for word in transcript.words] == ["SPEAKER_00", "SPEAKER_01"]
    assert plugins.formats["talktime"].write(transcript) == "SPEAKER_00\t5.0 s\nSPEAKER_01\t4.0 s\n"


def test_the_pasted_tests_pass(pasted: types.ModuleType) -> None:
    """The tests that the page gives along with the plugin hold."""
    namespace: dict[str, object] = {}
    (code,) = (block for block in blocks("how-to/write-a-plugin.md", "python") if "def test_" in block)
    exec(compile(code, "test_hello.py", "exec"), namespace)
    tests = [value for name, value in namespace.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()  # type: ignore[operator]


def test_pasted_format_is_written_read_checked_and_attributed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The format that the page shows is known to every command that reads or writes, by what its files hold."""
    (code,) = (block for block in blocks("how-to/write-a-plugin.md", "python") if "read_cues" in block)
    module = types.ModuleType("speakerplug_script")
    exec(compile(code, "speakerplug_script.py", "exec"), module.__dict__)
    plugins = plugins_with({"script": module})
    monkeypatch.setattr(manager, "load_plugins", lambda: plugins)
    said = (Word("Hello", 0.5, 1.0, "A"), Word("there.", 1.0, 2.0, "A"), Word("Hi!", 3.0, 4.5, "B"))
    talk = Transcript(said, speakers=(Speaker("A", "Ana"), Speaker("B", "Ben"))).save(tmp_path / "talk.script")
    assert talk.read_text() == "[0.50-2.00] Ana: Hello there.\n[3.00-4.50] Ben: Hi!\n"
    talk = talk.rename(tmp_path / "unnamed")
    assert [(word.text, word.speaker) for word in load(talk).words] == [
        ("Hello", "Ana"),
        ("there.", "Ana"),
        ("Hi!", "Ben"),
    ]
    assert main(["convert", str(talk), "--srt"]) == 0
    assert "Ana: Hello there." in (tmp_path / "unnamed.srt").read_text()
    assert main(["check", str(talk)]) == 0
    assert "2 cues: all keep every hard rule" in capsys.readouterr().out
    turns = tmp_path / "turns.rttm"
    turns.write_text("SPEAKER x 1 0 2.95 <NA> <NA> Mia <NA> <NA>\nSPEAKER x 1 3 2 <NA> <NA> Leo <NA> <NA>\n")
    assert main(["attribute", str(talk), "--rttm", str(turns), "-o", str(tmp_path / "new.script")]) == 0
    assert [line.split("] ")[1] for line in (tmp_path / "new.script").read_text().splitlines()] == [
        "Mia: Hello there.",
        "Leo: Hi!",
    ]
    assert main(["rename", str(talk), "Ana=Zoe"]) == 2


def plugin_file(name: str) -> types.ModuleType:
    """Return a file of write-a-plugin.md, by the name that the page gives it, as a module."""
    text = (DOCS / "how-to/write-a-plugin.md").read_text(encoding="utf-8")
    found = re.search(rf"^`{name}\.py`:.*?^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    module = types.ModuleType(name)
    exec(compile(found[1], f"{name}.py", "exec"), module.__dict__)
    return module


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Nine seconds of audio."""
    return write_wav(tmp_path / "talk.wav", seconds=9.0)


def run_with(monkeypatch: pytest.MonkeyPatch, name: str, *arguments: object) -> int:
    """Run the command line with the plugin of that file, and one word in every second; return the exit code."""
    said = words(*((f"{word},", second + 0.1, second + 0.9) for second, word in enumerate(WORDS)))
    found = turns((0.0, 2.0, "SPEAKER_00"), (2.0, 7.0, "SPEAKER_01"))
    stages: Any = {"recognizer": FakeRecognizer(said), "diarizer": FakeDiarizer(found)}
    plugins = plugins_with({name: plugin_file(name)}, **stages)
    assert plugins.failures == ()
    monkeypatch.setattr(speakerplug.plugin.manager, "load_plugins", lambda: plugins)
    return main([str(argument) for argument in arguments])


WORDS = ("the", "secret", "is", "the", "password", "of", "mine")
FAKES = ("--recognizer", "fake", "--diarizer", "fake", "--device", "cpu", "--json")


def test_pasted_engine_is_fetched_from_the_hub_and_diarizes(
    talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its model is downloaded when it is first used, and needs no network from then on."""
    with StandInHub({"owner/engine": {"weights.bin": b"learned"}}).listening() as hub:
        connect(monkeypatch, hub.endpoint, tmp_path / "home")
        assert run_with(monkeypatch, "speakerplug_engine", "fetch", "engine") == 0
    options = ("--diarizer", "engine", "--device", "cpu", "--offline", "--rttm")
    assert run_with(monkeypatch, "speakerplug_engine", "diarize", talk, *options) == 0
    (line,) = talk.with_suffix(".rttm").read_text().splitlines()
    assert line.split()[3:5] == ["0.000", "9.000"]


def test_pasted_names_are_in_the_result_and_others_may_be_given(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who talks longest is the host; ids stay, so --name takes precedence, and `relabel` finds its turns."""
    assert run_with(monkeypatch, "speakerplug_names", "transcribe", talk, *FAKES, "--name", "SPEAKER_00=Anna") == 0
    transcript = speakerplug.load(talk.with_suffix(".json"))
    assert [(speaker.id, speaker.name) for speaker in transcript.speakers] == [
        ("SPEAKER_00", "Anna"),
        ("SPEAKER_01", "Host"),
    ]


def test_pasted_mask_hides_words_in_every_format_and_says_so(
    talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stars stand in all files, and the plugin's line about it on stderr."""
    assert run_with(monkeypatch, "speakerplug_mask", "transcribe", talk, *FAKES, "--vtt") == 0
    for suffix in (".json", ".vtt"):
        text = talk.with_suffix(suffix).read_text()
        assert "***" in text
        assert "secret" not in text
    assert "Masked 2 words." in capsys.readouterr().err


def test_pasted_command_counts_words(
    talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stands in --help, and reads what was written."""
    assert run_with(monkeypatch, "speakerplug_count", "transcribe", talk, *FAKES) == 0
    assert run_with(monkeypatch, "speakerplug_count", "count", talk.with_suffix(".json")) == 0
    assert capsys.readouterr().out == "SPEAKER_00\t2\nSPEAKER_01\t5\n"
    assert run_with(monkeypatch, "speakerplug_count", "--help") == 0
    assert "Count the words of each speaker." in capsys.readouterr().out


def test_pasted_cache_diarizes_a_recording_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time the diarizer is not even built; another request is another question."""
    diarizer, plugin = FakeDiarizer(turns((0.0, 1.0, "A"))), plugin_file("speakerplug_cache")
    for given in ({}, {}, {"num_speakers": 1}):
        plugins = plugins_with({"cache": plugin}, diarizer=diarizer)
        with Transcriber(plugins=plugins, diarizer="fake", device="cpu", **given) as transcriber:
            assert transcriber.diarize(silence(2.0)).speakers == ("A",)
    assert len(diarizer.requests) == 2


def test_tutorial_commands_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every speakerplug command of the tutorial succeeds after the one before it, and its Python prints five words."""
    said = words(*((word, second + 0.1, second + 0.9) for second, word in enumerate(WORDS)))
    found = turns((0.0, 2.0, "SPEAKER_00"), (2.0, 7.0, "SPEAKER_01"))
    plugins = plugins_with(recognizer=FakeRecognizer(said), diarizer=FakeDiarizer(found))
    monkeypatch.setattr(speakerplug.plugin.manager, "load_plugins", lambda: plugins)
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / "talk.mp4", seconds=9.0)
    lines = "".join(blocks("tutorial/first-transcript.md", "sh")).splitlines()
    commands = [line.split()[1:] for line in lines if line.startswith("speakerplug ")]
    assert [command[0] for command in commands] == ["transcribe", "rename", "convert", "check"]
    for command in commands:
        fakes = {"tiny.en": "fake", "bundled": "fake", "--model": "--recognizer"}
        assert main([fakes.get(argument, argument) for argument in command]) == 0, command
    capsys.readouterr()
    (code,) = blocks("tutorial/first-transcript.md", "python")
    exec(compile(code, "first-transcript.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[2:4] for line in printed] == [
        [f"{name}:", word] for name, word in zip(("Ada", "Ada", "Ben", "Ben", "Ben"), WORDS, strict=False)
    ]


def test_links_lead_somewhere() -> None:
    """Every relative link of the README and the documentation points at a file that is there."""
    for page in (*DOCS.parent.glob("*.md"), *DOCS.glob("**/*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_model_handle_of_the_devices_page_runs() -> None:
    """The stage that the page shows is planned, loaded, used and unloaded."""
    namespace: dict[str, object] = {}
    exec(compile(blocks("explanation/devices.md", "python")[0], "devices.md", "exec"), namespace)
    assert namespace["cleaned"] == ["clean"] * 32


def test_the_check_of_the_doctors_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found by the process that runs it, and its finding comes back."""
    (tmp_path / "moon.py").write_text(blocks("how-to/doctor.md", "python")[0])
    monkeypatch.syspath_prepend(str(tmp_path))
    check = importlib.import_module("moon").MOON
    assert [(finding.text, finding.remedy) for finding in examine([check])] == [("there may be a moon", "look up")]


class Slow(FakeRecognizer):
    """A recognizer that hangs while it is `held`."""

    held: threading.Event | None = None

    def recognize(self, *asked: Any) -> Any:
        if self.held is not None:
            self.held.wait(30)
        return super().recognize(*asked)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Return the names that the code of the README and library.md defines, run with fakes next to short recordings."""
    recognizer = Slow(words(("Hello", 0.1, 0.5), ("there.", 0.6, 0.9)))
    plugins = plugins_with(recognizer=recognizer, diarizer=FakeDiarizer(turns((0.0, 2.0, "SPEAKER_00"))))
    monkeypatch.setattr(speakerplug.plugin.manager, "load_plugins", lambda: plugins)
    monkeypatch.chdir(tmp_path)
    for name in ("talk.mp4", "monday.mp4", "friday.mp4"):
        write_wav(tmp_path / name, 2.0)
    printed: list[str] = []
    segment = {"start": 0.0, "end": 1.0, "text": " Good day."}
    namespace: dict[str, Any] = {
        "button": SimpleNamespace(on_click=lambda click: None),
        "printed": printed,
        "print": lambda *said: printed.append(" ".join(map(str, said))),
        "recognizer": recognizer,
        "whisper_model": SimpleNamespace(
            transcribe=lambda samples, **how: (iter([SimpleNamespace(**segment)]), SimpleNamespace(language="en"))
        ),
        "whisper_model_of_openai": SimpleNamespace(
            transcribe=lambda path: {"text": segment["text"], "segments": [segment], "language": "en"}
        ),
    }
    for block in (*blocks("../README.md", "python"), *blocks("how-to/library.md", "python")):
        fake = block.replace('diarizer="bundled"', 'diarizer="fake", recognizer="fake", device="cpu"')
        exec(compile(fake, "library.md", "exec"), namespace)
    return namespace


def test_the_code_of_the_library_page_runs(library: dict[str, Any], tmp_path: Path) -> None:
    """Files are written, progress is shown, and the words of other tools have speakers."""
    assert {path.name for path in tmp_path.iterdir()} >= {"talk.srt", "monday.mp4.vtt", "friday.mp4.vtt"}
    assert "talk.mp4: diarization, segmentation 100%" in library["printed"]
    transcript = library["transcript"]
    assert (transcript.text, transcript.language) == ("Good day.", "en")
    assert {word.speaker for word in transcript.words} == {"SPEAKER_00"}


def test_the_code_of_the_page_on_long_recordings_runs(library: dict[str, Any], tmp_path: Path) -> None:
    """The results are written, and no checkpoint is left."""
    write_wav(tmp_path / "meeting.wav", 301.0)
    for block in blocks("how-to/long-recordings.md", "python"):
        fake = block.replace('model="tiny.en"', 'recognizer="fake", diarizer="fake", device="cpu"')
        exec(compile(fake, "long-recordings.md", "exec"), library)
    assert {path.name for path in tmp_path.glob("meeting*")} == {"meeting.wav", "meeting.vtt"}


@pytest.mark.slow
def test_the_five_lines_of_the_hosts_page_pass_its_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page tells the author of a host to write does all that the page promises."""
    write_wav(tmp_path / "talk.wav", 12.0)
    monkeypatch.chdir(tmp_path)
    spoken = [{"word": f" w{second}", "start": second + 0.1, "end": second + 0.7} for second in range(12)]
    segments = [{"start": word["start"], "end": word["end"], "text": word["word"], "words": [word]} for word in spoken]
    namespace = {"recognizer": SimpleNamespace(transcribe=lambda samples: {"segments": segments})}
    for block in blocks("how-to/hosts.md", "python"):
        if "WhisperModel(" not in block and "SpeakerPlug" not in block:  # these need a model, or are plugins' own
            exec(compile(block, "hosts.md", "exec"), namespace)
    namespace["test_speakers"]()  # type: ignore[operator]


def test_the_service_of_the_library_page_answers(library: dict[str, Any], tmp_path: Path) -> None:
    """An upload gets its words with speakers; one that is no recording gets the sentence that says so."""
    with TestClient(library["app"]) as client:
        answer = client.post("/transcripts", content=(tmp_path / "talk.mp4").read_bytes())
        assert (answer.status_code, [word["text"] for word in answer.json()]) == (200, ["Hello", "there."])
        refused = client.post("/transcripts", content=b"not audio")
        assert refused.status_code == 422
        assert refused.json()["detail"].endswith(".")


def test_the_service_of_the_library_page_gives_up_in_time(library: dict[str, Any]) -> None:
    """Though the recognizer hangs; the next call goes well."""
    library["recognizer"].held = held = threading.Event()

    async def with_timeout() -> None:
        async with library["models"](library["app"]):
            with pytest.raises(asyncio.TimeoutError):
                await library["transcribed"]("talk.mp4", timeout_s=0.2)
            held.set()
            assert (await library["transcribed"]("talk.mp4")).text == "Hello there."

    asyncio.run(with_timeout())


def test_the_tables_of_the_library_page_are_whole() -> None:
    """Every error, every field of an event and every public call is explained there."""
    page = (DOCS / "how-to/library.md").read_text(encoding="utf-8")
    errors = [name for name in speakerplug.__all__ if isinstance(getattr(speakerplug, name), type)]
    errors = [name for name in errors if issubclass(getattr(speakerplug, name), speakerplug.SpeakerPlugError)]
    fields = speakerplug.ProgressEvent.__dataclass_fields__
    calls = ("transcribe", "diarize", "diarizing", "attribute", "load", "save", "words_of", "close")
    for name in (*errors, *fields, *calls):
        assert re.search(rf"[`.]{name}[`(]", page), name


def test_api_page_names_every_public_name() -> None:
    """All of speakerplug.__all__, and all that speakerplug.plugin adds to it, stand on the page."""
    page = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^::: ([\w.]+)$", page, re.MULTILINE))
    public = {f"speakerplug.{name}" for name in speakerplug.__all__ if name != "__version__"}
    added = {f"speakerplug.plugin.{name}" for name in set(speakerplug.plugin.__all__) - set(speakerplug.__all__)}
    assert public | added <= shown
    assert all(getattr(importlib.import_module(name.rpartition(".")[0]), name.rpartition(".")[2]) for name in shown)


def test_pages_that_are_filled_on_the_site_say_how_to_build_it() -> None:
    """Whoever reads the sources of the references, or the README, learns that `make docs` fills them."""
    pages = [DOCS / "reference" / name for name in ("cli.md", "api.md")]
    assert all("`make docs`" in page.read_text(encoding="utf-8").split("\n\n")[1] for page in pages)
    assert "`make docs`" in (DOCS.parent / "README.md").read_text(encoding="utf-8")


def test_events_of_the_progress_page_are_valid_and_its_reader_reads_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example has each kind that a run without a message has, and the page lists each kind of the schema."""
    (printed,) = blocks("reference/progress.md", "json")
    kinds = {event["event"] for event in events_in(printed)}
    assert kinds == {*SCHEMA["properties"]["event"]["enum"]} - {"log", "skipped", "error", "batch", "recording"}
    page = (DOCS / "reference" / "progress.md").read_text(encoding="utf-8")
    assert all(f"| `{kind}` |" in page for kind in SCHEMA["properties"]["event"]["enum"])
    process = SimpleNamespace(stderr=printed.splitlines(), returncode=0)
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: nullcontext(process))
    (code,) = blocks("reference/progress.md", "python")
    exec(compile(code, "progress.md", "exec"), {})
    assert capsys.readouterr().out == "56% 5.9\n0\n"
