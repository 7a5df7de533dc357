"""Names of an earlier transcript, for the speakers of a new one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.kept_names import kept_names
from speakerplug.testing import turns
from speakerplug.transcript import Media, Speaker, Transcript

TALK = Media("talk.mp4", 100.0)


def talk(*spoken: tuple[float, float, str], media: Media = TALK, **names: str) -> Transcript:
    """Return a transcript of these turns, whose speakers have these names, or their ids."""
    found = turns(*spoken)
    ids = dict.fromkeys(turn.speaker for turn in found)
    return Transcript((), found, found, tuple(Speaker(each, names.get(each, each)) for each in ids), media=media)


OLD = talk((0.0, 10.0, "A"), (10.0, 20.0, "B"), (20.0, 24.0, "C"), A="Ana", B="Ben")


@pytest.mark.parametrize(
    ("spoken", "names"),
    [
        (((0.0, 10.0, "A"), (10.0, 20.0, "B")), {"A": "Ana", "B": "Ben"}),
        (((0.1, 9.0, "B"), (10.5, 20.0, "A")), {"B": "Ana", "A": "Ben"}),
        (((0.0, 6.0, "X"), (6.0, 10.0, "Y"), (10.0, 24.0, "Z")), {"X": "Ana", "Z": "Ben"}),
        (((0.0, 20.0, "X"),), {}),
        (((0.0, 5.0, "X"), (5.0, 10.0, "Y")), {}),
        (((2.0, 4.0, "X"),), {"X": "Ana"}),
        (((20.0, 24.0, "X"), (50.0, 60.0, "Y")), {}),
        ((), {}),
    ],
)
def test_kept_names_go_to_those_who_have_most_of_the_speech(
    spoken: tuple[tuple[float, float, str], ...], names: dict[str, str]
) -> None:
    """Whatever their ids; nobody has one where it is in doubt, and of a part the rest is not missed."""
    assert kept_names(OLD, talk(*spoken)) == names


@pytest.mark.parametrize("media", [Media("talk.mp4", 101.0), Media("other.mp4", 100.0)])
def test_kept_names_of_another_recording_are_none(media: Media) -> None:
    """It has another file name, or another duration."""
    assert kept_names(OLD, replace(OLD, media=media)) == {}


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 9), st.sampled_from("ABC")), max_size=8),
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 9), st.sampled_from("XYZ")), max_size=8),
)
def test_kept_names_are_given_once_to_speakers_that_exist(
    old: list[tuple[int, int, str]], new: list[tuple[int, int, str]]
) -> None:
    """Of any turns, overlapping or not; a transcript gives itself the names that it has."""
    earlier, later = (
        replace(talk(*((at, at + length, who) for at, length, who in each), A="Ana", B="Ben"), exclusive=())
        for each in (old, new)
    )
    names = kept_names(earlier, later)
    assert {*names} <= {each.id for each in later.speakers}
    assert len({*names.values()}) == len(names)
    heard = {turn.speaker for turn in earlier.turns} & {"A", "B"}
    if all(one.end <= other.start for one, other in zip(earlier.turns, earlier.turns[1:], strict=False)):
        assert {*kept_names(earlier, earlier)} == heard


def test_kept_names_leave_blank_names_and_ids_out() -> None:
    """They say nothing."""
    assert kept_names(replace(OLD, speakers=(Speaker("A", " "), Speaker("B", "B"))), OLD) == {}
