"""The work of each stage is identified by what changes its result, and by nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from speakerplug.pipeline.checkpoint.work import Work, works_of
from speakerplug.pipeline.options import Options
from speakerplug.plugin.manager import Plugins
from speakerplug.testing import FakeDiarizer

PLUGINS = Plugins(discover=False)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return the path of a recording."""
    (tmp_path / "talk.wav").write_bytes(b"a recording")
    return tmp_path / "talk.wav"


def works(talk: Path, **options: Any) -> dict[str, Work]:
    """Return the work of both stages."""
    return works_of(talk, Options(**options), PLUGINS, "bundled")


@pytest.mark.parametrize(
    ("stage", "name", "changed"),
    [
        ("recognition", "model", {"model": "tiny.en"}),
        ("recognition", "language", {"language": "de"}),
        ("recognition", "task", {"task": "translate"}),
        ("recognition", "prompt", {"prompt": "Ada"}),
        ("recognition", "hotwords", {"hotwords": "Ada"}),
        ("recognition", "recognizer", {"recognizer": "other"}),
        ("diarization", "diarizer", {"diarizer": "other"}),
        ("diarization", "diarizer", {"diarizer": {"pipeline": {"name": "x"}}}),
        ("diarization", "revision of the diarizer", {"revision": "main"}),
        ("diarization", "set of diarizer parameters", {"diarizer_params": {"clustering.threshold": 0.6}}),
        ("diarization", "segmentation step", {"segmentation_step": 2.0}),
    ],
)
def test_works_of_an_option_change_the_work_of_its_stage_alone(
    stage: str, name: str, changed: dict[str, Any], talk: Path
) -> None:
    """The other stage goes on from its part."""
    before, after = works(talk), works(talk, **changed)
    assert [key for key in after[stage] if before[stage][key] != after[stage][key]] == [name]
    (other,) = before.keys() - {stage}
    assert before[other] == after[other]


@pytest.mark.parametrize(
    "changed",
    [{"num_speakers": 2}, {"max_speakers": 3}, {"batch_size": 2}, {"device": "cpu"}, {"offline": True}, {"token": "x"}],
)
def test_works_of_what_changes_no_result_are_the_same(changed: dict[str, Any], talk: Path) -> None:
    """Bounds on the number of speakers matter later; the kind of device is for the recognizer to compare."""
    assert works(talk) == works(talk, **changed)


def test_works_of_another_recording_differ_in_both_stages(talk: Path) -> None:
    """Other content of the same size, or another time of its last change."""
    before = works(talk)
    os.utime(talk, ns=(0, 5))
    changed = works(talk)
    talk.write_bytes(b"a Recording")
    os.utime(talk, ns=(0, 5))
    for other in (changed, works(talk)):
        assert all(before[stage]["recording"] != other[stage]["recording"] for stage in before)
    assert changed != works(talk)


def test_works_of_a_diarizer_that_is_chosen_otherwise_differ(talk: Path) -> None:
    """`auto` may take another one by then."""
    (before, after) = (works_of(talk, Options(), PLUGINS, name)["diarization"] for name in ("one", "other"))
    assert before != after


@pytest.mark.parametrize("diarizer", ["bundled,other", FakeDiarizer(), None])
def test_works_of_several_or_unknown_diarizers_have_no_diarization(diarizer: Any, talk: Path) -> None:
    """Of several, the second must not go on from what the first one saved."""
    assert works(talk, diarizer=diarizer).keys() == {"recognition"}


def test_works_reveal_no_value(talk: Path) -> None:
    """A configuration may hold a token, and a prompt names."""
    text = str(works(talk, prompt="Ada", diarizer={"pipeline": {"token": "hf_secret"}}))
    assert "Ada" not in text
    assert "hf_secret" not in text


def test_works_of_another_audio_track_are_other_work(talk: Path) -> None:
    """A checkpoint of one track is not continued with another."""
    first, second = (works_of(talk, Options(), PLUGINS, "bundled", track) for track in (1, 2))
    for stage in first:
        assert [name for name in first[stage] if first[stage][name] != second[stage][name]] == ["audio track"]
