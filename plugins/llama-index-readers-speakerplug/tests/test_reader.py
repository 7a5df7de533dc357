"""The reader in the hands of LlamaIndex itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import fsspec
import pytest
from llama_index.core import SimpleDirectoryReader
from llama_index.core.schema import MetadataMode
from llama_index.readers.speakerplug import SpeakerPlugReader

from speakerplug import MediaError, UsageError
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from tests.cli.conftest import write_wav
from tests.hosts.canceled import WaitingRecognizer, canceled_at_work
from tests.hosts.pages import run_page

SAMPLE = Path(__file__).parents[3] / "samples" / "talk.mp4"
WORDS = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9), ("Hi!", 1.2, 1.6))
TURNS = turns((0.0, 1.0, "SPEAKER_00"), (1.1, 1.7, "SPEAKER_01"))


def reader(recognizer: FakeRecognizer | None = None, **options: Any) -> SpeakerPlugReader:
    """Return a reader whose stages are fakes."""
    plugins = plugins_with(recognizer=recognizer or FakeRecognizer(WORDS), diarizer=FakeDiarizer(TURNS))
    return SpeakerPlugReader(plugins=plugins, recognizer="fake", diarizer="fake", device="cpu", **options)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", seconds=2.0)


def test_reader_returns_documents_of_turns(talk: Path) -> None:
    """From `load_data`, `lazy_load_data`, `aload_data` and `alazy_load_data`, with the metadata that a host adds."""
    made = reader()
    found = made.load_data(talk, extra_info={"topic": "greetings"})
    assert [document.text for document in found] == ["Hello there.", "Hi!"]
    assert found[1].metadata == {
        "topic": "greetings",
        "source": str(talk),
        "start": 1.2,
        "end": 1.6,
        "speaker": "SPEAKER_01",
        "language": "en",
    }
    assert found[1].get_content(MetadataMode.EMBED) == "topic: greetings\nspeaker: SPEAKER_01\n\nHi!"
    for others in (
        made.lazy_load_data(talk),
        asyncio.run(made.aload_data(talk)),
        asyncio.run(made.alazy_load_data(talk)),
    ):
        assert [(each.text, each.metadata["start"]) for each in others] == [("Hello there.", 0.1), ("Hi!", 1.2)]
    made.close()


def test_directory_reader_reads_recordings_with_it(talk: Path) -> None:
    """LlamaIndex's own, which adds metadata of the file; a paragraph is a document."""
    texts = {".wav": reader(by="recording")}
    (whole,) = SimpleDirectoryReader(str(talk.parent), file_extractor=texts).load_data()
    assert whole.text == "SPEAKER_00: Hello there.\n\nSPEAKER_01: Hi!"
    assert (whole.metadata["file_name"], whole.metadata["speaker"]) == ("talk.wav", "SPEAKER_00, SPEAKER_01")


def test_directory_reader_skips_what_fails_unless_told_to_raise(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As it does for every reader: with raise_on_error ours is the cause of its error."""
    (talk.parent / "text.mp3").write_text("This is text.")
    extractor: Any = {".wav": reader(), ".mp3": reader()}
    assert len(SimpleDirectoryReader(str(talk.parent), file_extractor=extractor).load_data()) == 2
    assert "text.mp3 with error:" in capsys.readouterr().out
    strict = SimpleDirectoryReader(str(talk.parent), file_extractor=extractor, raise_on_error=True)
    with pytest.raises(Exception, match="Error loading file") as raised:
        strict.load_data()
    assert isinstance(raised.value.__cause__, MediaError)


def test_reader_opens_recordings_of_other_file_systems(talk: Path) -> None:
    """LlamaIndex passes the file system with the path on it."""
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/talk.wav", talk.read_bytes())
    found = SimpleDirectoryReader("/bucket", fs=memory, file_extractor={".wav": reader()}).load_data()
    assert [(each.text, each.metadata["source"]) for each in found][-1] == ("Hi!", "/bucket/talk.wav")


@pytest.mark.parametrize(("name", "content"), [("empty.mp4", b""), ("missing.mp4", None), ("text.mp3", b"text")])
def test_reader_of_bad_file_raises(tmp_path: Path, name: str, content: bytes | None) -> None:
    """In one sentence that names it."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=name):
        reader().load_data(tmp_path / name)


def test_reader_with_invalid_option_raises_when_it_is_made() -> None:
    """Before any recording."""
    with pytest.raises(UsageError, match="did you mean turn"):
        reader(by="turns")


def test_reader_in_a_canceled_task_stops(talk: Path) -> None:
    """The event loop goes on meanwhile, and nothing works on afterwards."""
    asyncio.run(canceled_at_work(reader(WaitingRecognizer(WORDS)).aload_data(talk)))


@pytest.mark.parametrize("page", ["docs/how-to/hosts.md", "plugins/llama-index-readers-speakerplug/README.md"])
def test_lines_of_the_page_print_who_speaks(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are, on the real host."""
    run_page(page, "llama_index.readers.speakerplug", tmp_path, monkeypatch)
    assert capsys.readouterr().out == "0.5 A Hello Ben.\n1.5 B Hi!\n"


@pytest.mark.models
def test_reader_with_real_models_says_who_speaks() -> None:
    """Each document of the sample has one of its speakers and lies within it."""
    reader = SpeakerPlugReader(model="tiny.en", diarizer="bundled", offline=True)
    found = SimpleDirectoryReader(input_files=[str(SAMPLE)], file_extractor={".mp4": reader}).load_data()
    assert {document.metadata["speaker"] for document in found} == {"SPEAKER_00", "SPEAKER_01"}
    starts = [document.metadata["start"] for document in found]
    assert starts == sorted(starts)
