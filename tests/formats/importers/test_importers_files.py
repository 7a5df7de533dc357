"""Files of other programs, most of them written by these: files/README.md says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.formats.load import load

FILES = Path(__file__).parent / "files"
TEXT = (
    "Hello Ben, have you ever watched a film with the "
    "sound turned off? Yes, on a train last week, without subtitles I would have been completely lost. "
    "Did they tell you who was speaking?"
)
NAMES = sorted(path.name for path in FILES.iterdir() if path.suffix != ".md")
PLAIN = ("nemo.ctm", "nemo-diarized.json")
"""Files of programs that write no capitals and no punctuation."""
WITHOUT_WORD_TIMES = ("segments", "diarized", ".srt", ".vtt")
"""Files without times of words; nemo-diarized.json has some."""
SPEAKERS = {
    "assemblyai.json": ("A", "B"),
    "aws.json": ("spk_0", "spk_1"),
    "aws-old.json": ("spk_0", "spk_1"),
    "aws-channels.json": ("ch_0", "ch_1"),
    "deepgram.json": ("SPEAKER_00", "SPEAKER_01"),
    "deepgram-channels.json": ("channel_0", "channel_1"),
    "nemo-diarized.json": ("speaker_0", "speaker_1"),
    "openai-diarized.json": ("A", "B"),
    "whisperx.json": ("SPEAKER_00", "SPEAKER_01"),
}
LANGUAGE = ("assemblyai", "aws.json", "deepgram.json", "faster-whisper-segments", "openai-verbose", "whisperx")
WHISPERS = ("openai-whisper.json", "openai-whisper-segments.json", "stable-ts.json", "whisper-timestamped.json")


@pytest.mark.parametrize("name", NAMES)
def test_load_of_each_program_has_every_word(name: str) -> None:
    """All have the same words in order, with punctuation, increasing times, and a language if known."""
    transcript = load(FILES / name)
    expected = "".join(c for c in TEXT.lower() if c not in ",.?") if name in PLAIN else TEXT
    assert transcript.text == expected
    times = [time for word in transcript.words for time in (word.start, word.end)]
    assert times == sorted(times, key=lambda time: time or 0.0)
    assert (transcript.words[0].start or 0.0) < 1 < 11.5 < transcript.media.duration < 12
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
