from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug.cues import Cue, CueRules, cues_from
from speakerplug.transcript import Transcript, Word, text_of
from speakerplug.typography import display_width, plain
from tests.strategies import spoken_words


def said(text: str, speaker: str | None = "A", start: float = 0.0, each: float = 0.3) -> list[Word]:
    """The words of `text`, one after the other, `each` seconds long."""
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
    return "".join(text.split())


@given(spoken_words())
def test_every_word_is_in_one_cue_in_order(words: tuple[Word, ...]) -> None:
    """Every word with visible text is in exactly one cue, unchanged, in the transcript's order."""
    assert [word for cue in cut(*words) for word in cue.words] == [word for word in words if plain(word.text)]


@given(spoken_words())
def test_a_cue_has_one_speaker(words: tuple[Word, ...]) -> None:
    """All words of a cue are its speaker's."""
    assert all(word.speaker == cue.speaker for cue in cut(*words) for word in cue.words)


@given(spoken_words())
def test_cues_follow_each_other(words: tuple[Word, ...]) -> None:
    """Each cue lasts between 1 ms and 7 s and ends before the next one begins."""
    spans = [milliseconds(cue) for cue in cut(*words)]
    assert all(0 < end - start <= 7000 for start, end in spans)
    assert all(end <= following for (_, end), (following, _) in pairwise(spans))


@given(spoken_words())
def test_a_short_cue_has_no_free_time_after_it(words: tuple[Word, ...]) -> None:
    """A cue is shorter than 833 ms only where the next one begins at its end."""
    spans = [milliseconds(cue) for cue in cut(*words)]
    assert all(end - start >= 833 or end == following for (start, end), (following, _) in pairwise(spans))
    assert all(end - start >= 833 for start, end in spans[-1:])


@given(spoken_words())
def test_lines_fit(words: tuple[Word, ...]) -> None:
    """A cue has one or two lines of at most 42 columns; only one word by itself is wider."""
    for cue in cut(*words):
        assert 1 <= len(cue.lines) <= 2
        assert all(display_width(line) <= 42 for line in cue.lines) or len(cue.words) == 1


@given(spoken_words())
def test_lines_hold_the_words(words: tuple[Word, ...]) -> None:
    """The lines of a cue are its words as running text, divided only where words are."""
    for cue in cut(*words):
        running = text_of(replace(word, text=plain(word.text)) for word in cue.words)
        assert unspaced("".join(cue.lines)) == unspaced(running)
        assert running in {" ".join(cue.lines), "".join(cue.lines)}


@given(spoken_words(), st.integers(0, 10_000_000))
def test_a_shift_of_all_words_shifts_all_cues(words: tuple[Word, ...], shift_ms: int) -> None:
    """Words that come later by some time make the same cues, later by that time."""
    later = [
        replace(word, start=round(word.start * 1000 + shift_ms) / 1000, end=round(word.end * 1000 + shift_ms) / 1000)
        for word in words
        if word.start is not None and word.end is not None
    ]
    before, after = cut(*words), cut(*later)
    assert shown(after) == shown(before)
    assert [milliseconds(cue) for cue in after] == [
        (start + shift_ms, end + shift_ms) for start, end in map(milliseconds, before)
    ]


@settings(max_examples=20)
@given(spoken_words(), st.integers(10, 60))
def test_other_columns_hold_as_well(words: tuple[Word, ...], columns: int) -> None:
    """The width of a line is a rule, not a constant."""
    for cue in cues_from(Transcript(words=words), CueRules(columns=columns)):
        assert len(cue.words) == 1 or max(map(display_width, cue.lines)) <= columns


def test_no_words_make_no_cues() -> None:
    """A transcript without words, or with blank ones only, has no cues."""
    assert cut() == ()
    assert cut(Word("", 0, 1, "A"), Word(" \n", 1, 2, "A")) == ()


def test_a_speaker_change_ends_a_cue() -> None:
    """However short, what another speaker says is a cue of its own; nobody is a speaker here like any other."""
    cues = cut(*said("I think", "A"), *said("yes", "B", 0.6), *said("so", "A", 0.9), *said("too", None, 1.2))
    assert [(cue.speaker, *cue.lines) for cue in cues] == [
        ("A", "I think"),
        ("B", "yes"),
        ("A", "so"),
        (None, "too"),
    ]


def test_a_second_of_silence_ends_a_cue() -> None:
    """A pause of 1.0 s divides a sentence, one of 0.9 s does not."""
    assert shown(cut(*said("well then"), *said("we go", start=1.5))) == [["well then we go"]]
    assert shown(cut(*said("well then"), *said("we go", start=1.6))) == [["well then"], ["we go"]]


def test_sentences_that_can_stand_alone_do() -> None:
    """A cue ends with a sentence that is long enough; a short answer stays with what follows."""
    assert shown(cut(*said("We went down to the old harbour. Nobody was there at that hour."))) == [
        ["We went down to the old harbour."],
        ["Nobody was there at that hour."],
    ]
    assert shown(cut(*said("Yes. Of course."))) == [["Yes. Of course."]]


def test_a_title_does_not_end_a_sentence() -> None:
    """The point of `Dr.` or of an initial is no reason to end a cue."""
    assert shown(cut(*said("I have spoken to Professor and Dr. Who about it yesterday"))) == [
        ["I have spoken to Professor", "and Dr. Who about it yesterday"]
    ]


def test_no_word_is_left_alone() -> None:
    """Text a little too long for a cue is divided in readable parts, not with one word left over."""
    text = "and so the people of the village decided together to build a bridge across it tomorrow"
    cues = cut(*said(text))
    assert len(cues) == 2
    assert min(len(cue.words) for cue in cues) >= 4


def test_lines_are_balanced() -> None:
    """A cue of two lines is divided near its middle, rather after a comma, and the lower line is the longer one."""
    assert shown(cut(*said("one two three four five six seven eight nine ten"))) == [
        ["one two three four five", "six seven eight nine ten"]
    ]
    assert shown(cut(*said("When it was over, everybody went home in the rain"))) == [
        ["When it was over,", "everybody went home in the rain"]
    ]
    assert shown(cut(*said("aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii"))) == [
        ["aaaa bbbb cccc dddd", "eeee ffff gggg hhhh iiii"]
    ]


def test_no_line_begins_with_punctuation() -> None:
    """Punctuation that is a word of its own stays on the line of the word before it."""
    cue = cut(*said("tu viens avec nous ce soir au cinéma ? on verra bien ce que ça"))[0]
    assert not any(line.startswith("?") for line in cue.lines)


def test_a_long_word_is_whole() -> None:
    """A word wider than a line is not divided, and has its cue for itself."""
    long = "x" * 60
    assert shown(cut(*said(f"see {long} there"))) == [["see"], [long], ["there"]]


def test_joined_words_have_no_space() -> None:
    """A split-off suffix is written onto its word and never begins a line."""
    words = said("the quick brown foxes jumped over the neighbour")
    words += [replace(word, joined=True) for word in said("'s", start=2.4)] + said("lazy dog", start=2.7)
    cue = cut(*words)[0]
    assert "neighbour's" in " ".join(cue.lines)


def test_chinese_is_divided_between_words() -> None:
    """Text without spaces is broken between joined words, two columns a character, never before a full stop."""
    characters = "我们今天在这里讨论一个非常重要的问题希望大家都能够认真地听完谢谢。"
    words = [Word(char, i * 0.2, i * 0.2 + 0.2, "A", joined=i > 0) for i, char in enumerate(characters)]
    (cue,) = cut(*words)
    assert "".join(cue.lines) == characters
    assert max(map(display_width, cue.lines)) <= 42
    assert len(cue.lines) == 2
    assert not cue.lines[1].startswith("。")


def test_a_long_chain_of_suffixes_is_divided() -> None:
    """A recognizer that joins everything gets cues that fit all the same."""
    words = [Word("lalala", i * 0.3, i * 0.3 + 0.3, "A", joined=True) for i in range(40)]
    assert all(max(map(len, cue.lines)) <= 42 for cue in cut(*words))


def test_a_short_cue_stays_while_time_is_free() -> None:
    """`Yes` is shown for 833 ms, or until the next cue begins, and 200 ms at least."""
    yes = Word("Yes", 1.0, 1.1, "A")
    assert [(cue.start, cue.end) for cue in cut(yes)] == [(1.0, 1.833)]
    assert [(c.start, c.end) for c in cut(yes, Word("No", 1.5, 2.5, "B"))] == [(1.0, 1.5), (1.5, 2.5)]
    assert [(c.start, c.end) for c in cut(yes, Word("No", 1.1, 2.5, "B"))] == [(1.0, 1.2), (1.2, 2.5)]


def test_slow_speech_is_shown_until_it_is_said() -> None:
    """Words that take longer than 7 s together are divided, so that each is on the screen while it is heard."""
    for cue in cut(*said("one two three four five six seven eight nine ten", each=1.0)):
        assert [(word.start, word.end) for word in cue.words if word.start < cue.start or word.end > cue.end] == []


def test_a_stretched_word_leaves_the_screen() -> None:
    """A word that a recognizer stretches over half a minute is shown for 7 s."""
    assert [(cue.start, cue.end) for cue in cut(Word("so", 1.0, 31.0, "A"))] == [(1.0, 8.0)]


def test_words_without_times_follow_the_ones_before() -> None:
    """A word without times, as a caller may hand over, is in the cue of its neighbours."""
    words = [Word("a", 1.0, 1.2, "A"), Word("b", None, None, "A"), Word("c", 1.4, 1.6, "A")]
    assert shown(cut(*words)) == [["a b c"]]
