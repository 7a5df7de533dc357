from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.formats.spoken_labels import with_speakers
from speakerplug.subtitles.parsed import ParsedCue

Said = list[tuple[str | None, str]]


def said(*texts: str, ours: bool = False) -> Said:
    """Return who says what in cues of these texts."""
    cues = [ParsedCue(3000 * at, 3000 * at + 2000, ((None, text),)) for at, text in enumerate(texts)]
    found = [part for cue in with_speakers(cues, ours) for part in cue.parts]
    return [(who, " ".join(text.split())) for who, text in found if text.strip()]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("ANA: Hi Ben.", "ANA: There?\nBEN: Yes."), [("ANA", "Hi Ben."), ("ANA", "There?"), ("BEN", "Yes.")]),
        (("ANA: Hi\nBEN: yo",), [("ANA", "Hi"), ("BEN", "yo")]),
        (("-Ana: Really?\n-Ben: Yes.",), [("Ana", "Really?"), ("Ben", "Yes.")]),
        (("- ANA: Hi.\n- BEN: Yo.", "ok"), [("ANA", "Hi."), ("BEN", "Yo."), ("BEN", "ok")]),
        ((">> ANA: Hi.", ">> BEN: Yo."), [("ANA", "Hi."), ("BEN", "Yo.")]),
        (("Ana : Bonjour", "Ben : Salut"), [("Ana", "Bonjour"), ("Ben", "Salut")]),
        (("田中：はい", "山田：ええ"), [("田中", "はい"), ("山田", "ええ")]),  # noqa: RUF001
        (
            ("Ana Silva: Hi: you", "ben k (he/him): Yo", "Ana Silva: ok"),
            [("Ana Silva", "Hi: you"), ("ben k (he/him)", "Yo"), ("Ana Silva", "ok")],
        ),
        (("Smith, John: Hi", "Dr. J. de la Cruz: Yo"), [("Smith, John", "Hi"), ("Dr. J. de la Cruz", "Yo")]),
        (("[SPEAKER_00]: Hi", "[SPEAKER_01]: Yo"), [("SPEAKER_00", "Hi"), ("SPEAKER_01", "Yo")]),
        (("[speaker 0] Hi", "[speaker 1] Yo"), [("speaker 0", "Hi"), ("speaker 1", "Yo")]),
        (("Speaker 1: Hi",), [("Speaker 1", "Hi")]),
        (("[Ana] Hi", "[Ben] Yo", "[Ana] Ok"), [("Ana", "Hi"), ("Ben", "Yo"), ("Ana", "Ok")]),
        (("Ana:\nHi", "Ben:\nYo"), [("Ana", "Hi"), ("Ben", "Yo")]),
        (
            ("Hi.", "JOHN: Hey.", "What?", "MARY: Oh."),
            [(None, "Hi."), ("JOHN", "Hey."), (None, "What?"), ("MARY", "Oh.")],
        ),
    ],
)
def test_with_speakers_of_labeled_cues_names_them(texts: tuple[str, ...], expected: Said) -> None:
    """Labels of every common form, several in one cue, are speakers and no text."""
    assert said(*texts) == expected


@pytest.mark.parametrize(
    "texts",
    [
        ("Note: this is one.", "And so on."),
        ("Well hello.", "Ana: one colon.", "More."),
        ("Remember: be kind.", "Warning: hot."),
        ("Chapter 1: Home", "Chapter 2: Away"),
        ("He said: no.", "I told her this: go."),
        ("At 10:30: lunch", "The ratio 3:1"),
        ("1: one", "2: two"),
        ("(laughs) Hi.", "(sighs) Yo."),
        ("[Music] Hi", "[Applause] Yo", "[Music] Ok"),
        ("Really? No: you", "What! Well: me"),
        ("- Hi.\n- Hello.",),
        ("one", "Two words in the middle of it: a", "three", "And this is again a sentence: b"),
    ],
)
def test_with_speakers_of_prose_names_nobody(texts: tuple[str, ...]) -> None:
    """A colon after words of prose, one colon alone, sounds and dashes leave the text as it is."""
    assert said(*texts) == [(None, " ".join(text.split())) for text in texts]


def test_with_speakers_a_wrapped_line_is_no_label() -> None:
    """A colon in the second line counts where a sentence ends before it, or the name is known or spelled alike."""
    text = "ANA: I think that this is the\nThing: good"
    assert said(text, "BEN: ok") == [("ANA", "I think that this is the Thing: good"), ("BEN", "ok")]


def test_with_speakers_label_of_a_first_cue_holds_until_the_next() -> None:
    """As in our own files; an unnamed change of speaker ends it."""
    assert said("ANA: a", "b", "BEN: c", "d") == [("ANA", "a"), ("ANA", "b"), ("BEN", "c"), ("BEN", "d")]
    assert said("ANA: a", "- b\n- c", "d", "BEN: e", ">> f") == [
        ("ANA", "a"),
        (None, "- b"),
        (None, "- c"),
        (None, "d"),
        ("BEN", "e"),
        (None, ">> f"),
    ]


def test_with_speakers_label_in_brackets_holds_for_its_cue() -> None:
    """WhisperX labels every segment that has a speaker."""
    assert said("[SPEAKER_00]: a", "b") == [("SPEAKER_00", "a"), (None, "b")]


def test_with_speakers_of_our_form_takes_the_first_label_alone() -> None:
    """A file of one speaker in our form has one label; prose names nobody there either."""
    assert said("Ana: a", "b", ours=True) == [("Ana", "a"), ("Ana", "b")]
    assert said("Note: a", "b", ours=True) == [(None, "Note: a"), (None, "b")]
    assert said("a", "Ana: b", ours=True) == [(None, "a"), (None, "Ana: b")]


def test_with_speakers_of_voices_repeats_no_name() -> None:
    """Where cues have voices, labels name nobody; those that repeat the voice and dashes between voices are removed."""
    cue = ParsedCue(0, 1, (("Ana", "-Ana: Hi Ben: you\n"), ("Ben", "- Yo")))
    other = ParsedCue(2, 3, ((None, "Cy: no"),))
    assert [each.parts for each in with_speakers([cue, other])] == [
        (("Ana", " Hi Ben: you\n"), ("Ben", "Yo")),
        ((None, "Cy: no"),),
    ]


@given(
    st.lists(
        st.sampled_from(("Ana: ", "[SPEAKER_00]: ", "- ", ">> ", "\n", "x. ", ": ", "Note: ", "[a] ")), max_size=12
    )
)
def test_with_speakers_of_any_text_loses_labels_alone(pieces: list[str]) -> None:
    """Words stay in their order; a time in the cue stays between the same words."""
    text = "".join(pieces)
    cue = ParsedCue(0, 1000, ((None, text),) if text else (), ((text.find("x"), 500),) if "x" in text else ())
    (found,) = with_speakers([cue])
    assert found.text.count("x.") == text.count("x.")
    assert all(found.text[position : position + 1] == "x" for position, _ in found.times)
