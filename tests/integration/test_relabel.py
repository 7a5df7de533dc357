"""Other programs' words with the real diarizer, and other numbers of speakers by what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

import speakerplug
from speakerplug import Transcriber, Transcript
from speakerplug.attribution.recluster import recluster
from tests.recordings import ROOT, TALK

pytestmark = pytest.mark.models


def test_the_json_says_which_turns_sound_alike(sample: Transcript, tmp_path: Path) -> None:
    """The tree has a group for every exclusive turn; it is saved, in few bytes, and changes the number of speakers."""
    assert sample.speaker_tree is not None
    assert len(sample.speaker_tree.groups) == len(sample.exclusive)
    assert speakerplug.load(sample.save(tmp_path / "talk.json")).speaker_tree == sample.speaker_tree
    one = recluster(sample, 1)
    assert {word.speaker for word in one.words} == {one.speakers[0].id}
    groups = len(sample.speaker_tree.joins) + 1
    assert len({turn.speaker for turn in recluster(one, groups).exclusive}) == groups


def test_two_speakers_that_were_united_come_apart_again(sample: Transcript) -> None:
    """One and back to two is the division that the diarizer found."""
    again = recluster(recluster(sample, 1), 2)
    pairs = {(was.speaker, now.speaker) for was, now in zip(sample.exclusive, again.exclusive, strict=True)}
    assert len(pairs) == 2


def test_words_of_another_program_get_speakers(transcriber: Transcriber) -> None:
    """openai-whisper's words of the first 12 seconds: the first speaker, the second, the first again."""
    heard = speakerplug.load(ROOT / "tests" / "formats" / "importers" / "files" / "openai-whisper.json")
    transcript = transcriber.attribute(TALK, heard.words, heard.language)
    speakers = [word.speaker for word in transcript.words]
    assert [word.text for word in transcript.words] == [word.text for word in heard.words]
    assert len(set(speakers[:13])) == len(set(speakers[13:27])) == 1
    assert speakers[0] != speakers[13]
    assert speakers[-1] == speakers[0]
