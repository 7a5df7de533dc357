from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st
from whisper_normalizer.english import EnglishTextNormalizer

from speakerplug.transcript import Word, text_of
from speakerplug_evaluate.normalization import normalized

TEXTS = st.sampled_from(
    [
        "Twenty",
        "five",
        "uh,",
        "we're",
        "he's",
        "been",
        "(laughs)",
        "colour",  # codespell:ignore colour
        "Mr.",
        "$5",
        "one",
        "-",
        "it",
        "100,000",
        "'s",
    ]
)


def said(*texts: str) -> list[Word]:
    return [Word(text, float(second), second + 0.5, f"speaker {second}") for second, text in enumerate(texts)]


def origins(*texts: str) -> list[tuple[str, float | None]]:
    return [(word.text, word.start) for word in normalized(said(*texts))]


@given(st.lists(TEXTS, max_size=12))
def test_text_is_that_of_the_normalizer_for_the_whole(texts: list[str]) -> None:
    """Word by word or as running text, the scored words are those of EnglishTextNormalizer."""
    words = said(*texts)
    result = normalized(words)
    alone = any(EnglishTextNormalizer()(text).strip() for text in texts)
    assert [word.text for word in result] == (EnglishTextNormalizer()(text_of(words)).split() if alone else [])


@given(st.lists(TEXTS, max_size=12))
def test_every_word_keeps_a_speaker_and_its_times_in_order(texts: list[str]) -> None:
    """Each normalized word has speaker and times of one word of the input, and none goes back in time."""
    result = normalized(said(*texts))
    assert all(word.start is not None and word.speaker == f"speaker {word.start:.0f}" for word in result)
    assert [word.start for word in result] == sorted(word.start or 0.0 for word in result)


def test_number_that_the_normalizer_cannot_handle_is_kept() -> None:
    """Python converts no number of more than 4300 digits, which the normalizer does not expect."""
    assert origins("1" * 5000, "Well") == [("1" * 5000, 0.0), ("well", 1.0)]


def test_long_text_of_equal_words_takes_seconds() -> None:
    """It is cut into chunks where the speaker changes, and consecutive words are normalized together."""
    spoken = ("twenty", "five", "it")
    words = [Word(text, i / 10, i / 10, f"speaker {i // 20}") for i in range(2000) for text in spoken]
    began = time.process_time()
    assert [word.text for word in normalized(words)] == ["25", "it"] * 2000
    assert time.process_time() - began < 5


def test_contraction_is_several_words_of_one_place() -> None:
    """What becomes two words keeps the speaker and the time of the one it was."""
    assert origins("We're", "off.") == [("we", 0.0), ("are", 0.0), ("off", 1.0)]


def test_numbers_are_read_together() -> None:
    """Two spelled words of one number are one word, at the first of them, and the rest stays in place."""
    assert origins("twenty", "five", "years") == [("25", 0.0), ("years", 2.0)]


def test_fillers_are_not_words() -> None:
    """Hesitations are dropped, and with them the whole text if there is nothing else."""
    assert origins("uh", "hello") == [("hello", 1.0)]
    assert normalized(said("uh", "mm")) == ()
    assert normalized([]) == ()


def test_languages_without_spaces_are_compared_by_character() -> None:
    """Each character is a word, with the times and speaker of the word it is in."""
    words = [Word("你好", 0, 1, "ann"), Word("吗", 1, 2, "bob", joined=True)]
    assert [(word.text, word.speaker) for word in normalized(words, "zh")] == [
        ("你", "ann"),
        ("好", "ann"),
        ("吗", "bob"),
    ]


def test_other_languages_keep_their_spelling() -> None:
    """Case and punctuation are removed; contractions and numbers are normalized in English only."""
    assert [word.text for word in normalized([Word("Zwanzig,", 0, 1), Word("Ähm", 1, 2)], "de")] == ["zwanzig", "ähm"]
