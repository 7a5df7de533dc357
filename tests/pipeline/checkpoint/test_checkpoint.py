"""A transcription goes on from its checkpoint, and never from that of other work."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from speakerplug import Checkpoint, UsageError
from speakerplug.errors import PluginError
from speakerplug.pipeline.checkpoint import work
from speakerplug.pipeline.checkpoint.checkpoint import CHECKPOINT_AFTER_S, KEPT_S
from speakerplug.testing import silence
from tests.cli.conftest import write_wav
from tests.standins import resumable
from tests.standins.resumable import BATCHES, Resumable, ResumableDiarizer, texts

ROOT = Path(__file__).parents[3]


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return the path of two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", 2.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the checkpoint."""
    return tmp_path / "talk.speakerplug-checkpoint"


def transcribed(
    talk: Any, checkpoint: Checkpoint | Path | None, stop_at: Mapping[str, int] | None = None, **options: Any
) -> tuple[list[str], list[int], list[int]]:
    """Return the words and speakers of a run, and which batches each stage did; `stop_at` are those that fail."""
    stops = stop_at or {}
    recognizer = Resumable(stop_at=stops.get("recognition"))
    diarizer = ResumableDiarizer(stop_at=stops.get("diarization"))
    try:
        with resumable.transcriber(recognizer, diarizer, **options) as transcriber:
            return texts(transcriber.transcribe(talk, checkpoint=checkpoint)), recognizer.done, diarizer.done
    except PluginError:
        return [], recognizer.done, diarizer.done


ALL = list(range(BATCHES))
WHOLE = [f"word{number} SPEAKER_{number:02d}" for number in ALL]


def short(path: Path) -> Checkpoint:
    """Return a checkpoint for recordings of any length."""
    return Checkpoint(path, after_s=0.0)


def interrupted(talk: Any, path: Path, stop_at: Mapping[str, int] | None = None, **options: Any) -> None:
    """Leave the checkpoint of a run that failed at a batch of a stage, or before its results were written."""
    with suppress(InterruptedError), short(path) as checkpoint:
        transcribed(talk, checkpoint, stop_at, **options)
        raise InterruptedError


@contextmanager
def said(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Yield the list of what is logged in the block, complete at its end."""
    messages: list[str] = []
    caplog.clear()
    with caplog.at_level(logging.INFO, "speakerplug"):
        yield messages
    messages += [record.getMessage() for record in caplog.records if record.name.startswith("speakerplug.pipeline")]


def test_transcribe_after_an_interrupted_run_goes_on_after_the_last_batch(
    talk: Path, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Both stages, each from where it was; the results are the same, and the file is deleted."""
    interrupted(talk, path, {"recognition": 3})
    interrupted(talk, path, {"diarization": 2})
    with said(caplog) as messages, short(path) as checkpoint:
        found = transcribed(talk, checkpoint)
        assert path.exists()
    assert found == (WHOLE, [], ALL[2:])
    assert messages == [f"Going on from {path}."]
    assert list(talk.parent.iterdir()) == [talk]


@pytest.mark.parametrize(
    ("changed", "of", "anew"),
    [
        ({"model": "other"}, "is of another model", "recognition"),
        ({"prompt": "Ada", "language": "de"}, "is of another language and prompt", "recognition"),
        ({"diarizer_params": {"x": 1}}, "is of another set of diarizer parameters", "diarization"),
    ],
)
def test_transcribe_with_other_options_begins_only_their_stage_anew(
    changed: dict[str, Any], of: str, anew: str, talk: Path, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The other stage keeps its part, and one line says why."""
    interrupted(talk, path, {"diarization": 2})
    with said(caplog) as messages, short(path) as checkpoint:
        found = transcribed(talk, checkpoint, **changed)
    recognized, diarized = (ALL, ALL[2:]) if anew == "recognition" else ([], ALL)
    assert found == (WHOLE, recognized, diarized)
    assert messages == [f"{path} {of}, so {anew} begins anew.", f"Going on from {path}."]


def test_transcribe_of_another_recording_begins_anew_and_forgets_the_words_of_the_first(
    talk: Path, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of it stays in the file."""
    interrupted(talk, path, {"diarization": 2})
    write_wav(talk, 1.5)
    with said(caplog) as messages, short(path) as checkpoint:
        assert transcribed(talk, checkpoint)[1:] == (ALL, ALL)
        assert path.read_bytes().count(b"word0") == 2  # of each stage one
    assert messages == [f"{path} is of another recording, so recognition and diarization begin anew."]


def test_transcribe_with_another_version_begins_anew(
    talk: Path, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Another version may save other things under the same names."""
    interrupted(talk, path, {"recognition": 2})
    monkeypatch.setattr(work.metadata, "version", {"speakerplug": "99"}.__getitem__)
    monkeypatch.setattr(work, "_version", lambda name: None)
    with said(caplog) as messages, short(path) as checkpoint:
        assert transcribed(talk, checkpoint) == (WHOLE, ALL, ALL)
    assert messages == [f"{path} is of another version of SpeakerPlug, so recognition begins anew."]


def test_transcribe_after_a_week_begins_anew(talk: Path, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who waits that long does not remember the file, which holds what was said."""
    interrupted(talk, path, {"recognition": 2})
    old = path.stat().st_mtime - KEPT_S - 60
    os.utime(path, (old, old))
    with said(caplog) as messages, short(path) as checkpoint:
        assert transcribed(talk, checkpoint) == (WHOLE, ALL, ALL)
    assert messages == [f"{path} is older than a week, so recognition begins anew."]


def test_transcribe_without_diarizer_in_between_keeps_the_part_of_the_diarizer(talk: Path, path: Path) -> None:
    """Who asks for words first still has what the speakers took."""
    interrupted(talk, path, {"diarization": 3})
    interrupted(talk, path, diarizer=None, prompt="Ada")
    with short(path) as checkpoint:
        assert transcribed(talk, checkpoint, prompt="Ada") == (WHOLE, [], ALL[3:])


def test_transcribe_while_another_run_uses_the_file_does_without(
    talk: Path, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It warns, its result is whole, and the other's file stays as it is."""
    with short(path) as first:
        transcribed(talk, first, {"recognition": 2})
        content = path.read_bytes()
        with said(caplog) as messages, short(path) as second:
            assert transcribed(talk, second) == (WHOLE, ALL, ALL)
        assert messages == [f"Another run is using {path}, so this one saves no checkpoint."]
        assert path.read_bytes() == content
    assert list(talk.parent.iterdir()) == [talk]


def test_transcribe_where_no_file_can_be_made_warns_once(talk: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The result is whole."""
    with said(caplog) as messages, short(talk / "checkpoint") as checkpoint:
        assert transcribed(talk, checkpoint) == (WHOLE, ALL, ALL)
    assert len(messages) == 1
    assert "so no checkpoint is saved" in messages[0]


def test_transcribe_of_a_recording_that_has_gone_meanwhile_goes_on(
    talk: Path, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It was decoded; what identifies it cannot be read any more."""

    def gone(path: Path) -> str:
        """Find the drive unplugged."""
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(work, "fingerprint", gone)
    with said(caplog) as messages, short(path) as checkpoint:
        assert transcribed(talk, checkpoint) == (WHOLE, ALL, ALL)
    assert messages == [f"{talk} cannot be read again (Input/output error), so no checkpoint is saved."]


def test_transcribe_short_recordings_and_samples_saves_nothing(talk: Path, path: Path) -> None:
    """Samples have no file that could be recognized again."""
    assert CHECKPOINT_AFTER_S == 900
    transcribed(talk, path, {"recognition": 2})
    assert not path.exists()
    interrupted(silence(2.0), path, {"recognition": 2})
    assert not path.exists()


def test_transcribe_that_fails_before_anything_was_saved_leaves_no_file(talk: Path, path: Path) -> None:
    """There is nothing to go on from."""
    interrupted(talk, path, {"recognition": 0})
    assert list(talk.parent.iterdir()) == [talk]


def test_checkpoint_for_two_recordings_is_refused(talk: Path, path: Path) -> None:
    """The second would overwrite the first one's progress."""
    with short(path) as checkpoint:
        transcribed(talk, checkpoint)
        with pytest.raises(UsageError, match="for one recording"):
            transcribed(talk, checkpoint)


def test_transcribe_with_a_checkpoint_that_is_another_file_is_refused(talk: Path) -> None:
    """Such as the recording itself, which stays."""
    content = talk.read_bytes()
    with pytest.raises(UsageError, match="is not a checkpoint"):
        transcribed(talk, short(talk))
    assert talk.read_bytes() == content


def test_transcriber_checkpoint_is_where_the_latest_call_would_go_on(talk: Path, path: Path) -> None:
    """None where nothing was saved, and after success."""
    with resumable.transcriber(Resumable(stop_at=1), ResumableDiarizer()) as transcriber:
        assert transcriber.checkpoint is None
        with pytest.raises(PluginError), short(path) as checkpoint:
            transcriber.transcribe(talk, checkpoint=checkpoint)
        assert transcriber.checkpoint == path
    with resumable.transcriber(Resumable(), ResumableDiarizer()) as transcriber:
        transcriber.transcribe(talk, checkpoint=path)
        assert transcriber.checkpoint is None


def test_checkpoint_holds_no_values_of_options(talk: Path, path: Path) -> None:
    """Words are in it; prompts and tokens are not."""
    interrupted(talk, path, {"recognition": 2}, prompt="Ada", token="hf_secret")
    content = path.read_text(encoding="ascii")
    assert "word0" in content
    assert not [secret for secret in ("Ada", "hf_secret") if secret in content]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the rounds are forks, to be quick")
def test_process_that_is_killed_at_any_line_goes_on_until_the_same_result(talk: Path, path: Path) -> None:
    """SIGKILL in any line of the checkpoint, also in the middle of a write: each time one batch at most is lost.

    Thirty recordings, with a few kills each, until the results are those of an undisturbed run; no file is left.
    """
    command = (sys.executable, "-m", "tests.standins.resumable", str(talk), str(path), "30")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rounds) == 30
    assert sum(each["kills"] for each in rounds) > 30
    for each in rounds:
        assert each["results"] == [ALL, ALL]
        assert each["batches"] <= 2 * BATCHES + each["kills"]
    assert list(talk.parent.iterdir()) == [talk]
