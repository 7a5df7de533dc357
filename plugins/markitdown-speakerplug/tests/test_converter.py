"""Conversions by the real MarkItDown, with fake stages."""

from __future__ import annotations

import importlib
import inspect
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markitdown import FileConversionException, MarkItDown, StreamInfo

import markitdown_speakerplug
from markitdown_speakerplug.converter import RecordingConverter
from speakerplug import ModelError, Transcriber
from speakerplug.hosts import shared
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from tests.cli.conftest import write_wav
from tests.test_docs import blocks

WORDS = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9), ("Hi!", 1.2, 1.4))
TURNS = turns((0.0, 1.0, "SPEAKER_00"), (1.1, 1.5, "SPEAKER_01"))
MARKDOWN = "# {}\n\n**SPEAKER\\_00** *00:00:00*\n\nHello there.\n\n**SPEAKER\\_01** *00:00:01*\n\nHi!\n"
TALK = Path(__file__).parents[3] / "samples" / "talk.mp4"


class Uploads:
    """MarkItDown's own transcription, which sends a recording to a cloud; `count` says how often it was asked."""

    count = 0

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        """Count."""
        self.count += 1
        return "uploaded"


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> Uploads:
    """Replace the upload in MarkItDown's converter of audio."""
    uploads = Uploads()
    monkeypatch.setattr("markitdown.converters._audio_converter.transcribe_audio", uploads)
    return uploads


@pytest.fixture
def diarizer() -> FakeDiarizer:
    """Return the diarizer of the plugin."""
    return FakeDiarizer(TURNS)


@pytest.fixture
def host(diarizer: FakeDiarizer, monkeypatch: pytest.MonkeyPatch) -> Iterator[MarkItDown]:
    """Return MarkItDown with the plugin, whose stages are fakes."""
    plugins = plugins_with(recognizer=FakeRecognizer(WORDS), diarizer=diarizer)
    with Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", device="cpu") as fake:
        monkeypatch.setattr(shared, "_made", lambda: fake)
        host = MarkItDown()
        markitdown_speakerplug.register_converters(host)
        yield host


def test_convert_of_a_path_a_stream_and_an_unknown_name_has_speakers(
    host: MarkItDown, uploads: Uploads, tmp_path: Path
) -> None:
    """It is known by its name, its MIME type or its content; MarkItDown's own converter is not asked."""
    talk = write_wav(tmp_path / "talk.wav", 2.0)
    assert host.convert(talk).markdown == MARKDOWN.format("talk.wav")
    stream = io.BytesIO(talk.read_bytes())
    assert host.convert_stream(stream, stream_info=StreamInfo(mimetype="audio/ogg")).title == "audio"
    assert host.convert_stream(stream).markdown == MARKDOWN.format("audio")
    assert (stream.tell(), uploads.count) == (0, 0)


def test_convert_passes_the_number_of_speakers_for_this_recording(
    host: MarkItDown, diarizer: FakeDiarizer, tmp_path: Path
) -> None:
    """An argument of MarkItDown's `convert`; the next recording has none."""
    talk = write_wav(tmp_path / "talk.wav", 2.0)
    host.convert(talk, num_speakers=2, language="de-AT")
    host.convert(talk)
    assert [request.num_speakers for request in diarizer.requests] == [2, None]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.mp3", b"", "empty.mp3 is empty"),
        ("text.mp3", b"This is no recording, but a letter of several words.\n" * 20, "text.mp3"),
        ("silence.wav", None, "^No weights; fetch them[.]$"),
    ],
)
def test_convert_that_fails_raises_and_uploads_nothing(
    host: MarkItDown,
    diarizer: FakeDiarizer,
    uploads: Uploads,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    said: str,
) -> None:
    """Our sentence is the error of the whole conversion, and no other converter is asked; the next recording works."""
    path = tmp_path / name
    path.write_bytes(content) if content is not None else write_wav(path, 2.0)
    diarizer.error = ModelError("No weights; fetch them.")
    with pytest.raises(FileConversionException, match=said):
        host.convert(path)
    assert uploads.count == 0
    diarizer.error = None
    assert host.convert(write_wav(tmp_path / "talk.wav", 2.0)).markdown == MARKDOWN.format("talk.wav")


def test_convert_with_invalid_options_raises_and_uploads_nothing(
    uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read with the first recording: an error at registration would leave the upload in place."""
    monkeypatch.setenv("SPEAKERPLUG_NUM_SPEAKERS", "two")
    host = MarkItDown()
    markitdown_speakerplug.register_converters(host)
    with pytest.raises(FileConversionException, match="SPEAKERPLUG_NUM_SPEAKERS is 'two'"):
        host.convert(write_wav(tmp_path / "talk.wav", 2.0))
    assert uploads.count == 0


def test_convert_without_the_plugin_uploads(uploads: Uploads, tmp_path: Path) -> None:
    """What the tests above would count."""
    MarkItDown().convert(write_wav(tmp_path / "talk.wav", 2.0))
    assert uploads.count == 1


def test_convert_of_documents_is_that_of_markitdown(host: MarkItDown, tmp_path: Path) -> None:
    """TypeScript, whose suffix and MIME type are also those of a container, and a playlist stay text."""
    for name in ("main.ts", "list.m3u8", "page.html"):
        (tmp_path / name).write_text("export const answer: number = 42;\n")
        assert "answer" in host.convert(tmp_path / name).markdown
    assert not RecordingConverter().accepts(io.BytesIO(), StreamInfo(mimetype="video/mp2t", extension=".ts"))


def test_options_of_the_page_are_those_of_markitdown() -> None:
    """As its command reads them."""
    lines = [line for line in "".join(blocks("how-to/hosts.md", "sh")).splitlines() if line.startswith("markitdown ")]
    options = {word for line in lines for word in shlex.split(line) if word.startswith("--")}
    assert options == {"--use-plugins"}
    assert '"--use-plugins"' in inspect.getsource(importlib.import_module("markitdown.__main__"))


def command(*arguments: str | Path, given: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the real command `markitdown`, without a network."""
    program = Path(sys.executable).with_name("markitdown")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "SPEAKERPLUG_DEVICE": "cpu", **variables}
    return subprocess.run(
        [str(program), *map(str, arguments)], input=given, capture_output=True, timeout=300, env=environment
    )


@pytest.mark.slow
def test_command_lists_the_plugin_and_imports_no_model(tmp_path: Path) -> None:
    """`markitdown --list-plugins` names it; a document is converted with it, and torch is not imported."""
    assert b"* speakerplug" in command("--list-plugins").stdout
    (tmp_path / "page.html").write_text("<h1>Hello</h1>")
    code = (
        "import sys; from markitdown import MarkItDown; host = MarkItDown(enable_plugins=True);"
        "print(host.convert(sys.argv[1]).markdown, [name for name in ('torch', 'speakerplug') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "page.html")], capture_output=True, text=True)
    assert done.stdout == "# Hello []\n"


@pytest.mark.slow
def test_command_with_a_broken_recording_fails_with_our_sentence(tmp_path: Path) -> None:
    """MarkItDown prints a traceback, whose last line is the sentence, and ends with 1."""
    (tmp_path / "text.mp3").write_bytes(b"This is a letter.\n" * 20)
    done = command("--use-plugins", tmp_path / "text.mp3")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"FileConversionException: text.mp3" in done.stderr.splitlines()[-1]


@pytest.mark.models
def test_command_transcribes_the_sample_from_a_file_and_from_standard_input() -> None:
    """`markitdown --use-plugins talk.mp4`, with the bundled models: both speakers, in Markdown."""
    models = {"SPEAKERPLUG_MODEL": "tiny.en", "SPEAKERPLUG_DIARIZER": "bundled"}
    done = command("--use-plugins", TALK, **models)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"# talk.mp4\n")
    assert {b"**SPEAKER\\_00**", b"**SPEAKER\\_01**"} <= {*done.stdout.split()}
    piped = command("--use-plugins", given=TALK.read_bytes(), **models)
    assert piped.stdout.splitlines()[1:] == done.stdout.splitlines()[1:]
