"""The loader in the hands of LangChain itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document

from langchain_speakerplug import SpeakerPlugLoader
from speakerplug import MediaError, ModelError, UsageError
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from tests.cli.conftest import write_wav
from tests.hosts.canceled import WaitingRecognizer, canceled_at_work
from tests.hosts.pages import run_page

SAMPLE = Path(__file__).parents[3] / "samples" / "talk.mp4"
WORDS = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9), ("Hi!", 1.2, 1.6))
TURNS = turns((0.0, 1.0, "SPEAKER_00"), (1.1, 1.7, "SPEAKER_01"))


def loader(source: Any, recognizer: FakeRecognizer | None = None, **options: Any) -> SpeakerPlugLoader:
    """Return a loader whose stages are fakes."""
    plugins = plugins_with(recognizer=recognizer or FakeRecognizer(WORDS), diarizer=FakeDiarizer(TURNS))
    return SpeakerPlugLoader(source, plugins=plugins, recognizer="fake", diarizer="fake", device="cpu", **options)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", seconds=2.0)


def test_loader_returns_documents_of_turns(talk: Path) -> None:
    """From `load`, `lazy_load`, `aload` and `alazy_load`, which are LangChain's."""

    async def lazily() -> list[Document]:
        return [document async for document in loader(talk).alazy_load()]

    found = loader(talk).load()
    assert [document.page_content for document in found] == ["Hello there.", "Hi!"]
    assert found[1].metadata == {
        "source": str(talk),
        "start": 1.2,
        "end": 1.6,
        "speaker": "SPEAKER_01",
        "language": "en",
    }
    assert list(loader(str(talk)).lazy_load()) == found
    assert asyncio.run(loader(talk).aload()) == asyncio.run(lazily()) == found


def test_loader_of_several_recordings_yields_those_before_an_error(talk: Path, tmp_path: Path) -> None:
    """In their order; a file that is no recording is our error, from `lazy_load` and from `alazy_load`."""
    wrong = tmp_path / "text.mp3"
    wrong.write_text("This is text.")
    found: list[Document] = []
    with pytest.raises(MediaError, match=r"text\.mp3"):
        found.extend(each for each in loader([talk, wrong], by="recording").lazy_load() if found.append(each))  # type: ignore[func-returns-value]
    assert [document.page_content for document in found] == ["SPEAKER_00: Hello there.\n\nSPEAKER_01: Hi!"]
    with pytest.raises(MediaError, match=r"text\.mp3"):
        asyncio.run(loader(wrong).aload())


@pytest.mark.parametrize(("name", "content"), [("empty.mp4", b""), ("missing.mp4", None)])
def test_loader_of_bad_file_raises_when_it_loads(tmp_path: Path, name: str, content: bytes | None) -> None:
    """In one sentence that names it; not when the loader is made."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    made = loader(tmp_path / name)
    with pytest.raises(MediaError, match=name):
        made.load()


def test_loader_with_invalid_option_raises_when_it_is_made(talk: Path) -> None:
    """A model that does not exist is found when it is needed."""
    with pytest.raises(UsageError, match="did you mean turn"):
        loader(talk, by="turns")
    missing = SpeakerPlugLoader(talk, model="nobody/none", diarizer=None, offline=True, device="cpu")
    with pytest.raises(ModelError, match="nobody/none"):
        missing.load()


def test_loader_in_a_canceled_task_stops(talk: Path) -> None:
    """The event loop goes on meanwhile, and nothing works on afterwards."""
    asyncio.run(canceled_at_work(loader(talk, WaitingRecognizer(WORDS)).aload()))


@pytest.mark.parametrize("page", ["docs/how-to/hosts.md", "plugins/langchain-speakerplug/README.md"])
def test_lines_of_the_page_print_who_speaks(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are, on the real host."""
    run_page(page, "langchain_speakerplug", tmp_path, monkeypatch)
    assert capsys.readouterr().out == "0.5 A Hello Ben.\n1.5 B Hi!\n"


@pytest.mark.models
def test_loader_with_real_models_says_who_speaks() -> None:
    """Each document of the sample has one of its speakers and lies within it."""
    found = SpeakerPlugLoader(SAMPLE, model="tiny.en", diarizer="bundled", offline=True).load()
    assert {document.metadata["speaker"] for document in found} == {"SPEAKER_00", "SPEAKER_01"}
    starts = [document.metadata["start"] for document in found]
    assert starts == sorted(starts)
    assert all(document.metadata["source"] == str(SAMPLE) for document in found)
