"""precision-2 against a cloud on loopback, through pyannoteAI's own SDK."""

from __future__ import annotations

import json
import logging
import re
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import speakerplug
from speakerplug.devices import DeviceManager
from speakerplug.diarizers.select import choose_diarizer
from speakerplug.diarizers.status import Readiness, local_diarizers, readiness
from speakerplug.errors import Cancelled, MediaError, ModelError, UsageError
from speakerplug.media.waveform import Waveform
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import DiarizationRequest, DiarizerSettings
from speakerplug.testing import FakeRecognizer, check_diarization, plugins_with, silence, turns, words
from speakerplug.transcript import Diarization
from speakerplug_pyannoteai import audio, plugin, service
from speakerplug_pyannoteai.diarizer import CloudDiarizer, Timeouts
from tests.standins.cloud import JOB, KEY, OUTPUT, SIGNATURE, StandInCloud, connect

Reports = list[tuple[str, float, float]]
QUICK: dict[str, Any] = {"poll_s": 0.01}
UPLOADED = ["GET /test", "POST /media/input", "PUT /storage", "POST /diarize"]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInCloud]:
    """Yield the cloud, a key for it, and a folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with StandInCloud().listening() as cloud:
        connect(monkeypatch, cloud)
        yield cloud


def plugins_with_cloud(**stages: object) -> Plugins:
    return plugins_with({"pyannoteai": plugin}, **stages)


def diarized(
    request: DiarizationRequest | None = None, progress: Any = None, waveform: Waveform | None = None, **parameters: Any
) -> Diarization:
    diarizer = CloudDiarizer(DiarizerSettings(parameters={**QUICK, **parameters}))
    given = progress or (lambda *report: None)
    return diarizer.diarize(waveform or silence(2.0), request or DiarizationRequest(), DeviceManager("cpu"), given)


def failed(**parameters: Any) -> str:
    """Return the message of a diarization that fails: one sentence, with the original as its cause and no secrets."""
    with pytest.raises(ModelError) as caught:
        diarized(**parameters)
    text = str(caught.value)
    assert text.endswith(".")
    assert "; " in text
    assert "\n" not in text
    shown = "".join(traceback.format_exception(caught.value))
    assert KEY not in shown
    assert SIGNATURE not in shown
    return text


def test_diarize_returns_regular_and_exclusive_turns(cloud: StandInCloud) -> None:
    """Both kinds as the cloud returned them, by start; the request asks for exclusive ones, and for precision-2."""
    diarization = diarized()
    assert diarization.turns == turns((0.0, 1.0, "SPEAKER_00"), (0.8, 1.6, "SPEAKER_01"))
    assert diarization.exclusive == turns((0.0, 0.9, "SPEAKER_00"), (0.9, 1.6, "SPEAKER_01"))
    check_diarization(diarization, 2.0)
    (job,) = cloud.jobs
    assert (job["exclusive"], job["model"], job["transcription"]) == (True, "precision-2", False)
    assert cloud.asked == [*UPLOADED, *["GET /jobs"] * 4]


def test_diarize_uploads_the_audio_and_nothing_else(cloud: StandInCloud, tmp_path: Path) -> None:
    """As 16-bit samples, under a random name; the storage does not get the key, and no file is left."""
    samples = np.linspace(-1.5, 1.5, 100_000, dtype=np.float32)
    diarized(waveform=Waveform.of(samples, name="secret meeting.mp4"))
    assert np.abs(cloud.audio / 32767 - np.clip(samples, -1, 1)).max() < 1e-4
    assert cloud.shown_keys["PUT /storage"] is None
    (name,) = cloud.uploads
    assert "secret" not in name + json.dumps(cloud.jobs)
    assert list(tmp_path.iterdir()) == []


def test_upload_is_logged_once(cloud: StandInCloud, caplog: pytest.LogCaptureFixture) -> None:
    """The recording, its length and size, and the host; never the key, nor the SDK's advice for its developers."""
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as caught:
        diarized(waveform=silence(2.0, name="talk.mp4"))
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert said == ["Uploading the audio of talk.mp4 (2.0 s, 0.1 MB) to 127.0.0.1, as you chose precision-2."]
    assert KEY not in caplog.text
    assert not [warning for warning in caught if "pyannoteAI" in str(warning.message)]


def test_progress_has_bytes_and_states(cloud: StandInCloud) -> None:
    """Bytes of the upload, to the last; then each state of the job."""
    reports: Reports = []
    diarized(progress=lambda *report: reports.append(report))
    size = 2.0 * 2 * 16_000 + 44
    assert reports.index(("upload", size, size)) < reports.index(("job created", 0.0, 1.0))
    assert reports[-1] == ("job succeeded", 1.0, 1.0)


@pytest.mark.slow
def test_states_are_steps_of_the_progress(cloud: StandInCloud) -> None:
    """A state that lasts is shown, and completed when the next one comes."""
    cloud.states = ("pending", "running", "succeeded")
    reports: Reports = []
    diarized(progress=lambda *report: reports.append(report), poll_s=0.5)
    steps = list(dict.fromkeys(step for step, _, _ in reports))
    assert steps == ["pyannoteAI", "upload", "job created", "job pending", "job running", "job succeeded"]
    assert ("job pending", 1.0, 1.0) in reports


def test_number_of_speakers_is_passed_on(cloud: StandInCloud) -> None:
    """Known, or within bounds."""
    diarized(DiarizationRequest(num_speakers=2))
    diarized(DiarizationRequest(min_speakers=2, max_speakers=4))
    asked = [(job["numSpeakers"], job["minSpeakers"], job["maxSpeakers"]) for job in cloud.jobs]
    assert asked == [(2, None, None), (None, 2, 4)]


def test_exclusive_turns_are_derived_if_the_cloud_returns_none(
    cloud: StandInCloud, caplog: pytest.LogCaptureFixture
) -> None:
    """That is logged; so is a warning of the cloud."""
    cloud.output = {"diarization": OUTPUT["diarization"], "warning": "The audio is faint."}
    with caplog.at_level(logging.INFO):
        diarization = diarized()
    assert diarization.exclusive == turns((0.0, 1.0, "SPEAKER_00"), (1.0, 1.6, "SPEAKER_01"))
    assert "derived" in caplog.text
    assert "pyannoteAI warns: The audio is faint." in caplog.text


def test_transcription_gets_speakers_from_the_cloud(cloud: StandInCloud) -> None:
    """Words get their speakers, and the diarizer is named in the result."""
    plugins = plugins_with_cloud(recognizer=FakeRecognizer(words(("Hello", 0.1, 0.4), ("Hi!", 1.2, 1.4))))
    with speakerplug.Transcriber(
        plugins=plugins, recognizer="fake", diarizer="precision-2", diarizer_params=QUICK, device="cpu"
    ) as transcriber:
        transcript = transcriber.transcribe(silence(2.0))
    assert [word.speaker for word in transcript.words] == ["SPEAKER_00", "SPEAKER_01"]
    assert transcript.provenance.diarizer == "precision-2"


def test_choose_takes_it_by_its_names_only(
    cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By its own and the hub's; `auto` never takes it, even with a key, and it does not count as local."""
    plugins, settings = plugins_with_cloud(), DiarizerSettings(offline=True)
    for name in ("precision-2", "pyannote/speaker-diarization-precision-2"):
        assert isinstance(choose_diarizer(name, plugins, settings), CloudDiarizer)
    assert not caplog.records
    choose_diarizer("pyannote/speaker-diarization-precision-2@v1", plugins, settings)
    assert "precision-2 has no revisions" in caplog.text
    with pytest.raises(ModelError, match="No diarizer is available"):
        choose_diarizer("auto", plugins, settings)
    assert "precision-2" not in [name for name, _ in local_diarizers(plugins)]
    assert not cloud.asked


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, "needs a key; create one at https://dashboard.pyannote.ai and set PYANNOTEAI_API_KEY"),
        (" ", "needs a key; create one"),
        (f"{KEY}\n{KEY}", "contains invalid characters; copy it again"),
        (f"{KEY}…", "contains invalid characters; copy it again"),
    ],
)
def test_missing_or_malformed_key_raises(
    cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch, key: str | None, expected: str
) -> None:
    """Nothing is requested; it is found while stages prepare."""
    if key is None:
        monkeypatch.delenv("PYANNOTEAI_API_KEY")
    else:
        monkeypatch.setenv("PYANNOTEAI_API_KEY", key)
    with pytest.raises(ModelError, match="PYANNOTEAI_API_KEY"):
        CloudDiarizer(DiarizerSettings()).prepare(DeviceManager("cpu"), lambda *report: None)
    assert expected in failed()
    assert not cloud.asked


def test_rejected_key_raises(cloud: StandInCloud) -> None:
    """It is found while stages prepare, before anything is uploaded."""
    cloud.keys = set()
    with pytest.raises(ModelError, match="rejected the key"):
        CloudDiarizer(DiarizerSettings()).prepare(DeviceManager("cpu"), lambda *report: None)
    assert failed().startswith("pyannoteAI rejected the key (HTTP 401); create a new one at")
    assert set(cloud.asked) == {"GET /test"}


def test_white_space_around_the_key_is_ignored(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the last line end of a file leaves it."""
    monkeypatch.setenv("PYANNOTEAI_API_KEY", f" {KEY}\n")
    assert diarized().turns


def test_offline_makes_no_request(cloud: StandInCloud) -> None:
    """--offline and the cloud exclude each other."""
    with pytest.raises(ModelError, match="which --offline forbids; choose a local diarizer"):
        CloudDiarizer(DiarizerSettings(offline=True)).prepare(DeviceManager("cpu"), lambda *report: None)
    assert not cloud.asked


@pytest.mark.parametrize(
    ("what", "status", "expected"),
    [
        ("GET /test", 403, "rejected the key (HTTP 403); create a new one"),
        ("GET /test", 503, "is out of order (HTTP 503); try again later"),
        ("POST /media/input", 429, "accepts no more requests for now (HTTP 429); wait a minute"),
        ("PUT /storage", 403, "storage rejected the upload (HTTP 403); try again"),
        ("POST /diarize", 400, 'rejected the request (HTTP 400: {"message": "Not so."}); change the options it names'),
        ("POST /diarize", 401, "rejected the key (HTTP 401)"),
        ("POST /diarize", 402, "requires payment (HTTP 402): the account has no credit left; see"),
        ("POST /diarize", 429, "accepts no more requests for now (HTTP 429)"),
        ("GET /jobs", 500, "is out of order (HTTP 500); try again later"),
        ("GET /jobs", 404, "rejected the request (HTTP 404"),
    ],
)
def test_http_errors_have_hints(cloud: StandInCloud, what: str, status: int, expected: str) -> None:
    """Each status of each request, with its hint."""
    cloud.fails[what] = status
    assert expected in failed()


@pytest.mark.slow
@pytest.mark.parametrize("what", [*UPLOADED, "GET /jobs"])
def test_service_that_falls_silent_raises(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """The SDK would wait for ever."""
    monkeypatch.setattr(service, "ANSWER_S", 0.3)
    cloud.stalls = what
    expected = "The upload to pyannoteAI was interrupted" if "PUT" in what else "pyannoteAI's cloud cannot be reached"
    assert failed().startswith(f"{expected} (no answer in time); check the network")
    assert cloud.asked[-1] == what


def test_service_without_a_listener_raises(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is refused."""
    from pyannoteai.sdk import Client

    monkeypatch.setattr(Client, "API_URL", "http://127.0.0.1:9")
    assert failed().startswith("pyannoteAI's cloud cannot be reached (ConnectionError); check the network")


def test_interrupted_upload_raises(cloud: StandInCloud) -> None:
    """No job is started for a partial upload."""
    cloud.cuts_bytes = 20_000
    assert failed().startswith(
        "The upload to pyannoteAI was interrupted (ConnectionError); check the network and try again"
    )
    assert not cloud.jobs


@pytest.mark.parametrize(
    ("state", "output", "expected"),
    [
        ("failed", {"error": f"No speech in {KEY}.\nSorry"}, f"job {JOB} failed (No speech in ***); try again"),
        ("failed", {}, f"job {JOB} failed (Please contact support); try again"),
        ("failed", None, f"job {JOB} failed (no reason given); try again"),
        ("canceled", {}, f"job {JOB} was canceled there; start it again"),
        ("canceled", None, f"job {JOB} was canceled there; start it again"),
    ],
)
def test_failed_jobs_raise(cloud: StandInCloud, state: str, output: Any, expected: str) -> None:
    """With the cloud's reason, if there is one, and the id of the job, for its support."""
    cloud.states, cloud.output = ("running", state), output
    assert expected in failed()


@pytest.mark.slow
def test_job_that_never_ends_raises_at_the_timeout(cloud: StandInCloud) -> None:
    """With its last state."""
    cloud.states = ("running",)
    assert f"job {JOB} has not ended after 0 s (it is running); look it up" in failed(timeout_s=0.3)


def test_timeout_is_half_an_hour_and_twice_the_recording() -> None:
    """Unless the parameter sets another."""
    assert Timeouts.of({}).limit_s(600.0) == 1800 + 1200
    assert Timeouts.of({"timeout_s": 60}).limit_s(600.0) == 60


def test_transient_error_does_not_cost_the_job(cloud: StandInCloud) -> None:
    """A broken connection is retried; the fifth one in a job is too many."""
    cloud.drops = 4
    assert diarized().turns
    cloud.drops = 5
    assert "cannot be reached" in failed()


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("POST /media/input", b"{}"),
        ("POST /media/input", b'{"url": "nowhere"}'),
        ("POST /diarize", b"<html>"),
        ("POST /diarize", b"[]"),
        ("GET /jobs", b"{}"),
        ("GET /jobs", b'"succeeded"'),
        ("GET /jobs", b'{"status": "succeeded"}'),
        ("GET /jobs", b'{"status": "succeeded", "output": null}'),
        ("GET /jobs", b'{"status": "succeeded", "output": {}}'),
        ("GET /jobs", b'{"status": "succeeded", "output": {"diarization": [{"start": 1}]}}'),
        (
            "GET /jobs",
            b'{"status": "succeeded", "output": {"diarization": [{"start": 0, "end": NaN, "speaker": "A"}]}}',
        ),
    ],
)
def test_invalid_response_raises(cloud: StandInCloud, what: str, body: bytes) -> None:
    """Other JSON, no JSON, half a turn: the message says whose response it was."""
    cloud.says[what] = body
    assert failed().startswith("pyannoteAI's answer cannot be understood (")


@pytest.mark.slow
@pytest.mark.parametrize("step", ["pyannoteAI", "upload", "job created", "job running"])
def test_cancelling_ends_any_request(cloud: StandInCloud, step: str) -> None:
    """Whatever it is doing, it ends soon, and makes no further request."""
    cloud.states = ("running",)

    def progress(now: str, completed: float, total: float) -> None:
        if now == step:
            raise Cancelled("Enough.")

    started = time.monotonic()
    with pytest.raises(Cancelled):
        diarized(progress=progress, poll_s=0.05)
    assert time.monotonic() - started < 5
    pause = threading.Event()
    pause.wait(0.2)
    asked = len(cloud.asked)
    pause.wait(0.2)
    assert len(cloud.asked) == asked


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"threshold": 0.6}, "precision-2 has no parameter 'threshold'; it has: poll_s, timeout_s"),
        ({"timeout": 60}, "precision-2 has no parameter 'timeout'; did you mean timeout_s?"),
        ({"timeout_s": "long"}, "timeout_s is 'long'; it must be a number of seconds above 0"),
        ({"poll_s": 0}, "poll_s is 0; it must be"),
        ({"poll_s": True}, "poll_s is True; it must be"),
    ],
)
def test_invalid_parameters_are_rejected(parameters: dict[str, Any], expected: str) -> None:
    """They are rejected when the diarizer is built."""
    with pytest.raises(UsageError, match=re.escape(expected)):
        choose_diarizer("precision-2", plugins_with_cloud(), DiarizerSettings(parameters=parameters))


def test_recording_that_is_too_long_raises(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is uploaded."""
    monkeypatch.setattr(audio, "MOST_BYTES", 32_000)
    with pytest.raises(MediaError, match=r"too long for pyannoteAI, which accepts 0\.0 hours of audio; split it"):
        diarized()
    assert cloud.asked == ["GET /test"]


def test_full_disk_raises(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the folder, and how to choose another."""

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audio, "_write", full)
    assert "(No space left on device); free disk space, or set TMPDIR" in failed()


@pytest.mark.parametrize(
    ("key", "offline", "why"),
    [
        (None, False, "PYANNOTEAI_API_KEY is not set"),
        (KEY, True, "needs the network"),
        (KEY, False, None),
    ],
)
def test_status_says_what_is_missing(
    cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch, key: str | None, offline: bool, why: str | None
) -> None:
    """A key, or the network; if both are there, that it uploads. No request is made."""
    monkeypatch.delenv("PYANNOTEAI_API_KEY")
    if key is not None:
        monkeypatch.setenv("PYANNOTEAI_API_KEY", key)
    rows = readiness(plugins_with_cloud(), DiarizerSettings(offline=offline))
    (row,) = [row for row in rows if row.name == "precision-2"]
    said = why or "pyannoteAI's cloud: uploads the recording; needs PYANNOTEAI_API_KEY"
    assert row == Readiness("precision-2", ("network", "key"), why is None, said)
    assert not cloud.asked
