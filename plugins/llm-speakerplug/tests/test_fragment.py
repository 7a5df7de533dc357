"""Fragments of the real llm, with fake stages."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import llm
import pytest

from llm_speakerplug import register_fragment_loaders
from llm_speakerplug.fragment import load, parsed
from speakerplug import MediaError, Transcriber, UsageError
from speakerplug.hosts import shared
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from tests.cli.conftest import write_wav
from tests.test_docs import blocks

WORDS = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9), ("Hi!", 1.2, 1.4))
TURNS = turns((0.0, 1.0, "SPEAKER_00"), (1.1, 1.5, "SPEAKER_01"))
MARKDOWN = "# talk.wav\n\n**SPEAKER\\_00** *00:00:00*\n\nHello there.\n\n**SPEAKER\\_01** *00:00:01*\n\nHi!\n"
TALK = Path(__file__).parents[3] / "samples" / "talk.mp4"


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", 2.0)


@pytest.fixture
def recognizer() -> FakeRecognizer:
    """Return the recognizer of the plugin."""
    return FakeRecognizer(WORDS)


@pytest.fixture
def diarizer(recognizer: FakeRecognizer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDiarizer]:
    """Return the diarizer of the plugin, whose stages are fakes."""
    diarizer = FakeDiarizer(TURNS)
    plugins = plugins_with(recognizer=recognizer, diarizer=diarizer)
    with Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", device="cpu") as fake:
        monkeypatch.setattr(shared, "_made", lambda: fake)
        yield diarizer


def test_load_returns_markdown_with_speakers_and_the_path_as_source(diarizer: FakeDiarizer, talk: Path) -> None:
    """Under the prefix that the plugin registers."""
    loaders = {}
    register_fragment_loaders(loaders.__setitem__)
    found = loaders["speakerplug"](str(talk))
    assert isinstance(found, llm.Fragment)
    assert (str(found), found.source) == (MARKDOWN, str(talk))


def test_load_with_options_uses_them_for_this_fragment(
    diarizer: FakeDiarizer, recognizer: FakeRecognizer, talk: Path
) -> None:
    """In the way of a URL, each with the type of its option."""
    load(f"{talk}?num_speakers=2&language=de&prompt=Ana%20%26%20Ben")
    load(str(talk))
    assert [request.num_speakers for request in diarizer.requests] == [2, None]
    assert [(each.language, each.prompt) for each in recognizer.requests] == [("de", "Ana & Ben"), (None, None)]


def test_load_of_a_transcript_reads_it(diarizer: FakeDiarizer, tmp_path: Path) -> None:
    """No model is needed for a second question; options would mean nothing."""
    subtitles = tmp_path / "talk.srt"
    subtitles.write_text("1\n00:00:01,000 --> 00:00:02,000\nAna: Hello there.\n")
    assert "**Ana** *00:00:01*\n\nHello there.\n" in load(str(subtitles))
    with pytest.raises(UsageError, match="options are for recordings"):
        load(f"{subtitles}?num_speakers=2")
    assert diarizer.requests == []


def test_load_of_a_transcript_reads_no_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An invalid variable, which is for recordings, is no error there."""
    monkeypatch.setenv("SPEAKERPLUG_NUM_SPEAKERS", "two")
    subtitles = tmp_path / "talk.srt"
    subtitles.write_text("1\n00:00:01,000 --> 00:00:02,000\nAna: Hello there.\n")
    assert "Hello there." in load(str(subtitles))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("num_speakers", "'num_speakers' has no options; write them as num_speakers=2&language=en"),
        ("num_speakers=two", "num_speakers is 'two'; it must be a whole number"),
        ("diarizer=precision-2", "'diarizer' is not taken from a fragment; choose of: language, model, "),
        ("trust_model=true", "'trust_model' is not taken from a fragment"),
        ("min_speakers=3&max_speakers=2", "min_speakers 3 is more than max_speakers 2"),
    ],
)
def test_load_with_invalid_options_raises(diarizer: FakeDiarizer, talk: Path, query: str, said: str) -> None:
    """One sentence, which llm prints."""
    with pytest.raises(UsageError, match=said):
        load(f"{talk}?{query}")


def test_parsed_takes_a_file_with_a_question_mark_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If there is one of that name; a tilde is the home folder, as no shell replaces it behind a colon."""
    (tmp_path / "who=what?.wav").touch()
    assert parsed(f"{tmp_path}/who=what?.wav") == (tmp_path / "who=what?.wav", {})
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parsed("~/why?.wav?start=1:30") == (tmp_path / "why?.wav", {"start": "1:30"})


def test_parsed_refuses_a_url() -> None:
    """What stands behind its question mark is not an option of ours."""
    with pytest.raises(UsageError, match=r"watch\?v=ID is a URL: download it first"):
        parsed("https://www.youtube.com/watch?v=ID")


def test_fragments_of_the_page_are_taken() -> None:
    """Each has a path, and options that are taken from a fragment."""
    lines = [line for line in "".join(blocks("how-to/hosts.md", "sh")).splitlines() if line.startswith("llm ")]
    given = [shlex.split(line)[2] for line in lines]
    found = [parsed(argument.removeprefix("speakerplug:")) for argument in given]
    assert found == [(Path("talk.mp4"), {}), (Path("talk.mp4"), {"num_speakers": "2", "language": "en"})]


@pytest.mark.parametrize(("content", "said"), [(b"", "is empty"), (b"Dear Ben, how are you?\n" * 20, "talk.mp3")])
def test_load_of_what_is_no_recording_raises(diarizer: FakeDiarizer, tmp_path: Path, content: bytes, said: str) -> None:
    """Empty, and text under the name of a recording."""
    (tmp_path / "talk.mp3").write_bytes(content)
    with pytest.raises(MediaError, match=said):
        load(str(tmp_path / "talk.mp3"))


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real command `llm` with a home of its own and without a network."""
    program = Path(sys.executable).with_name("llm")
    environment = {**os.environ, "LLM_USER_PATH": str(folder), "HF_HUB_OFFLINE": "1", "SPEAKERPLUG_DEVICE": "cpu"}
    models = {"SPEAKERPLUG_MODEL": "tiny.en", "SPEAKERPLUG_DIARIZER": "bundled"}
    return subprocess.run(
        [str(program), *arguments], capture_output=True, text=True, timeout=300, env={**environment, **models}
    )


@pytest.mark.slow
def test_command_lists_the_loader_with_its_help(tmp_path: Path) -> None:
    """`llm fragments loaders` prints the docstring; a file that is missing is one line and exit code 1."""
    listed = command(tmp_path, "fragments", "loaders").stdout
    assert "speakerplug:\n  Transcribe a recording, with the speaker of each turn: speakerplug:talk.mp4\n" in listed
    missing = command(tmp_path, "-m", "echo", "-f", "speakerplug:nothing.mp4", "who promised what?")
    assert missing.returncode == 1
    assert missing.stderr == (
        "Error: Could not load fragment speakerplug:nothing.mp4: There is no file nothing.mp4; check the path.\n"
    )


@pytest.mark.slow
def test_import_of_the_plugin_imports_no_model() -> None:
    """Whatever llm is started for."""
    code = "import llm_speakerplug, sys; print([name for name in ('torch', 'speakerplug') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.models
def test_command_gives_the_model_the_sample_with_speakers(tmp_path: Path) -> None:
    """`llm -f speakerplug:talk.mp4`, with a model that repeats its prompt: both speakers, before the question."""
    done = command(tmp_path, "-m", "echo", "-f", f"speakerplug:{TALK}?num_speakers=2", "who promised what?")
    assert done.returncode == 0, done.stderr
    assert "# talk.mp4" in done.stdout
    assert {r"SPEAKER\\_00", r"SPEAKER\\_01"} <= {*done.stdout.replace("**", " ").split()}
    assert done.stdout.index("SPEAKER") < done.stdout.index("who promised what?")
