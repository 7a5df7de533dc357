"""Distinct names for results."""

from __future__ import annotations

import os
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.batch.found import Found
from speakerplug.batch.stems import stems_of


def stems(*names: str) -> list[str]:
    """Return the stems for recordings of these names."""
    return stems_of([Found(name, name) for name in names])


def test_stems_of_distinct_names_are_these_without_suffixes() -> None:
    """The tree is mirrored."""
    assert stems("a.mp3", "b/a.mp3", "c.tar.wav") == ["a", "b/a", "c.tar"]


def test_stems_of_names_that_differ_in_the_suffix_have_it() -> None:
    """Both, so that neither depends on which came first."""
    assert stems("a.mp3", "a.wav", "b.wav") == ["a.mp3", "a.wav", "b"]


def test_stems_of_names_that_differ_in_case_are_told_apart_by_a_hash() -> None:
    """Some file systems take them for the same."""
    one, other = stems("Talk.mp3", "talk.mp3")
    assert one.startswith("Talk.mp3-")
    assert other.startswith("talk.mp3-")
    assert one.casefold() != other.casefold()


def test_stems_of_parts_have_their_times() -> None:
    """Several lines of a list may name one recording."""
    parts = [Found("a.wav", "a.wav", {"start": start, "end": end}) for start, end in ((0.0, 12.5), (12.5, None))]
    assert stems_of(parts) == ["a_0-12.5", "a_12.5-"]


def test_stems_of_long_names_leave_room_for_suffixes() -> None:
    """255 bytes are usual."""
    assert all(len(os.fsencode(each)) <= 226 for each in stems("x" * 240 + ".mp3", "x" * 240 + ".wav"))


NAMES = st.lists(st.sampled_from("aAéE\u0301."), min_size=1, max_size=3).map("".join)
FILES = st.builds(lambda stem, suffix: f"{stem}.{suffix}", NAMES, st.sampled_from(["mp3", "wav", "mp3.wav"]))


@given(st.sets(FILES, max_size=12), st.randoms(use_true_random=False))
def test_stems_are_distinct_in_any_order(names: set[str], random: object) -> None:
    """Even on file systems that ignore case and Unicode forms; each name has the same stem whatever the order."""
    ordered = sorted(names)
    shuffled = sorted(names, reverse=True)
    found = dict(zip(ordered, stems(*ordered), strict=True))
    assert found == dict(zip(shuffled, stems(*shuffled), strict=True))
    folded = {unicodedata.normalize("NFC", unicodedata.normalize("NFC", stem).casefold()) for stem in found.values()}
    assert len(folded) == len(names)
