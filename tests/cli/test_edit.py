"""`speakerplug edit`: corrections in place, other formats, messages and exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from speakerplug import load
from speakerplug.transcript import Media, Speaker, SpeakerTree, Transcript, Turn, Word
from tests.cli.conftest import Run, write_wav

WORDS = tuple(
    Word(text, float(at), at + 0.8, who, confidence=0.9, method="exact", speaker_confidence=0.8)
    for at, (text, who) in enumerate(
        [("How", "A"), ("voice", "A"), ("it", "A"), ("works.", "A"), ("I", "B"), ("see.", "B"), ("Good.", "C")]
    )
)
TURNS = (Turn(0.0, 1.9, "A"), Turn(1.9, 3.9, "A"), Turn(3.9, 5.9, "B"), Turn(5.9, 7.0, "C"))
TALK = Transcript(
    WORDS,
    turns=TURNS,
    exclusive=TURNS,
    speakers=(Speaker("A", "Ana"), Speaker("B", "Ben"), Speaker("C", "Ben")),
    media=Media("talk.wav", 7.0),
    speaker_tree=SpeakerTree((0, 1, 2, 3), ((2, 3), (0, 1), (0, 2))),
)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return a saved transcript."""
    return TALK.save(tmp_path / "talk.json")


Said = Callable[[], str]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that returns what was printed to stderr, in one line."""
    return lambda: " ".join(capsys.readouterr().err.split())


def speakers(path: Path) -> str:
    """Return the ids of the words' speakers."""
    return "".join(word.speaker or "-" for word in load(path).words)


def test_edit_replace_writes_the_phrase_and_keeps_other_words(run: Run, talk: Path, said: Said) -> None:
    """Times and confidences of words that are not replaced stay."""
    assert run("edit", talk, "--replace", "voice it=voice it is") == 0
    after = load(talk)
    assert after.text == "How voice it is works. I see. Good."
    assert (*after.words[:3], *after.words[4:]) == WORDS
    assert "Words that are new or changed: 1; with another speaker: 0" in said()


def test_edit_speaker_gives_the_words_between_two_times(run: Run, talk: Path, said: Said) -> None:
    """To a speaker by name or id, or a new one."""
    assert run("edit", talk, "--speaker", "0:02-0:04=Cleo", "--speaker", "4-5=A") == 0
    after = load(talk)
    assert [word.speaker for word in after.words] == ["A", "A", "SPEAKER_00", "SPEAKER_00", "A", "B", "C"]
    assert after.name_of("SPEAKER_00") == "Cleo"
    assert Turn(1.9, 3.9, "SPEAKER_00") in after.exclusive
    assert "Added SPEAKER_00 (Cleo)" in said()


def test_edit_merge_makes_two_speakers_one(run: Run, talk: Path) -> None:
    """The id that was merged is gone."""
    assert run("edit", talk, "--merge", "C=Ana") == 0
    assert speakers(talk) == "AAAABBA"
    assert [speaker.id for speaker in load(talk).speakers] == ["A", "B"]


def test_edit_merge_names_merges_ids_of_one_name(run: Run, talk: Path, said: Said) -> None:
    """Only on request: else the log says how."""
    assert run("edit", talk, "--replace", "Good=Fine") == 0
    assert "2 speakers are named Ben; --merge-names makes them one" in said()
    assert run("edit", talk, "--merge-names") == 0
    assert speakers(talk) == "AAAABBB"


def test_edit_split_divides_a_speaker_by_the_tree(run: Run, talk: Path) -> None:
    """The smaller half has the new name."""
    assert run("edit", talk, "--split", "Ana=Dan") == 0
    after = load(talk)
    assert [word.speaker for word in after.words[:4]] == ["SPEAKER_00", "SPEAKER_00", "A", "A"]
    assert after.name_of("SPEAKER_00") == "Dan"


@pytest.mark.parametrize("format", ["srt", "vtt", "html"])
def test_edit_from_a_corrected_copy_keeps_what_did_not_change(run: Run, talk: Path, format: str) -> None:
    """Subtitles have no confidences and estimated times: those of the JSON stay."""
    named = replace(TALK, speakers=(*TALK.speakers[:2], Speaker("C", "Cleo")))
    named.save(talk)
    copy = named.save(talk.with_name(f"copy.{format}"))
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text.replace("works.", "talks."), encoding="utf-8")
    assert run("edit", talk, "--from", copy) == 0
    after = load(talk)
    assert after.words == tuple(
        replace(word, text="talks.", confidence=None) if word.text == "works." else word for word in WORDS
    )
    assert (after.turns, after.exclusive, after.speakers) == (named.turns, named.exclusive, named.speakers)


def test_edit_from_a_copy_of_a_part_is_refused_without_force(run: Run, talk: Path, said: Said) -> None:
    """More than a third of the words would be gone, also where few are left."""
    before = talk.read_bytes()
    for left in (2, 4):
        copy = replace(TALK, words=WORDS[:left]).save(talk.with_name("copy.srt"))
        assert run("edit", talk, "--from", copy) == 2
        assert f"copy.srt covers only a part: {7 - left} of 7 words would be deleted; give a copy" in said()
        assert talk.read_bytes() == before
    assert run("edit", talk, "--from", copy, "--force") == 0
    assert load(talk).words == WORDS[:4]


def test_edit_from_a_shorter_copy_says_how_many_words_are_gone(run: Run, talk: Path, said: Said) -> None:
    """Up to a third of them, without more questions."""
    copy = replace(TALK, words=WORDS[:5]).save(talk.with_name("copy.srt"))
    assert run("edit", talk, "--from", copy) == 0
    assert "Words now: 5 instead of 7" in said()


def test_edit_from_subtitles_moves_words_to_another_label(run: Run, talk: Path) -> None:
    """The turns under them, too."""
    copy = TALK.save(talk.with_name("copy.vtt"))
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text.replace("<v Ana>How voice it works.", "<v Ana>How voice</v> <v Ben>it works."), "utf-8")
    assert run("edit", talk, "--from", copy) == 0
    assert speakers(talk) == "AABBBBC"
    assert Turn(1.9, 3.9, "B") in load(talk).exclusive


def test_edit_in_place_keeps_unknown_members(run: Run, talk: Path) -> None:
    """What another program wrote into the JSON stays."""
    members = json.loads(talk.read_text())
    talk.write_text(json.dumps({"x_note": [1], **members}))
    assert run("edit", talk, "--merge", "C=B", "-q") == 0
    assert json.loads(talk.read_text())["x_note"] == [1]


def test_edit_that_changes_nothing_writes_nothing(run: Run, talk: Path, said: Said) -> None:
    """It says so; only what was asked for by name is written."""
    replace(TALK, speakers=(*TALK.speakers, Speaker("D", "Dan"))).save(talk)  # of nobody's words
    copy, before = TALK.save(talk.with_name("copy.srt")), (talk.read_bytes(), talk.stat().st_mtime_ns)
    assert run("edit", talk, "--from", copy) == 0
    assert run("edit", talk, "--replace", "voice=voice", "--vtt") == 0
    assert said().count("Nothing changed.") == 2
    assert (talk.read_bytes(), talk.stat().st_mtime_ns) == before
    assert sorted(path.name for path in talk.parent.iterdir()) == ["copy.srt", "talk.json", "talk.vtt"]


def test_edit_with_formats_writes_them_beside_the_json(run: Run, talk: Path) -> None:
    """As convert does; the JSON is written in any case."""
    write_wav(talk.with_name("talk.wav"), 0.1)
    assert run("edit", talk, "--replace", "works=talks", "--srt", "--json", "--html", "-q") == 0
    assert "voice it talks." in talk.with_suffix(".srt").read_text()
    assert "talks." in load(talk).text
    assert "talk.wav" in talk.with_suffix(".html").read_text()


def test_edit_with_output_leaves_the_json(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o takes a file of any format, or standard output, which gets JSON."""
    before = talk.read_bytes()
    assert run("edit", talk, "--merge", "C=B", "-o", talk.with_name("new.json"), "-q") == 0
    capsys.readouterr()
    assert run("edit", talk, "--merge", "C=B", "-o", "-", "-q") == 0
    assert capsys.readouterr().out == talk.with_name("new.json").read_text()
    assert run("edit", talk, "--merge", "C=B", "-o", talk.with_name("new.srt"), "-q") == 0
    assert "Good." in talk.with_name("new.srt").read_text()
    assert talk.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Give a correction, such as --replace OLD=NEW"),
        (("--replace", "no such=x"), "The words 'no such' are not in the transcript"),
        (("--replace", "voice"), '--replace voice cannot be read; write it like --replace "voice it=voice it is".'),
        (("--speaker", "0:42=Ben"), "names one time; give two, as in 0:42-0:47=Ben"),
        (("--speaker", "0:04-0:02=Ana"), "0:04-0:02 ends before it starts"),
        (("--speaker", "1:00-1:10=Ana"), "There are no words between the times 1:00-1:10"),
        (("--speaker", "x-y=Ana"), "The time x cannot be read"),
        (("--speaker", "0-1=SPEAKER_07"), "There is no SPEAKER_07 in the transcript; it has A (Ana), B (Ben), C (Ben)"),
        (("--speaker", "0-1=Ben"), "B and C are both named Ben; name one by its id, or give --merge-names."),
        (("--merge", "Dan=Ana"), "There is no Dan in the transcript"),
        (("--merge", "A=A"), "--merge A=A merges a speaker with itself"),
        (("--merge", "A=B", "--merge", "A=C"), "A is merged with two speakers"),
        (("--split", "C"), "All turns of C are alike"),
        (("--split", "=Dan"), "--split =Dan names no speaker"),
    ],
)
def test_edit_that_cannot_be_made_is_refused(
    run: Run, talk: Path, options: tuple[str, ...], message: str, said: Said
) -> None:
    """One sentence, exit code 2, and the file stays."""
    before = talk.read_bytes()
    assert run("edit", talk, *options) == 2
    assert message in said()
    assert talk.read_bytes() == before


def test_edit_from_another_recording_is_refused(run: Run, talk: Path, said: Said) -> None:
    """Its words are not those of the transcript."""
    other = Transcript((Word("Else", 0.0, 1.0),)).save(talk.with_name("other.srt"))
    assert run("edit", talk, "--from", other, "--encoding", "utf-8") == 2
    assert "other.srt cannot correct the transcript. Few of its words are in the transcript" in said()


def test_edit_of_subtitles_is_refused(run: Run, talk: Path, said: Said) -> None:
    """They have no ids, confidences or turns to keep."""
    assert run("edit", TALK.save(talk.with_suffix(".srt")), "--merge-names", "--media", "talk.wav") == 2
    assert "only the JSON of a transcript can be changed" in said()
