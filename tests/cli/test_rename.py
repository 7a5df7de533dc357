"""`speakerplug rename`: in place or to another file, atomically."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import speakerplug
from speakerplug.cli.rename import renamed_text
from speakerplug.errors import UsageError
from speakerplug.formats.digest import content_digest
from speakerplug.formats.json import write
from speakerplug.formats.load import load
from speakerplug.system.files import write_whole
from speakerplug.transcript import Transcript
from tests.cli.conftest import Run
from tests.cli.test_convert import TALK
from tests.strategies import HOSTILE_NAMES, names, transcripts


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return a saved transcript, with subtitles next to it."""
    TALK.save(tmp_path / "talk.srt")
    return TALK.save(tmp_path / "talk.json")


def test_rename_replaces_the_names_in_place(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All else is unchanged, and so are the subtitles next to it."""
    subtitles = talk.with_suffix(".srt").read_bytes()
    assert run("rename", talk, "A=Ana Souza", "B=a=b") == 0
    assert speakerplug.load(talk) == TALK.renamed({"A": "Ana Souza", "B": "a=b"})
    assert talk.with_suffix(".srt").read_bytes() == subtitles
    assert capsys.readouterr().out == ""


def test_rename_with_output_leaves_the_input(
    run: Run, talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """-o FILE writes another file; -o - prints."""
    before = talk.read_bytes()
    assert run("rename", talk, "A=Zoë", "-o", tmp_path / "new.json") == 0
    assert talk.read_bytes() == before
    assert speakerplug.load(tmp_path / "new.json").name_of("A") == "Zoë"
    capsys.readouterr()
    assert run("rename", talk, "A=Zoë", "-o", "-") == 0
    assert capsys.readouterr() == ((tmp_path / "new.json").read_text(encoding="utf-8"), "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("A=Zoë", "C=Bob"), "it has A (Ana), B (Ben & Jerry)"),
        (("Ana",), "write it like SPEAKER_00=Ana"),
        (("A=",), "write it like SPEAKER_00=Ana"),
        (("A=Zoë", "A=Bob"), "A is named twice"),
        ((), "Missing argument"),
    ],
)
def test_rename_with_invalid_options_changes_nothing(
    run: Run, talk: Path, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and one line with the hint."""
    before = talk.read_bytes()
    assert run("rename", talk, *arguments) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert words in line
    assert talk.read_bytes() == before
    assert sorted(path.name for path in talk.parent.iterdir()) == ["talk.json", "talk.srt"]


def test_rename_of_subtitles_is_refused(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the JSON has speakers apart from their names; the message says so."""
    assert run("rename", talk.with_suffix(".srt"), "Ana=Zoë") == 2
    assert "only the JSON of a transcript can be changed" in capsys.readouterr().err


def test_rename_to_an_unwritable_place_is_an_error(run: Run, talk: Path, tmp_path: Path) -> None:
    """And nothing is left there."""
    assert run("rename", talk, "A=Zoë", "-o", tmp_path / "none" / "new.json") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk.json", "talk.srt"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transcript=transcripts(), name=names)
def test_rename_and_back_gives_the_same_file(tmp_path: Path, transcript: Transcript, name: str) -> None:
    """The new file is what a renamed transcript is saved as."""
    path = tmp_path / "talk.json"
    made = replace(transcript.provenance, digest=content_digest(transcript))
    transcript = replace(transcript, provenance=made)
    write_whole(path, before := write(transcript))
    after = renamed_text(path, {"SPEAKER_00": name})
    assert after == write(transcript.renamed({"SPEAKER_00": name}))
    write_whole(path, after)
    assert renamed_text(path, {"SPEAKER_00": transcript.speakers[0].name}) == before


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_rename_to_a_hostile_name_keeps_it(tmp_path: Path, name: str) -> None:
    """JSON keeps a name exactly as it is given."""
    path = tmp_path / "talk.json"
    write_whole(path, '{"schema": "speakerplug/transcript", "version": "1.0", "speakers": [{"id": "A", "name": "B"}]}')
    write_whole(path, renamed_text(path, {"A": name}))
    assert load(path).speakers[0].name == name


def test_rename_keeps_unknown_keys(tmp_path: Path) -> None:
    """Those of a later version stay where they are."""
    path = tmp_path / "talk.json"
    speakers = [{"id": "A", "name": "A", "color": "red"}]
    document = {"schema": "speakerplug/transcript", "version": "1.9", "speakers": speakers, "chapters": [1, [2]]}
    write_whole(path, json.dumps(document))
    renamed = json.loads(renamed_text(path, {"A": "Ana"}))
    assert renamed == document | {"speakers": [{"id": "A", "name": "Ana", "color": "red"}]}
    assert list(renamed) == list(document)


def test_rename_of_an_unknown_speaker_lists_the_known_ones(tmp_path: Path) -> None:
    """With their ids and names."""
    path = tmp_path / "talk.json"
    write_whole(
        path, '{"schema": "speakerplug/transcript", "version": "1.0", "speakers": [{"id": "A", "name": "Ana"}]}'
    )
    with pytest.raises(UsageError, match=r"no B in .*talk\.json; it has A \(Ana\)"):
        renamed_text(path, {"A": "x", "B": "y"})


def test_rename_of_json_with_nan_writes_null(tmp_path: Path) -> None:
    """Python writes NaN, which is no JSON; the rest is unchanged."""
    path = tmp_path / "talk.json"
    head = '{"schema": "speakerplug/transcript", "version": "1.0", "speakers": [{"id": "A", "name": "A"}], '
    write_whole(path, head + '"words": [{"text": "hi", "start": NaN, "end": 1.0}]}')
    document = json.loads(renamed_text(path, {"A": "Ana"}))
    assert document["speakers"] == [{"id": "A", "name": "Ana"}]
    assert document["words"] == [{"text": "hi", "start": None, "end": 1.0}]
