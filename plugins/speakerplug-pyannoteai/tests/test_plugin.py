"""`speakerplug transcribe --diarizer precision-2`, against a cloud on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run, write_wav
from tests.standins.cloud import KEY, SIGNATURE, StandInCloud, connect

IN_THE_CLOUD = ("--recognizer", "fake", "--diarizer", "precision-2", "--diarizer-param", "poll_s=0.01")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInCloud]:
    """Yield the cloud, and a key for it."""
    with StandInCloud().listening() as cloud:
        connect(monkeypatch, cloud)
        yield cloud


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", seconds=2.0)


def test_transcribe_writes_subtitles(
    run: Run, talk: Path, cloud: StandInCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """Speakers come from the cloud; one line says what was uploaded, next to where the result is."""
    assert run("transcribe", talk, *IN_THE_CLOUD, "--max-speakers", 2) == 0
    text = talk.with_suffix(".vtt").read_text()
    assert "<v SPEAKER_00>" in text
    assert "<v SPEAKER_01>" in text
    assert cloud.jobs[0]["maxSpeakers"] == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line for line in captured.err.splitlines() if line.startswith("Uploading")] == [
        "Uploading the audio of talk.wav (2.0 s, 0.1 MB) to 127.0.0.1, as you chose precision-2."
    ]


def test_transcribe_without_a_key_is_one_sentence(
    run: Run, talk: Path, cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is recognized; no file, no request."""
    monkeypatch.delenv("PYANNOTEAI_API_KEY")
    assert run("transcribe", talk, *IN_THE_CLOUD) == 1
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .startswith("Error: precision-2 runs in pyannoteAI's cloud and needs a key; create one at")
    )
    assert list(talk.parent.iterdir()) == [talk]
    assert not cloud.asked


def test_failed_job_keeps_the_words(
    run: Run, talk: Path, cloud: StandInCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """As with every diarizer that fails."""
    cloud.states, cloud.output = ("failed",), {"error": "No speech."}
    assert run("transcribe", talk, *IN_THE_CLOUD) == 1
    assert "failed (No speech); try again" in capsys.readouterr().err
    assert talk.with_name("talk.partial.json").exists()


@pytest.mark.parametrize("what", ["GET /test", "PUT /storage", "POST /diarize"])
def test_verbose_shows_the_original_error(
    run: Run, talk: Path, cloud: StandInCloud, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -v the SDK's error and its traceback; neither key nor signed URL, there or in the log."""
    cloud.fails[what] = 500
    assert run("transcribe", talk, *IN_THE_CLOUD, "-v") == 1
    shown = capsys.readouterr().err
    assert "HTTPError: 500 Server Error" in shown
    assert KEY not in shown
    assert SIGNATURE not in shown


def test_unknown_parameter_is_a_usage_error(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything happens."""
    assert run("transcribe", talk, *IN_THE_CLOUD, "--diarizer-param", "clustering.threshold=0.6") == 2
    assert "precision-2 has no parameter 'clustering.threshold'" in capsys.readouterr().err
