"""Words of other programs get speakers of the real diarizer; the number of speakers is changed afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

import speakerplug
from speakerplug import Transcriber, Transcript
from speakerplug.attribution.recluster import recluster
from tests.recordings import ROOT, TALK

pytestmark = pytest.mark.models


def test_speaker_tree_of_the_sample_is_saved_in_the_json(sample: Transcript, tmp_path: Path) -> None:
    """It has a group for every exclusive turn, and changes the number of speakers."""
    assert sample.speaker_tree is not None
    assert len(sample.speaker_tree.groups) == len(sample.exclusive)
    assert speakerplug.load(sample.save(tmp_path / "talk.json")).speaker_tree == sample.speaker_tree
    one = recluster(sample, 1)
    assert {word.speaker for word in one.words} == {one.speakers[0].id}
    groups = len(sample.speaker_tree.joins) + 1
    assert len({turn.speaker for turn in recluster(one, groups).exclusive}) == groups


def test_relabel_to_one_and_back_to_two_restores_the_speakers(sample: Transcript) -> None:
    """The division is the one that the diarizer found."""
    again = recluster(recluster(sample, 1), 2)
    pairs = {(was.speaker, now.speaker) for was, now in zip(sample.exclusive, again.exclusive, strict=True)}
    assert len(pairs) == 2


def test_attribute_words_of_openai_whisper_gives_them_speakers(transcriber: Transcriber) -> None:
    """In the first 12 seconds: the first speaker, the second, the first again."""
    loaded = speakerplug.load(ROOT / "tests" / "formats" / "importers" / "files" / "openai-whisper.json")
    transcript = transcriber.attribute(TALK, loaded.words, loaded.language)
    speakers = [word.speaker for word in transcript.words]
    assert [word.text for word in transcript.words] == [word.text for word in loaded.words]
    assert len(set(speakers[:13])) == len(set(speakers[13:27])) == 1
    assert speakers[0] != speakers[13]
    assert speakers[-1] == speakers[0]
