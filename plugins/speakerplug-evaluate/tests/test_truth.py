from __future__ import annotations

import json
from pathlib import Path

import pytest

from speakerplug.errors import MediaError, UsageError
from speakerplug.formats.rttm import parse
from speakerplug.transcript import Turn, Word
from speakerplug_evaluate.manifest import read_set
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


def test_uem_is_one_region() -> None:
    """A UEM of one line is the scored region; several lines are an error."""
    assert read_uem("x 1 0.000 30.000\n") == (0.0, 30.0)
    with pytest.raises(ValueError, match="too many"):
        read_uem("x 1 0 10\nx 1 20 30\n")


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


@pytest.mark.parametrize(
    "manifest", ["{", "[]", '{"items": []}', '{"items": [{"id": "a"}]}', '{"items": 3}', "[" * 50_000]
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
