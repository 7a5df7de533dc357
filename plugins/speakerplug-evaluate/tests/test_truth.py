from __future__ import annotations

import json
from pathlib import Path

import pytest

from speakerplug.errors import MediaError, UsageError
from speakerplug.formats.rttm import parse
from speakerplug.transcript import Turn, Word
from speakerplug_evaluate.hypotheses import Hypothesis
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.measures import score
from speakerplug_evaluate.rates import pooled
from speakerplug_evaluate.reading import Utterance, read_stm, read_uem, read_words, words_of
from speakerplug_evaluate.truth import by_utterance

STM = """;; id channel speaker start end text
talk 1 bob 2.0 4.0 <o,f0,male> two words
talk 1 ann 0.0 3.0 the first who speaks
talk 1 ann 5.0 6.0
"""


def test_stm_lines_become_utterances_by_start() -> None:
    """Comments and labels are skipped, an utterance without words stays, and order is by start."""
    assert read_stm(STM) == (
        Utterance(0.0, 3.0, "ann", "the first who speaks"),
        Utterance(2.0, 4.0, "bob", "two words"),
        Utterance(5.0, 6.0, "ann", ""),
    )


def test_rttm_lines_become_turns() -> None:
    """Start and duration become start and end; lines of another type are not turns."""
    text = "SPKR-INFO x 1 <NA> <NA> <NA> unknown ann <NA>\nSPEAKER x 1 1.500 2.000 <NA> <NA> ann <NA> <NA>\n"
    assert parse(text) == (Turn(1.5, 3.5, "ann"),)


def test_uem_lines_are_regions() -> None:
    """Each line is a scored region; they are sorted, joined where they overlap, and split by recording."""
    assert read_uem("x 1 0.000 30.000\n") == ((0.0, 30.0),)
    assert read_uem("x 1 20 30\nx 1 0 10\nx 2 8 12\ny 1 40 50\n", "x") == ((0.0, 12.0), (20.0, 30.0))
    with pytest.raises(ValueError, match="no region"):
        read_uem("x 1 0 10\n", "y")


def test_words_json_is_read() -> None:
    """Each entry is a word with its times and speaker."""
    text = json.dumps([{"word": "so", "start": 1, "end": 1.5, "speaker": "ann"}])
    assert read_words(text) == (Word("so", 1.0, 1.5, "ann"),)


def test_utterance_words_share_its_time_by_length() -> None:
    """If only utterances have times, words are laid end to end in them and marked as estimated."""
    words = words_of([Utterance(1.0, 4.0, "ann", "a bb")])
    assert words == (Word("a", 1.0, 2.0, "ann", estimated=True), Word("bb", 2.0, 4.0, "ann", estimated=True))


def test_overlapping_utterances_are_not_interleaved() -> None:
    """Words come utterance by utterance, though another speaker's words are between them in time."""
    ann = [Word(text, start, start + 0.4, "ann") for text, start in (("one", 0.0), ("two", 1.0), ("three", 2.0))]
    bob = [Word("yes", 0.5, 0.9, "bob"), Word("no", 3.0, 3.4, "bob")]
    utterances = [Utterance(0, 2.4, "ann", ""), Utterance(0.5, 0.9, "bob", ""), Utterance(3, 3.4, "bob", "")]
    in_time = sorted([*ann, *bob], key=lambda word: word.start or 0.0)
    assert [word.text for word in by_utterance(in_time, utterances)] == ["one", "two", "three", "yes", "no"]


def test_manifest_names_audio_reference_and_region(tmp_path: Path) -> None:
    """Paths are relative to the manifest; without word times the STM has the words, without UEM all is scored."""
    (tmp_path / "talk.stm").write_text(STM)
    (tmp_path / "talk.rttm").write_text("SPEAKER talk 1 0.0 3.0 <NA> <NA> ann <NA> <NA>\n")
    entry = {"id": "talk", "kind": "k", "audio": "talk.wav", "duration_s": 9, "num_speakers": 2, "stm": "talk.stm"}
    entry |= {"rttm": "talk.rttm", "words": None, "uem": None, "words_uem": [0.0, 3.0]}
    (tmp_path / "manifest.json").write_text(json.dumps({"set": "S", "items": [entry]}))
    (item,) = read_set(tmp_path)
    assert item.audio == tmp_path / "talk.wav"
    assert item.truth.turns == (Turn(0.0, 3.0, "ann"),)
    assert item.truth.region == (0.0, 9.0)
    assert [word.text for word in item.truth.words] == ["the", "first", "who", "speaks", "two"]


def test_list_of_several_recordings_is_read_by_id() -> None:
    """STM and RTTM name the recording in each line; those of others are skipped."""
    assert read_stm("a 1 ann 0 1 yes\nb 1 bob 0 1 no\n", "b") == (Utterance(0.0, 1.0, "bob", "no"),)
    rttm = "SPEAKER a 1 0 1 <NA> <NA> ann <NA> <NA>\nSPEAKER b 1 2 1 <NA> <NA> bob <NA> <NA>\n"
    assert parse(rttm, "b") == (Turn(2.0, 3.0, "bob"),)


@pytest.mark.parametrize("times", ["2 1", "nan 1", "0 inf"])
def test_invalid_times_are_rejected(times: str) -> None:
    """An utterance that ends before it starts, or never, is invalid."""
    with pytest.raises(ValueError, match="it goes from"):
        read_stm(f"talk 1 ann {times} hello")


def test_folder_without_a_manifest_is_read_by_file_names(tmp_path: Path) -> None:
    """Files of one name are one recording; without a UEM it is scored up to the last end."""
    (tmp_path / "talk.stm").write_text(STM)
    (tmp_path / "talk.flac").touch()
    (tmp_path / "turns.rttm").write_text("SPEAKER turns 1 0.0 3.0 <NA> <NA> ann <NA> <NA>\n")
    talk, turns = read_set(tmp_path)
    assert (talk.id, talk.audio, talk.num_speakers) == ("talk", tmp_path / "talk.flac", 2)
    assert talk.truth.region == (0.0, 4.0)
    assert (turns.truth.words, turns.num_speakers, turns.duration) == ((), 1, 3.0)


def _one(num_speakers: str) -> str:
    return f'{{"items": [{_entry(num_speakers)}]}}'


def _two(num_speakers: str) -> str:
    return f'{{"items": [{_entry(num_speakers)}, {_entry(num_speakers)}]}}'


def _entry(num_speakers: str) -> str:
    return f'{{"id": "a", "kind": "x", "audio": "a.wav", "duration_s": 1, "num_speakers": {num_speakers}}}'


@pytest.mark.parametrize(
    "manifest",
    [
        "{",
        "[]",
        '{"items": []}',
        '{"items": [{"id": "a"}]}',
        '{"items": 3}',
        "[" * 50_000,
        _two("1"),
        _one("null"),
        _one('"three"'),
    ],
)
def test_damaged_manifest_is_named(tmp_path: Path, manifest: str) -> None:
    """Whatever is wrong with it, the error is one sentence that names the file."""
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(MediaError, match=r"manifest\.json cannot be read as a manifest"):
        read_set(tmp_path)


def test_missing_manifest_is_one_sentence(tmp_path: Path) -> None:
    """A missing path, and a folder without a reference, are named."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError, match=str(path)):
            read_set(path)


def test_folder_with_lists_of_several_recordings_is_split_by_id(tmp_path: Path) -> None:
    """Each id is a recording with its own lines of STM, RTTM and UEM; files of one recording go by their name."""
    (tmp_path / "all.stm").write_text("a 1 ann 0 1 yes\nb 1 bob 0 2 no\n")
    (tmp_path / "truth.rttm").write_text(
        "SPEAKER a 1 0 1 <NA> <NA> ann <NA> <NA>\nSPEAKER b 1 0 2 <NA> <NA> bob <NA> <NA>\n"
    )
    (tmp_path / "all.uem").write_text("a 1 0 1\nb 1 0 1\nb 1 1.5 2\n")
    (tmp_path / "c.stm").write_text("other-id 1 cid 0 3 well\n")
    (tmp_path / "b.wav").touch()
    a, b, c = read_set(tmp_path)
    assert [item.id for item in (a, b, c)] == ["a", "b", "c"]
    assert [[word.text for word in item.truth.words] for item in (a, b, c)] == [["yes"], ["no"], ["well"]]
    assert (a.truth.turns, b.truth.turns) == ((Turn(0.0, 1.0, "ann"),), (Turn(0.0, 2.0, "bob"),))
    assert (b.truth.region, b.truth.gaps, b.audio) == ((0.0, 2.0), ((1.0, 1.5),), tmp_path / "b.wav")


def manifest(folder: Path, **files: object) -> Path:
    """Write a manifest of the recording `talk`."""
    entry = {"id": "talk", "kind": "k", "audio": "t 1.wav", "duration_s": 9, "num_speakers": 2, **files}
    (folder / "manifest.json").write_text(json.dumps({"items": [entry]}))
    return folder


@pytest.mark.parametrize("name", ["talk", "t_1", "t"])
def test_manifest_takes_the_lines_of_its_recording(tmp_path: Path, name: str) -> None:
    """By its id or the name of its audio file; a list of other recordings is refused, as all would be wrong."""
    (tmp_path / "all.stm").write_text(f"{name} 1 ann 0 1 yes\nother 1 bob 0 2 no\n")
    manifest(tmp_path, stm="all.stm")
    if name == "t":
        with pytest.raises(UsageError, match="lines of t, other, but none of talk or t 1"):
            read_set(tmp_path)
    else:
        (item,) = read_set(tmp_path)
        assert [word.text for word in item.truth.words] == ["yes"]


def test_words_of_a_manifest_are_any_transcript(tmp_path: Path) -> None:
    """Whatever `speakerplug.load` reads is a reference."""
    (tmp_path / "talk.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ann>well then\n")
    (item,) = read_set(manifest(tmp_path, words="talk.vtt"))
    assert [(word.text, word.speaker) for word in item.truth.words] == [("well", "Ann"), ("then", "Ann")]


@pytest.mark.parametrize("mark", ["ignore_time_segment_in_scoring", "IGNORE_TIME_SEGMENT_IN_SCORING"])
def test_ignored_time_of_an_stm_is_not_scored(tmp_path: Path, mark: str) -> None:
    """It has no words, and words of the result in it do not count."""
    stm = f"talk 1 ann 0 2 hello there\ntalk 1 inter_segment_gap 2 4 <o,,unknown> {mark}\ntalk 1 bob 4 6 hi you\n"
    (tmp_path / "talk.stm").write_text(stm)
    (item,) = read_set(tmp_path)
    assert [word.text for word in item.truth.words] == ["hello", "there", "hi", "you"]
    assert item.truth.ignored == ((2.0, 4.0),)
    said = [
        ("hello", 0, "A"),
        ("there", 1, "A"),
        ("noise", 2.2, "A"),
        ("music", 3, "B"),
        ("hi", 4, "B"),
        ("you", 5, "B"),
    ]
    words = tuple(Word(text, start, start + 0.9, who) for text, start, who in said)
    result = score(item, Hypothesis(words, None))
    assert {name: sum(block.errors for block in blocks) for name, blocks in result.measures.items()} == {
        "wer": 0,
        "cpwer": 0,
        "tcpwer": 0,
        "wder": 0,
    }


def test_gaps_of_a_uem_are_not_scored(tmp_path: Path) -> None:
    """Speech between two regions counts neither as missed nor as false."""
    (tmp_path / "talk.rttm").write_text("SPEAKER talk 1 0 9 <NA> <NA> ann <NA> <NA>\n")
    (tmp_path / "talk.uem").write_text("talk 1 0 3\ntalk 1 6 9\n")
    (item,) = read_set(tmp_path)
    rate = pooled(score(item, Hypothesis(None, (Turn(0, 4, "A"), Turn(7, 9, "A")))).measures["der"])
    assert (rate.errors, rate.total) == (pytest.approx(1.0), pytest.approx(6.0))


TURNS = "".join(f"SPEAKER {name} 1 0.0 4.0 <NA> <NA> Ana <NA> <NA>\n" for name in ("a", "b"))


def test_folder_with_a_uem_of_one_recording_in_a_list_scores_its_region(tmp_path: Path) -> None:
    """A list of a single recording is still a list where no recording has its name."""
    (tmp_path / "truth.rttm").write_text(TURNS, encoding="utf-8")
    (tmp_path / "truth.uem").write_text("a 1 1.0 3.0\n", encoding="utf-8")
    assert [(item.id, item.truth.region) for item in read_set(tmp_path)] == [("a", (1.0, 3.0)), ("b", (0.0, 4.0))]


def test_folder_with_two_lists_of_a_recording_is_refused(tmp_path: Path) -> None:
    """Neither is left out in silence."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.rttm").write_text(TURNS, encoding="utf-8")
    with pytest.raises(UsageError, match=r"one\.rttm and .*two\.rttm both have lines of a"):
        read_set(tmp_path)


def test_read_set_of_a_list_names_its_folder(tmp_path: Path) -> None:
    """An RTTM file is no damaged manifest."""
    (tmp_path / "truth.rttm").write_text(TURNS, encoding="utf-8")
    with pytest.raises(UsageError, match="name the folder"):
        read_set(tmp_path / "truth.rttm")
