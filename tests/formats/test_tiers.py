"""Tiers: nothing in one overlaps, has no length or is lost, whatever the words are."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given

from speakerplug.formats.segments import shown_words
from speakerplug.formats.tiers import Interval, SpeakerTier, tiers_of, words_from
from speakerplug.transcript import Speaker, Transcript, Word
from tests.strategies import transcripts


@given(transcripts())
def test_tiers_of_any_transcript_have_all_words_apart_and_in_order(transcript: Transcript) -> None:
    """Each tier has all words of its speaker, in their order; intervals have a length, and do not overlap."""
    tiers = tiers_of(transcript)
    assert len({tier.speaker for tier in tiers}) == len(tiers)
    said: dict[str | None, list[str]] = {}
    for word in shown_words(transcript):
        said.setdefault(word.speaker, []).append(word.text)
    assert [[each.text for each in tier.words[0]] for tier in tiers] == list(said.values())
    for tier in tiers:
        for intervals in (tier.utterances, *tier.words):
            assert all(each.start < each.end for each in intervals)
            assert all(before.end <= after.start for before, after in pairwise(intervals))


@given(transcripts())
def test_words_from_tiers_have_the_text_and_speaker_of_all_words(transcript: Transcript) -> None:
    """Nothing that is said is lost or given to another speaker on the way there and back."""
    tiers = tiers_of(transcript)
    back = words_from(tiers).words
    for tier in tiers:
        own = "".join(word.text for word in back if (word.speaker or "") == tier.speaker)
        there = sorted("".join("".join(each.text for each in tier.utterances).split()))
        assert sorted("".join(own.split())) == there


def test_tiers_of_well_behaved_words_keep_their_times() -> None:
    """A pause of more than a second ends an utterance, but not within a word."""
    words = (
        Word("Yes.", 0.0, 0.5, "A"),
        Word("in", 3.0, 3.25, "A"),
        Word("Stratford", 3.25, 3.5, "A"),
        Word("-upon", 5.0, 5.5, "A", joined=True),
    )
    assert tiers_of(Transcript(words, speakers=(Speaker("A", "Ana"),))) == [
        SpeakerTier(
            "Ana",
            (Interval(0, 500, "Yes."), Interval(3000, 5500, "in Stratford-upon")),
            (
                (
                    Interval(0, 500, "Yes."),
                    Interval(3000, 3250, "in"),
                    Interval(3250, 3500, "Stratford"),
                    Interval(5000, 5500, "-upon"),
                ),
            ),
        )
    ]


def test_words_from_syllables_and_words_take_the_words() -> None:
    """Both divide the text; those that are fewer are the words."""
    syllables = (Interval(0, 200, "wa"), Interval(200, 400, "ter"), Interval(500, 900, "you"))
    words = (Interval(0, 400, "water"), Interval(500, 900, "you"))
    found = words_from([SpeakerTier("Ana", (Interval(0, 900, "water you"),), (syllables, words))]).words
    assert [(word.text, word.start, word.end) for word in found] == [("water", 0.0, 0.4), ("you", 0.5, 0.9)]


def test_words_from_a_tier_with_another_text_share_the_time_of_the_utterance() -> None:
    """A translation below an utterance says nothing about its words."""
    other = (Interval(0, 100, "bonjour"), Interval(100, 900, "vous"))
    found = words_from([SpeakerTier("Ana", (Interval(0, 900, "hello you"),), (other,))]).words
    assert [(word.text, word.estimated) for word in found] == [("hello", True), ("you", True)]


def test_words_from_two_speakers_follow_each_other_by_utterance() -> None:
    """In order of the start of the utterances, each of which stays whole."""
    ana = SpeakerTier("Ana", (Interval(0, 1000, "one two"), Interval(3000, 3500, "four")))
    ben = SpeakerTier("Ben", (Interval(500, 2000, "three"),))
    assert [word.text for word in words_from([ana, ben]).words] == ["one", "two", "three", "four"]
