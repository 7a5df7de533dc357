from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from speakerplug.errors import MediaError, UsageError
from speakerplug.formats.json import write
from speakerplug.formats.load import load
from speakerplug.system.files import write_whole
from speakerplug.transcript import Transcript, Word
from tests.strategies import transcripts


def document(**change: Any) -> str:
    """A saved transcript of one word, with some keys changed."""
    return json.dumps(json.loads(write(Transcript((Word("Hi", 0.0, 1.0, "A"),)))) | change)


def lawful(transcript: Transcript) -> Transcript:
    """The transcript with words that end after they start, of a recording that holds all of it."""
    words = tuple(replace(word, end=max(word.start or 0.0, word.end or 0.0)) for word in transcript.words)
    last = max([said.end or 0.0 for said in (*words, *transcript.turns, *transcript.exclusive)], default=0.0)
    media = replace(transcript.media, duration=max(last, transcript.media.duration))
    return replace(transcript, words=words, media=media)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transcript=transcripts())
def test_what_is_saved_is_loaded(tmp_path: Path, transcript: Transcript) -> None:
    """A transcript in whole milliseconds, with times that can be, comes back from its file exactly as it was."""
    transcript = lawful(transcript)
    path = tmp_path / "talk.json"
    path.write_text(write(transcript), encoding="utf-8", newline="\n")
    assert load(path) == transcript


def test_save_and_load_belong_together(tmp_path: Path) -> None:
    """What `save` puts into a .json file, `load` reads, with times to the millisecond."""
    path = Transcript((Word("Hi", 0.12345, 1.0, "A"),)).save(tmp_path / "talk.json")
    assert load(str(path)) == Transcript((Word("Hi", 0.123, 1.0, "A"),))


def test_a_later_minor_version_is_read(tmp_path: Path) -> None:
    """Keys that a later 1.x added are left aside."""
    path = tmp_path / "talk.json"
    write_whole(path, document(version="1.9", chapters=[1, 2]))
    assert load(path).text == "Hi"


def test_an_editor_may_add_a_byte_order_mark(tmp_path: Path) -> None:
    """A file that a Windows editor saved is read as well."""
    path = tmp_path / "talk.json"
    path.write_text(document(), encoding="utf-8-sig")
    assert load(path).text == "Hi"


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", MediaError, "is not JSON or is damaged"),
        (b"\xff\xfe\x00", MediaError, "is not JSON or is damaged"),
        (b'{"schema": "speakerplug/transcript", "ver', MediaError, "is not JSON or is damaged"),
        (b'{"x": ' + b"[" * 100_000, MediaError, "is not JSON or is damaged"),
        (document(language="?").encode().replace(b"?", b"\x89"), MediaError, "damaged transcript .*utf-8"),
        (b"[]", UsageError, "not a SpeakerPlug transcript"),
        (b"{}", UsageError, "not a SpeakerPlug transcript"),
        (document(schema="other").encode(), UsageError, "not a SpeakerPlug transcript"),
        (document(version="2.0").encode(), UsageError, "update SpeakerPlug"),
        (document(words=[{"text": "Hi"}]).encode(), MediaError, r"damaged transcript .*start"),
        (document(turns="none").encode(), MediaError, r"damaged transcript .*turns"),
    ],
)
def test_what_cannot_be_read_is_explained(tmp_path: Path, content: bytes, error: type[Exception], words: str) -> None:
    """One sentence names the file, what is wrong with it and what to do."""
    path = tmp_path / "talk.json"
    path.write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert ";" in str(caught.value)


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    """A path where nothing is, or a folder, is a MediaError with the remedy."""
    with pytest.raises(MediaError, match=r"no file .*check the path"):
        load(tmp_path / "none.json")
    with pytest.raises(MediaError, match="is a folder; name the"):
        load(tmp_path)
