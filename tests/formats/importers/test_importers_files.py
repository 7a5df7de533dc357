"""Files of other programs, most of them written by these: files/README.md says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.formats.load import load
from speakerplug.formats.objects import FORMS
from speakerplug.plugin.formats import FileContent
from speakerplug.plugin.manager import load_plugins

FILES = Path(__file__).parent / "files"
TEXT = (
    "Hello Ben, have you ever watched a film with the "
    "sound turned off? Yes, on a train last week, without subtitles I would have been completely lost. "
    "Did they tell you who was speaking?"
)
NAMES = sorted(path.name for path in FILES.iterdir() if path.suffix != ".md")
PLAIN = (
    "nemo.ctm",
    "nemo-diarized.json",
    "kaldi.json",
    "vosk.json",
    "vosk-transcriber.json",
    "watson.json",
    "youtube_json3.json",
    "youtube_xml.srv3.xml",
)
"""Files of programs that write no capitals and no punctuation."""
WITHOUT_WORD_TIMES = ("segments", "diarized", ".srt", ".vtt", "youtube")
"""Files without times of words, or without their ends; nemo-diarized.json has some."""
SPEAKERS = {
    "assemblyai.json": ("A", "B"),
    "azure-batch.json": ("SPEAKER_01", "SPEAKER_02"),
    "azure-fast.json": ("SPEAKER_01", "SPEAKER_02"),
    "elevenlabs.json": ("speaker_0", "speaker_1"),
    "gladia.json": ("SPEAKER_00", "SPEAKER_01"),
    "google-v1.json": ("SPEAKER_01", "SPEAKER_02"),
    "google-v2.json": ("1", "2"),
    "insanely-fast-whisper.json": ("SPEAKER_00", "SPEAKER_01"),
    "meeteval-segments.stm": ("A", "B"),
    "rev.json": ("SPEAKER_00", "SPEAKER_01"),
    "seglst-segments.json": ("A", "B"),
    "speechmatics.json": ("S1", "S2"),
    "watson.json": ("SPEAKER_00", "SPEAKER_01"),
    "aws.json": ("spk_0", "spk_1"),
    "aws-old.json": ("spk_0", "spk_1"),
    "aws-channels.json": ("ch_0", "ch_1"),
    "deepgram.json": ("SPEAKER_00", "SPEAKER_01"),
    "deepgram-channels.json": ("channel_0", "channel_1"),
    "nemo-diarized.json": ("speaker_0", "speaker_1"),
    "openai-diarized.json": ("A", "B"),
    "whisperx.json": ("SPEAKER_00", "SPEAKER_01"),
}
LANGUAGE = (
    "assemblyai",
    "aws.json",
    "azure",
    "deepgram.json",
    "elevenlabs",
    "faster-whisper-segments",
    "gladia",
    "google",
    "openai-verbose",
    "speechmatics",
    "whisper_cpp",
    "whisperx",
)
OPEN_S = {"otranscribe-segments.otr": 1.0}
"""Files whose last segment has no end: how much later its text may end."""
WHISPERS = ("openai-whisper.json", "openai-whisper-segments.json", "stable-ts.json", "whisper-timestamped.json")


@pytest.mark.parametrize("name", NAMES)
def test_load_of_each_program_has_every_word(name: str) -> None:
    """All have the same words in order, with punctuation, increasing times, and a language if known."""
    transcript = load(FILES / name)
    expected = "".join(c for c in TEXT.lower() if c not in ",.?") if name in PLAIN else TEXT
    assert transcript.text == expected
    times = [time for word in transcript.words for time in (word.start, word.end)]
    assert times == sorted(times, key=lambda time: time or 0.0)
    assert (transcript.words[0].start or 0.0) < 1 < 11.5 < transcript.media.duration < 12 + OPEN_S.get(name, 0.0)
    assert transcript.language == ("en" if name.startswith(LANGUAGE) or name in WHISPERS else None)


@pytest.mark.parametrize("name", NAMES)
def test_load_of_each_program_estimates_only_missing_times(name: str) -> None:
    """Words of segments share their time, and so does the one word that WhisperX could not align."""
    words = load(FILES / name).words
    is_estimated = name != "nemo-diarized.json" and any(mark in name for mark in WITHOUT_WORD_TIMES)
    expected = len(words) if is_estimated else int(name == "whisperx.json")
    assert sum(word.estimated for word in words) == expected


@pytest.mark.parametrize("name", NAMES)
def test_load_of_diarized_files_has_turns(name: str) -> None:
    """Their words make turns: the first speaker, the second, the first again."""
    transcript = load(FILES / name)
    speakers = SPEAKERS.get(name, ())
    assert tuple(speaker.id for speaker in transcript.speakers) == speakers
    assert [turn.speaker for turn in transcript.turns] == [*speakers, *speakers[:1]]


@pytest.mark.parametrize("name", NAMES)
def test_load_of_each_program_ignores_the_name(name: str, tmp_path: Path) -> None:
    """A file is recognized by its content, whatever its name."""
    (tmp_path / "words.txt").write_bytes((FILES / name).read_bytes())
    assert load(tmp_path / "words.txt").words == load(FILES / name).words


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_matched_by_exactly_one_format(name: str) -> None:
    """The detection does not depend on the order of the formats."""
    whole = FileContent.of(FILES / name)
    file = next(whole.items()) if name == "nemo.json" else whole  # a list for several recordings, with one
    formats = load_plugins().formats.values()
    assert len([format.name for format in formats if format.matches is not None and format.matches(file)]) == 1


@pytest.mark.parametrize("name", NAMES)
def test_each_document_is_of_at_most_one_form_in_memory(name: str) -> None:
    """The forms of results in memory exclude each other, too."""
    document = FileContent.of(FILES / name).json
    assert [form for form, reader in FORMS.items() if reader.matches(document)][1:] == []
