from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meeteval.io.seglst import SegLST

from speakerplug.transcript import Turn, Word
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.diarization_error import der
from speakerplug_evaluate.rates import Rate, pooled
from speakerplug_evaluate.scoring import cp_wer, speaker_mapping, tcp_wer, wder, wer

TEXTS = st.sampled_from(["a", "b", "c", "d", "e"])
SPEAKERS = st.sampled_from(["ann", "bob", "cy"])


@st.composite
def conversations(draw: st.DrawFn, min_size: int = 0) -> list[Word]:
    said = draw(st.lists(st.tuples(TEXTS, SPEAKERS), min_size=min_size, max_size=25))
    return [Word(text, float(second), second + 0.5, speaker) for second, (text, speaker) in enumerate(said)]


def said(texts: str, speakers: str, start: float = 0.0) -> list[Word]:
    return [
        Word(text, start + second, start + second + 0.5, None if speaker == "-" else speaker)
        for second, (text, speaker) in enumerate(zip(texts, speakers, strict=True))
    ]


def wder_of(reference: list[Word], hypothesis: list[Word]) -> Rate:
    return pooled(wder(reference, hypothesis, align(reference, hypothesis)))


def wer_of(reference: list[Word], hypothesis: list[Word]) -> Rate:
    return pooled(wer(reference, hypothesis, align(reference, hypothesis)))


def cp_wer_of(reference: list[Word], hypothesis: list[Word]) -> Rate:
    return pooled(cp_wer(reference, hypothesis))


def tcp_wer_of(reference: list[Word], hypothesis: list[Word], collar: float = 5.0) -> Rate:
    return pooled(tcp_wer(reference, hypothesis, collar=collar))


def der_of(reference: list[Turn], hypothesis: list[Turn], region: tuple[float, float], collar: float) -> Rate:
    return pooled(der(reference, hypothesis, region, collar))


def edit_distance(reference: list[Word], hypothesis: list[Word]) -> int:
    costs = list(range(len(hypothesis) + 1))
    for row, truth in enumerate(reference, start=1):
        diagonal, costs[0] = costs[0], row
        for column, word in enumerate(hypothesis, start=1):
            paired = diagonal + (truth.text != word.text)
            diagonal = costs[column]
            costs[column] = min(paired, costs[column] + 1, costs[column - 1] + 1)
    return costs[-1]


@given(conversations(), conversations())
def test_alignment_has_fewest_edits(reference: list[Word], hypothesis: list[Word]) -> None:
    """Times break ties only: the alignment costs no more than the Levenshtein distance."""
    assert wer_of(reference, hypothesis) == Rate(edit_distance(reference, hypothesis), len(reference))


@given(conversations(), conversations())
def test_alignment_uses_every_word_once_and_in_order(reference: list[Word], hypothesis: list[Word]) -> None:
    """Each side of the alignment, without its gaps, is that side's words in their order."""
    pairs = align(reference, hypothesis)
    assert [r for r, _ in pairs if r is not None] == list(range(len(reference)))
    assert [h for _, h in pairs if h is not None] == list(range(len(hypothesis)))


def test_alignment_breaks_ties_by_time() -> None:
    """A word that matches either of two equal reference words is aligned to the one at its time."""
    reference = said("aa", "xy")
    assert align(reference, said("a", "y", start=0.0)) == ((0, 0), (1, None))
    assert align(reference, said("a", "y", start=1.0)) == ((0, None), (1, 0))


def test_words_without_times_are_aligned_by_text() -> None:
    """Missing times cost nothing."""
    reference = [Word(text, None, None, "x") for text in "abc"]
    assert align(reference, said("ac", "xx")) == ((0, 0), (1, None), (2, 1))


@given(conversations(min_size=1))
def test_reference_against_itself_has_no_errors(reference: list[Word]) -> None:
    """The reference as a system's result scores zero in every measure."""
    for measure in (wer_of, wder_of, cp_wer_of, tcp_wer_of):
        assert measure(reference, reference) == Rate(0, len(reference))


@given(conversations(min_size=1), conversations(), st.permutations(["ann", "bob", "cy"]))
def test_renaming_speakers_changes_nothing(reference: list[Word], hypothesis: list[Word], names: list[str]) -> None:
    """Speaker labels are arbitrary: any one-to-one renaming of the hypothesis leaves the measures as they are."""
    new = dict(zip(["ann", "bob", "cy"], names, strict=True))
    renamed = [replace(word, speaker=new[word.speaker or ""] + "-renamed") for word in hypothesis]
    assert wder_of(reference, renamed) == wder_of(reference, hypothesis)
    assert cp_wer_of(reference, renamed) == cp_wer_of(reference, hypothesis)
    assert tcp_wer_of(reference, renamed) == tcp_wer_of(reference, hypothesis)


@given(st.integers(2, 20), st.integers(2, 20), st.data())
def test_one_word_of_another_speaker_costs_one_word(anns: int, bobs: int, data: st.DataObject) -> None:
    """If each speaker keeps most words, one word with another speaker adds 1/n to WDER."""
    speakers = "x" * anns + "y" * bobs
    swapped = data.draw(st.integers(0, len(speakers) - 1))
    other = "y" if speakers[swapped] == "x" else "x"
    texts = "a" * len(speakers)
    changed = speakers[:swapped] + other + speakers[swapped + 1 :]
    assert wder_of(said(texts, speakers), said(texts, changed)) == Rate(1, len(speakers))


@given(conversations(), conversations())
def test_wder_is_between_zero_and_one(reference: list[Word], hypothesis: list[Word]) -> None:
    """None to all of the paired words can have the wrong speaker; inserted and deleted words do not count."""
    rate = wder_of(reference, hypothesis)
    assert 0 <= rate.errors <= rate.total <= min(len(reference), len(hypothesis))


@given(conversations(min_size=1))
def test_empty_hypothesis_misses_every_word_and_confuses_none(reference: list[Word]) -> None:
    """Without words WER, cpWER and tcpWER are 1, and WDER has nothing to count."""
    for measure in (wer_of, cp_wer_of, tcp_wer_of):
        assert measure(reference, []) == Rate(len(reference), len(reference))
    assert wder_of(reference, []) == Rate(0, 0)


def test_word_without_speaker_is_wrong() -> None:
    """None is never mapped to a speaker, in any measure."""
    reference, hypothesis = said("abcd", "xxyy"), said("abcd", "11--")
    assert wder_of(reference, hypothesis) == Rate(2, 4)
    assert cp_wer_of(reference, hypothesis) == Rate(4, 4)
    assert tcp_wer_of(reference, hypothesis) == Rate(4, 4)


def test_one_speaker_for_all_is_right_for_one_of_them_only() -> None:
    """The mapping is one to one: with one speaker found, only the words of the one who speaks most are right."""
    reference, hypothesis = said("abcde", "xxxyz"), said("abcde", "11111")
    pairs = align(reference, hypothesis)
    assert speaker_mapping(reference, hypothesis, pairs) == {"1": "x"}
    assert wder_of(reference, hypothesis) == Rate(2, 5)


def test_extra_speaker_is_wrong_in_all_words() -> None:
    """Two found speakers cannot both be the same true one."""
    assert wder_of(said("abcde", "xxxxx"), said("abcde", "11122")) == Rate(2, 5)


def test_substituted_words_count_for_wder_and_others_do_not() -> None:
    """A misrecognized word has a right or wrong speaker; an inserted or deleted one has none."""
    reference, hypothesis = said("abcd", "xxxy"), said("aqc", "111")
    assert wder_of(reference, hypothesis) == Rate(0, 3)


def test_rates_pool_by_their_words() -> None:
    """Errors and totals are summed, so that recordings weigh by their length; nothing to score has no value."""
    assert (Rate(1, 10) + Rate(0, 30)).value == pytest.approx(1 / 40)
    assert Rate(0, 0).value is None


def test_der_counts_missed_false_and_confused_seconds() -> None:
    """One second each of missed, false and confused speech are three seconds of the six spoken ones."""
    reference = [Turn(1, 4, "x"), Turn(5, 8, "y")]
    hypothesis = [Turn(0, 3, "1"), Turn(5, 7, "2"), Turn(7, 8, "1")]
    assert der_of(reference, hypothesis, (0, 10), collar=0.0) == Rate(pytest.approx(3), pytest.approx(6))


def test_der_counts_overlap_for_each_speaker() -> None:
    """Two people talking concurrently are two seconds of speech per second; finding one of them misses half."""
    assert der_of([Turn(0, 2, "x"), Turn(0, 2, "y")], [Turn(0, 2, "1")], (0, 2), collar=0.0) == Rate(2, 4)


def test_der_ignores_the_collar_on_either_side_of_an_edge() -> None:
    """An edge that is off by less than the collar, early or late, costs nothing."""
    reference = [Turn(1, 5, "x")]
    for hypothesis in ([Turn(0.8, 5.2, "1")], [Turn(1.2, 4.8, "1")]):
        assert der_of(reference, hypothesis, (0, 10), collar=0.0).errors == pytest.approx(0.4)
        assert der_of(reference, hypothesis, (0, 10), collar=0.25).errors == pytest.approx(0)


def test_der_scores_the_region_only() -> None:
    """Turns outside the scored region are neither right nor wrong."""
    assert der_of([Turn(0, 1, "x")], [Turn(0, 1, "1"), Turn(5, 9, "2")], (0, 4), collar=0.0) == Rate(0, 1)


@given(conversations(), conversations(), st.floats(0, 6))
def test_cp_and_tcp_wer_are_those_of_meeteval(reference: list[Word], hypothesis: list[Word], collar: float) -> None:
    """Sorting errors into blocks does not change them: the sums are meeteval's."""
    from meeteval.wer import cp_word_error_rate, time_constrained_minimum_permutation_word_error_rate

    def segments(words: list[Word]) -> SegLST:
        return SegLST(
            [
                {"session_id": "", "speaker": w.speaker, "words": w.text, "start_time": w.start, "end_time": w.end}
                for w in words
            ]
        )

    if reference and hypothesis:
        expected = cp_word_error_rate(segments(reference), segments(hypothesis))
        assert sum(block.errors for block in cp_wer(reference, hypothesis, blocks=3)) == expected.errors
    constrained = time_constrained_minimum_permutation_word_error_rate(
        segments(reference), segments(hypothesis), collar=collar
    )
    found = tcp_wer(reference, hypothesis, blocks=3, collar=collar)
    assert pooled(found) == Rate(constrained.errors, len(reference))


def test_word_far_from_its_time_is_wrong_in_tcp_wer() -> None:
    """Within the collar a late word is right; beyond it, it is a deletion and an insertion."""
    reference = said("ab", "xx")
    assert tcp_wer_of(reference, said("ab", "11", start=3.0)) == Rate(0, 2)
    assert tcp_wer_of(reference, said("ab", "11", start=9.0)) == Rate(4, 2)


@given(conversations(), conversations(), st.integers(1, 4))
def test_blocks_add_up_to_the_whole(reference: list[Word], hypothesis: list[Word], blocks: int) -> None:
    """However many blocks a recording has, their errors and words are those of the whole."""
    reference = [replace(word, start=4 * (word.start or 0), end=4 * (word.end or 0)) for word in reference]
    hypothesis = [replace(word, start=4 * (word.start or 0), end=4 * (word.end or 0)) for word in hypothesis]
    pairs = align(reference, hypothesis)
    assert len(wer(reference, hypothesis, pairs, blocks)) == blocks
    assert pooled(wer(reference, hypothesis, pairs, blocks)) == pooled(wer(reference, hypothesis, pairs))
    assert pooled(wder(reference, hypothesis, pairs, blocks)) == pooled(wder(reference, hypothesis, pairs))
    assert pooled(cp_wer(reference, hypothesis, blocks)) == pooled(cp_wer(reference, hypothesis))


TURNS = st.lists(
    st.builds(
        lambda start, length, speaker: Turn(start, start + length, speaker),
        st.floats(0, 80), st.floats(0.1, 20), st.sampled_from(["ann", "bob", "found ann"]),
    ),
    max_size=8,
)  # fmt: skip


@given(TURNS, TURNS, st.sampled_from([0.0, 0.25]))
def test_der_is_that_of_pyannote_metrics(reference: list[Turn], hypothesis: list[Turn], collar: float) -> None:
    """Block by block, with speakers mapped once, the seconds are those of DiarizationErrorRate on the whole."""
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(turns: list[Turn], prefix: str = "") -> Annotation:
        return Annotation.from_records(
            (Segment(turn.start, turn.end), number, prefix + turn.speaker) for number, turn in enumerate(turns)
        )

    region = Timeline([Segment(5, 95)])
    metric = DiarizationErrorRate(collar=2 * collar)
    detail = metric(annotation(reference), annotation(hypothesis, "found "), uem=region, detailed=True)
    errors = detail["missed detection"] + detail["false alarm"] + detail["confusion"]
    found = pooled(der(reference, hypothesis, (5, 95), collar, blocks=4))
    assert found.errors == pytest.approx(errors, abs=1e-6)
    assert found.total == pytest.approx(detail["total"], abs=1e-6)
