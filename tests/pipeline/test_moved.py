"""A part of a recording: what stages find in it comes back at the times of the recording."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from speakerplug import Options, Recording, SpeakerPlugError, Transcriber, UsageError, diarizing, load
from speakerplug.formats.diarization import write_json
from speakerplug.media.phase import InPhase
from speakerplug.pipeline.checkpoint import works_of
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from speakerplug.transcript import Media
from tests.media_files import Recording as File
from tests.media_files import Track, babble

WORDS = words(("one", 0.1, 0.5), ("two", 1.1, 1.5))
TURNS = turns((0.0, 1.0, "SPEAKER_00"), (1.0, 2.0, "SPEAKER_01"))
FAKES: dict[str, Any] = {"recognizer": "fake", "diarizer": "fake", "device": "cpu"}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of ten seconds, of which each channel has other audio."""
    audio = babble(10.0, channels=2)
    audio[1] = babble(10.0, seed=1)[0]
    return File((Track(audio),), picture_s=10.0).write(tmp_path_factory.mktemp("film") / "film.mp4")


def transcriber(**options: Any) -> Transcriber:
    """Return a transcriber with fakes."""
    plugins = plugins_with(recognizer=FakeRecognizer(WORDS), diarizer=FakeDiarizer(TURNS))
    return Transcriber(plugins=plugins, **{**FAKES, **options})


def test_transcribe_a_part_has_the_times_of_the_recording(film: Path, tmp_path: Path) -> None:
    """Words and turns are moved, media says which part it is, and the JSON keeps that."""
    with transcriber(start="0:03", end=7.5) as one:
        found = one.transcribe(film)
        alone = one.diarize(film)
    assert [(word.start, word.end, word.speaker) for word in found.words] == [
        (3.1, 3.5, "SPEAKER_00"),
        (4.1, 4.5, "SPEAKER_01"),
    ]
    assert [(turn.start, turn.end) for turn in found.exclusive] == [(3.0, 4.0), (4.0, 5.0)]
    assert (alone.turns, alone.exclusive) == (found.turns, found.exclusive)
    assert found.media == replace(found.media, file="film.mp4", start=3.0, end=7.5)
    assert found.media.duration == pytest.approx(10.0, abs=0.1)
    assert load(found.save(tmp_path / "film.json")).media == found.media
    assert json.loads(write_json(found))["media"]["end"] == 7.5


def test_transcribe_without_a_part_says_none(film: Path) -> None:
    """Media is as it was."""
    with transcriber() as one:
        found = one.transcribe(film)
    assert found.media == Media("film.mp4", found.media.duration)
    assert found.words[0].start == 0.1


def test_transcribe_a_recording_twice_each_part_is_its_own(film: Path) -> None:
    """One Recording serves several calls."""
    recording = Recording.of(film)
    ends = []
    for part in ({"end": 4}, {"start": 5}, {}):
        with transcriber(**part) as one:
            ends.append(one.transcribe(recording).media.end)
    assert ends == [4.0, pytest.approx(10.0, abs=0.1), None]


def test_channels_as_speakers_of_a_part_have_the_times_of_the_recording(film: Path) -> None:
    """Each channel is recognized for itself, from the part alone."""
    with transcriber(channels="speakers", start=3, end=8) as one:
        found = one.transcribe(film)
    assert {word.start for word in found.words} <= {3.1, 4.1}
    assert found.words
    assert found.media.end == 8.0


def test_failing_diarizer_of_a_part_leaves_words_at_the_times_of_the_recording(film: Path) -> None:
    """The partial transcript is moved like a whole one."""
    plugins = plugins_with(recognizer=FakeRecognizer(WORDS), diarizer=FakeDiarizer((), error=RuntimeError("no")))
    with (
        Transcriber(plugins=plugins, **FAKES, start=3, concurrency="off") as one,
        pytest.raises(SpeakerPlugError) as error,
    ):
        one.transcribe(film)
    assert error.value.partial is not None
    assert [word.start for word in error.value.partial.words] == [3.1, 4.1]


def test_phase_repair_of_a_part_names_the_times_of_the_recording() -> None:
    """The message about inverted channels is not in the times of the part."""
    found = InPhase(babble(20.0)[0], (2,), ((1.0, 4.0),))
    assert "between 31.0 and 34.0 s" in found.explained("film.mp4", 30.0)


def test_checkpoint_of_another_part_is_of_other_work(film: Path) -> None:
    """However the times are written."""
    plugins = plugins_with()
    whole, part, same = (works_of(film, Options(**how), plugins) for how in ({}, {"start": 90}, {"start": "1:30"}))
    assert whole != part == same


def test_attribute_and_diarizing_refuse_a_part(film: Path) -> None:
    """The words of another recognizer are those of the whole recording."""
    with transcriber(start=3) as one, pytest.raises(UsageError, match="not for attribute"):
        one.attribute(film, WORDS)
    with pytest.raises(UsageError, match="not for diarizing"), diarizing(film, start=3, device="cpu"):
        pass
