"""New names in a saved transcript."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from speakerplug.errors import UsageError
from speakerplug.formats.json import write
from speakerplug.formats.load import load
from speakerplug.formats.rename import renamed_text
from speakerplug.system.files import write_whole
from speakerplug.transcript import Transcript
from tests.strategies import HOSTILE_NAMES, names, transcripts


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transcript=transcripts(), name=names)
def test_only_the_name_changes(tmp_path: Path, transcript: Transcript, name: str) -> None:
    """The new file is what a renamed transcript is saved as, and the old name brings the old file back."""
    path = tmp_path / "talk.json"
    write_whole(path, before := write(transcript))
    after = renamed_text(path, {"SPEAKER_00": name})
    assert after == write(transcript.renamed({"SPEAKER_00": name}))
    write_whole(path, after)
    assert renamed_text(path, {"SPEAKER_00": transcript.speakers[0].name}) == before


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_kept(tmp_path: Path, name: str) -> None:
    """JSON keeps a name exactly as it is given."""
    path = tmp_path / "talk.json"
    write_whole(path, '{"schema": "speakerplug/transcript", "version": "1.0", "speakers": [{"id": "A", "name": "B"}]}')
    write_whole(path, renamed_text(path, {"A": name}))
    assert load(path).speakers[0].name == name


def test_what_a_later_version_added_is_kept(tmp_path: Path) -> None:
    """Keys that this version does not know stay where they are."""
    path = tmp_path / "talk.json"
    speakers = [{"id": "A", "name": "A", "colour": "red"}]
    document = {"schema": "speakerplug/transcript", "version": "1.9", "speakers": speakers, "chapters": [1, [2]]}
    write_whole(path, json.dumps(document))
    renamed = json.loads(renamed_text(path, {"A": "Ana"}))
    assert renamed == document | {"speakers": [{"id": "A", "name": "Ana", "colour": "red"}]}
    assert list(renamed) == list(document)


def test_an_unknown_speaker_is_refused(tmp_path: Path) -> None:
    """The message lists the speakers that there are."""
    path = tmp_path / "talk.json"
    write_whole(
        path, '{"schema": "speakerplug/transcript", "version": "1.0", "speakers": [{"id": "A", "name": "Ana"}]}'
    )
    with pytest.raises(UsageError, match=r"no B in .*talk\.json; it has A \(Ana\)"):
        renamed_text(path, {"A": "x", "B": "y"})


def test_a_transcript_that_python_wrote_anew_is_renamed(tmp_path: Path) -> None:
    """NaN, which Python writes into JSON, becomes null there; the rest is as it was."""
    path = tmp_path / "talk.json"
    head = '{"schema": "speakerplug/transcript", "version": "1.0", "speakers": [{"id": "A", "name": "A"}], '
    write_whole(path, head + '"words": [{"text": "hi", "start": NaN, "end": 1.0}]}')
    document = json.loads(renamed_text(path, {"A": "Ana"}))
    assert document["speakers"] == [{"id": "A", "name": "Ana"}]
    assert document["words"] == [{"text": "hi", "start": None, "end": 1.0}]
