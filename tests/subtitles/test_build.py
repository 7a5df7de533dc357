from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.text import display_width
from speakerplug.attribution.word_times import interpolated
from speakerplug.errors import UsageError
from speakerplug.subtitles import PROFILES, Cue, CueRules, cues_from
from speakerplug.subtitles.rules import DUAL, LABELS, OVERLAP
from speakerplug.transcript import Speaker, Transcript, Word, plain, text_of
from tests.strategies import spoken_words


def said(text: str, speaker: str | None = "A", start: float = 0.0, each: float = 0.3) -> list[Word]:
    """Return the words of `text`, one after the other, `each` seconds long."""
    return [
        Word(word, start + each * index, start + each * (index + 1), speaker) for index, word in enumerate(text.split())
    ]


def cut(*words: Word) -> tuple[Cue, ...]:
    return cues_from(Transcript(words=words))


def shown(cues: tuple[Cue, ...]) -> list[list[str]]:
    return [list(cue.lines) for cue in cues]


def milliseconds(cue: Cue) -> tuple[int, int]:
    return round(cue.start * 1000), round(cue.end * 1000)


def unspaced(text: str) -> str:
    return "".join(plain(text).split())


any_profile = st.sampled_from(tuple(PROFILES.values()))


def full_text(cue: Cue) -> str:
    return cue.label + "\n".join(cue.lines)


@given(
    rules=any_profile,
    words=spoken_words(),
    overlap=st.sampled_from(OVERLAP),
    dual=st.sampled_from(DUAL),
    labels=st.sampled_from(LABELS),
)
def test_cues_from_any_words_has_each_in_one_cue(
    words: tuple[Word, ...], rules: CueRules, overlap: str, dual: str, labels: str
) -> None:
    """Every word with visible text is in exactly one cue, unchanged, those of a speaker in their order.

    Words of scripts without spaces may be in parts.
    """
    cues = cues_from(Transcript(words), replace(rules, overlap=overlap, dual=dual, labels=labels))
    for speaker in ("A", "B", None):
        shown = [word for cue in cues for word in cue.words if word.speaker == speaker]
        said = [word for word in words if word.speaker == speaker and plain(word.text)]
        assert unspaced(text_of(shown)) == unspaced(text_of(said))
        assert all(word in shown for word in said if word.text.isascii())


@given(rules=any_profile, words=spoken_words(), overlap=st.sampled_from(OVERLAP))
def test_cues_from_any_words_has_one_speaker_per_cue(words: tuple[Word, ...], rules: CueRules, overlap: str) -> None:
    """All words of a cue are its speaker's, unless dual cues are asked for."""
    for cue in cues_from(Transcript(words), replace(rules, overlap=overlap)):
        assert cue.speakers == (cue.speaker,)


@given(rules=any_profile, words=spoken_words())
def test_cues_from_dual_hyphen_has_one_speaker_per_line(words: tuple[Word, ...], rules: CueRules) -> None:
    """A cue of two speakers has two lines, a hyphen before each, and each holds the words of one of them."""
    for cue in cues_from(Transcript(words), replace(rules, dual="hyphen", labels="never")):
        if len(cue.speakers) > 1:
            assert len(cue.lines) == len(cue.speakers) == 2
            for speaker, line in zip(cue.speakers, cue.lines, strict=True):
                said = text_of(replace(word, text=plain(word.text)) for word in cue.words if word.speaker == speaker)
                assert line == "-" + said


@given(rules=any_profile, words=spoken_words(), dual=st.sampled_from(DUAL), labels=st.sampled_from(LABELS))
def test_cues_from_clip_has_cues_in_sequence(words: tuple[Word, ...], rules: CueRules, dual: str, labels: str) -> None:
    """Without overlap each cue keeps its maximum duration, and the next one begins after the gap."""
    spans = [milliseconds(cue) for cue in cues_from(Transcript(words), replace(rules, dual=dual, labels=labels))]
    assert all(0 < end - start <= rules.longest_ms for start, end in spans)
    assert all(end + rules.gap_ms <= following for (_, end), (following, _) in pairwise(spans))


@given(rules=any_profile, words=spoken_words())
def test_cues_from_stack_never_overlaps_one_speaker(words: tuple[Word, ...], rules: CueRules) -> None:
    """Stacked cues overlap only those of other speakers."""
    cues = cues_from(Transcript(words), replace(rules, overlap="stack"))
    for speaker in ("A", "B", None):
        spans = [milliseconds(cue) for cue in cues if cue.speaker == speaker]
        assert all(0 < end - start <= rules.longest_ms for start, end in spans)
        assert all(end + rules.gap_ms <= following for (_, end), (following, _) in pairwise(spans))


@given(rules=any_profile, words=spoken_words())
def test_cues_from_short_cue_has_no_free_time_after_it(words: tuple[Word, ...], rules: CueRules) -> None:
    """A cue is too short only where the next one begins a gap after it, and is delayed as long as it may be."""
    cues = cues_from(Transcript(words), rules)
    for cue, following in pairwise(cues):
        (start, end), (then, _) = milliseconds(cue), milliseconds(following)
        said = round((following.words[0].start or 0) * 1000)
        assert end - start >= rules.shortest_ms or (end + rules.gap_ms == then and then - said >= rules.late_ms)
    for start, end in map(milliseconds, cues[-1:]):
        assert end - start >= rules.shortest_ms


@given(rules=any_profile, words=spoken_words())
def test_cues_from_small_gap_is_closed(words: tuple[Word, ...], rules: CueRules) -> None:
    """The pause between two cues is the gap or a long one, unless the first has its maximum duration already."""
    for cue, following in pairwise(cues_from(Transcript(words), rules)):
        (start, end), (then, _) = milliseconds(cue), milliseconds(following)
        assert then - end == rules.gap_ms or then - end >= rules.chain_ms or end - start == rules.longest_ms


@given(rules=any_profile, words=spoken_words(), labels=st.sampled_from(LABELS))
def test_cues_from_any_rules_has_lines_that_fit(words: tuple[Word, ...], rules: CueRules, labels: str) -> None:
    """A cue has no more lines than allowed, and only a single word is wider than a line, names included."""
    for cue in cues_from(Transcript(words), replace(rules, labels=labels)):
        lines = full_text(cue).split("\n")
        assert 1 <= len(lines) <= rules.lines
        assert all(display_width(line) <= rules.columns for line in lines) or len(cue.words) == 1


@given(rules=any_profile, words=spoken_words())
def test_cues_from_any_words_has_lines_of_its_words(words: tuple[Word, ...], rules: CueRules) -> None:
    """The lines of a cue are its words as running text, broken only between words."""
    for cue in cues_from(Transcript(words), rules):
        running = text_of(replace(word, text=plain(word.text)) for word in cue.words)
        assert unspaced("".join(cue.lines)) == unspaced(running)
        for line in cue.lines:
            assert line in running


@given(rules=any_profile, words=spoken_words(), shift_ms=st.integers(0, 10_000_000), overlap=st.sampled_from(OVERLAP))
def test_cues_from_shifted_words_are_shifted(
    words: tuple[Word, ...], shift_ms: int, rules: CueRules, overlap: str
) -> None:
    """Words that are all later by some time make the same cues, later by that time."""
    later = [
        replace(word, start=round(word.start * 1000 + shift_ms) / 1000, end=round(word.end * 1000 + shift_ms) / 1000)
        for word in words
        if word.start is not None and word.end is not None
    ]
    chosen = replace(rules, overlap=overlap)
    before, after = cues_from(Transcript(words), chosen), cues_from(Transcript(tuple(later)), chosen)
    assert shown(after) == shown(before)
    assert [milliseconds(cue) for cue in after] == [
        (start + shift_ms, end + shift_ms) for start, end in map(milliseconds, before)
    ]


@given(spoken_words(), st.integers(10, 60), st.integers(1, 4))
def test_cues_from_other_columns_and_lines_keeps_them(words: tuple[Word, ...], columns: int, lines: int) -> None:
    """Line width and number of lines are rules, not constants."""
    for cue in cues_from(Transcript(words=words), CueRules(columns=columns, lines=lines)):
        assert len(cue.lines) <= lines
        assert len(cue.words) == 1 or max(map(display_width, cue.lines)) <= columns


@pytest.mark.parametrize(
    "numbers",
    [
        {"columns": 0},
        {"lines": 0},
        {"cps": 0},
        {"gap_ms": -1},
        {"shortest_ms": 900, "longest_ms": 800},
        {"labels": "loud"},
        {"dual": "triple"},
        {"overlap": "heap"},
    ],
)
def test_cue_rules_invalid_values_are_refused(numbers: dict[str, Any]) -> None:
    """Values that contradict each other are refused."""
    with pytest.raises(UsageError):
        CueRules(**numbers)


def test_cues_from_long_recording_is_fast() -> None:
    """20,000 words are cut in under two seconds of CPU time."""
    words = tuple(
        Word("word" + ".,"[i % 2] * (i % 9 == 0), i * 0.35, i * 0.35 + 0.3, "AB"[i // 23 % 2]) for i in range(20_000)
    )
    began = time.process_time()
    assert len(cues_from(Transcript(words))) > 1000
    assert time.process_time() - began < 2.0


def test_cues_from_no_words_is_empty() -> None:
    """A transcript without words, or with blank ones only, has no cues."""
    assert cut() == ()
    assert cut(Word("", 0, 1, "A"), Word(" \n", 1, 2, "A")) == ()


def test_cues_from_speaker_change_ends_a_cue() -> None:
    """However short, what another speaker says is a cue of its own; an unassigned speaker is one like any other."""
    cues = cut(*said("I think that we should leave", "A"), *said("yes", "B", 1.8), *said("too", None, 2.1))
    assert [(cue.speaker, *cue.lines) for cue in cues] == [
        ("A", "I think that we should leave"),
        ("B", "yes"),
        (None, "too"),
    ]


def test_cues_from_interjection_does_not_break_a_sentence() -> None:
    """A sentence is whole although another speaker says something short meanwhile, which is shown a little later."""
    cues = cut(*said("I think", "A"), *said("yes", "B", 0.6), *said("so", "A", 0.9))
    assert [(cue.speaker, *cue.lines) for cue in cues] == [("A", "I think so"), ("B", "yes")]
    assert cues[1].start == cues[0].end + 0.083


def test_cues_from_stack_starts_cues_with_their_words() -> None:
    """Where cues may overlap, each begins with its first word."""
    words = (*said("I think", "A"), *said("yes", "B", 0.6), *said("so", "A", 0.9))
    cues = cues_from(Transcript(words), CueRules(overlap="stack"))
    assert [(cue.speaker, cue.start) for cue in cues] == [("A", 0.0), ("B", 0.6)]
    assert cues[0].end > cues[1].start


def test_cues_from_dual_hyphen_merges_two_short_cues() -> None:
    """Question and answer that come too quickly for a cue each become one cue with a line per speaker."""
    words = (*said("Really?", "A"), *said("Yes.", "B", 0.4))
    (cue,) = cues_from(Transcript(words), CueRules(dual="hyphen"))
    assert cue.lines == ("-Really?", "-Yes.")
    assert cue.speakers == ("A", "B")


def test_cues_from_fast_speech_is_shown_until_read() -> None:
    """Text is shown until it is read, at 20 columns per second, while nobody speaks."""
    (cue,) = cut(*said("everything is said within one single second here", each=0.125))
    assert cue.end - cue.start == pytest.approx(47 / 20)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("never", ["", "", ""]),
        ("change", ["A: ", "", "B: "]),
        ("always", ["A: ", "A: ", "B: "]),
        ("dash", ["", "", "- "]),
    ],
)
def test_cues_from_labels_mode_decides_where_names_are(labels: str, expected: list[str]) -> None:
    """A name is shown before no cue, before those where the speaker changes, or before every cue."""
    words = (*said("Hello.", "A"), *said("Hello again.", "A", 5.0), *said("Hi.", "B", 9.0))
    assert [cue.label for cue in cues_from(Transcript(words), CueRules(labels=labels))] == expected


def test_cues_from_long_name_has_its_own_line() -> None:
    """A name that takes more than half a line gets the first line, unless everything fits one line."""
    transcript = Transcript(tuple(said("this is too long to stand behind it")), speakers=(Speaker("A", "x" * 30),))
    (cue,) = cues_from(transcript, CueRules(labels="always"))
    assert full_text(cue) == "x" * 30 + ":\nthis is too long to stand behind it"
    (brief,) = cues_from(replace(transcript, words=tuple(said("yes"))), CueRules(labels="always"))
    assert full_text(brief) == "x" * 30 + ": yes"


def test_cues_from_label_without_room_cuts_again() -> None:
    """A cue that turns out to need a label is cut again to make room for it; no word is lost."""
    spoken = tuple(said("nineteens " * 8))
    (full,) = cues_from(Transcript(spoken), CueRules(labels="never"))
    assert [display_width(line) for line in full.lines] == [39, 39]
    cues = cues_from(Transcript(spoken, speakers=(Speaker("A", "Alexandra"),)), CueRules(labels="change"))
    assert len(cues) == 2
    assert [cue.label for cue in cues] == ["Alexandra: ", ""]
    assert sum((cue.words for cue in cues), ()) == spoken
    assert all(display_width(line) <= 42 for cue in cues for line in full_text(cue).split("\n"))


def test_cues_from_three_lines_are_balanced() -> None:
    """A profile for vertical video has up to three short lines of nearly equal width."""
    (cue,) = cues_from(
        Transcript(tuple(said("one two three four five six seven eight nine", each=0.2))), PROFILES["social"]
    )
    assert len(cue.lines) == 3
    assert max(map(len, cue.lines)) - min(map(len, cue.lines)) <= 4


def test_cues_from_right_to_left_text_keeps_order() -> None:
    """Arabic words keep their order, letter by letter."""
    text = "هذا نص عربي طويل بما يكفي ليحتاج إلى سطرين على الشاشة معا"
    (cue,) = cut(*said(text))
    assert " ".join(cue.lines) == text


def test_cues_from_pause_of_a_second_ends_a_cue() -> None:
    """A pause of 1.0 s divides a sentence, one of 0.9 s does not."""
    assert shown(cut(*said("well then"), *said("we go", start=1.5))) == [["well then we go"]]
    assert shown(cut(*said("well then"), *said("we go", start=1.6))) == [["well then"], ["we go"]]


def test_cues_from_long_sentences_get_their_own_cues() -> None:
    """A cue ends with a sentence that is long enough; a short answer stays with what follows."""
    assert shown(cut(*said("We went down to the old harbour. Nobody was there at that hour."))) == [
        ["We went down to the old harbour."],
        ["Nobody was there at that hour."],
    ]
    assert shown(cut(*said("Yes. Of course."))) == [["Yes. Of course."]]


def test_cues_from_title_does_not_end_a_cue() -> None:
    """The period of `Dr.` or of an initial does not end a cue."""
    assert shown(cut(*said("I have spoken to Professor and Dr. Who about it yesterday"))) == [
        ["I have spoken to Professor", "and Dr. Who about it yesterday"]
    ]


def test_cues_from_long_text_leaves_no_single_word() -> None:
    """Text a little too long for a cue is divided into readable parts, without a single word left over."""
    text = "and so the people of the village decided together to build a bridge across it tomorrow"
    cues = cut(*said(text))
    assert len(cues) == 2
    assert min(len(cue.words) for cue in cues) >= 4


def test_cues_from_two_lines_are_balanced() -> None:
    """A cue of two lines breaks near its middle, preferably after a comma, and the lower line is the longer one."""
    assert shown(cut(*said("one two three four five six seven eight nine ten"))) == [
        ["one two three four five", "six seven eight nine ten"]
    ]
    assert shown(cut(*said("When it was over, everybody went home in the rain"))) == [
        ["When it was over,", "everybody went home in the rain"]
    ]
    assert shown(cut(*said("aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii"))) == [
        ["aaaa bbbb cccc dddd", "eeee ffff gggg hhhh iiii"]
    ]


def test_cues_from_spaced_punctuation_never_begins_a_line() -> None:
    """Punctuation that is a word of its own stays on the line of the word before it."""
    cue = cut(*said("tu viens avec nous ce soir au cinéma ? on verra bien ce que ça"))[0]
    assert not any(line.startswith("?") for line in cue.lines)


def test_cues_from_long_word_is_not_divided() -> None:
    """A word wider than a line is not divided, and gets its own cue."""
    long = "x" * 60
    assert shown(cut(*said(f"see {long} there"))) == [["see"], [long], ["there"]]


def test_cues_from_joined_words_has_no_space() -> None:
    """A split-off suffix is written onto its word and never begins a line."""
    words = said("the quick brown foxes jumped over the neighbor")
    words += [replace(word, joined=True) for word in said("'s", start=2.4)] + said("lazy dog", start=2.7)
    cue = cut(*words)[0]
    assert "neighbor's" in " ".join(cue.lines)


def test_cues_from_chinese_breaks_between_words() -> None:
    """Text without spaces breaks between joined words, two columns a character, never before a full stop."""
    characters = "我们今天在这里讨论一个非常重要的问题希望大家都能够认真地听完谢谢。"
    words = [Word(char, i * 0.2, i * 0.2 + 0.2, "A", joined=i > 0) for i, char in enumerate(characters)]
    (cue,) = cut(*words)
    assert "".join(cue.lines) == characters
    assert max(map(display_width, cue.lines)) <= 42
    assert len(cue.lines) == 2
    assert not cue.lines[1].startswith("。")


def test_cues_from_long_chain_of_suffixes_is_divided() -> None:
    """Words that a recognizer all joins are divided into cues that fit."""
    words = [Word("lalala", i * 0.3, i * 0.3 + 0.3, "A", joined=True) for i in range(40)]
    assert all(max(map(len, cue.lines)) <= 42 for cue in cut(*words))


def test_cues_from_short_cue_delays_the_next() -> None:
    """`Yes` is shown for 833 ms; what another speaker says meanwhile is delayed, but by no more than 1.5 s."""
    yes = Word("Yes", 1.0, 1.1, "A")
    assert [(cue.start, cue.end) for cue in cut(yes)] == [(1.0, 1.833)]
    assert [(c.start, c.end) for c in cut(yes, Word("No", 1.5, 2.5, "B"))] == [(1.0, 1.833), (1.916, 2.749)]
    assert [(c.start, c.end) for c in cut(yes, Word("No", 3.0, 4.0, "B"))] == [(1.0, 1.833), (3.0, 4.0)]


def test_cues_from_slow_speech_is_shown_until_spoken() -> None:
    """Words that together take longer than 7 s are divided, each shown while it is spoken, but for the gap."""
    for cue in cut(*said("one two three four five six seven eight nine ten", each=1.0)):
        assert [word for word in cue.words if word.start < cue.start or word.end > cue.end + 0.084] == []


def test_cues_from_stretched_word_has_maximum_duration() -> None:
    """A word that a recognizer stretches over half a minute is shown for 7 s."""
    assert [(cue.start, cue.end) for cue in cut(Word("so", 1.0, 31.0, "A"))] == [(1.0, 8.0)]


def segments(*spans: tuple[str, float, float], speaker: str = "A") -> tuple[Word, ...]:
    """Return the words of cues or segments as a file has them: only the segments have times."""
    return tuple(word for text, start, end in spans for word in interpolated([(speaker, text)], start, end))


@pytest.mark.parametrize("profile", ["netflix", "bbc", "dcmp"])
@pytest.mark.parametrize(
    "text", ["Good night.", "Good night. Sleep well.", "Good night, everybody, and thank you.", "Thank you"]
)
def test_cues_from_long_cue_of_few_words_stay_one(profile: str, text: str) -> None:
    """It was one cue, and ends with the maximum duration; so do those after it, though they touch."""
    rules = PROFILES[profile]
    cues = cues_from(Transcript(segments((text, 0.0, 8.0), (text, 8.0, 38.0), (text, 38.0, 38.5))), rules)
    assert [" ".join(cue.lines) for cue in cues] == [text] * 3
    longest = rules.longest_ms / 1000
    assert [(cue.start, cue.end) for cue in cues[:2]] == [(0.0, longest), (8.0, 8.0 + longest)]
    assert cues[2].start == 38.0


def test_cues_from_long_cue_keeps_its_neighbors_as_they_were() -> None:
    """The words before and after a long cue are cut as without it."""
    spoken = said("We went down to the old harbour. Nobody was there at that hour.")
    before = cut(*spoken)
    cues = cut(*spoken, *segments(("Good night.", 10.0, 19.0)), *said("And then it rained.", start=20.0))
    assert [*shown(before), ["Good night."], ["And then it rained."]] == shown(cues)


def test_cues_from_long_cue_of_many_words_are_cut() -> None:
    """Text that takes most of the time to read is cut at its sentences, as ever."""
    text = "We went down to the old harbour that day. Nobody was there at that hour of the night."
    assert len(cut(*segments((text, 0.0, 8.0)))) == 2
    assert len(cut(*segments((text * 3, 0.0, 40.0)))) > 2


def test_cues_from_stretched_words_with_times_of_their_own_are_cut() -> None:
    """Where a recognizer timed the words, they are shown when they are spoken."""
    assert len(cut(*said("good night", each=4.0))) == 2


def test_cues_from_words_without_times_joins_neighbors() -> None:
    """A word without times, as a caller may pass it, is in the cue of its neighbors."""
    words = [Word("a", 1.0, 1.2, "A"), Word("b", None, None, "A"), Word("c", 1.4, 1.6, "A")]
    assert shown(cut(*words)) == [["a b c"]]


def test_cue_of_a_file_that_ends_a_sentence_stays_a_cue() -> None:
    """However short its text is; one that ends within a sentence may be joined to the next."""
    said = (("First.", 1.0, 3.0), ("Second", 3.5, 4.5), ("half.", 4.6, 5.0))
    read = tuple(word for text, start, end in said for word in interpolated([(None, text)], start, end))
    assert [cue.lines for cue in cues_from(Transcript(read))] == [("First.",), ("Second half.",)]
