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
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import DiarizationRequest, DiarizerSettings
from speakerplug.testing import FakeRecognizer, check_diarization, plugins_with, silence, turns, words
from speakerplug.transcript import Diarization
from speakerplug.waveform import Waveform
from speakerplug_pyannoteai import audio, plugin, service
from speakerplug_pyannoteai.diarizer import CloudDiarizer, Timeouts
from tests.standins.cloud import JOB, KEY, OUTPUT, SIGNATURE, StandInCloud, connect

Told = list[tuple[str, float, float]]
QUICK: dict[str, Any] = {"poll_s": 0.01}
UPLOADED = ["GET /test", "POST /media/input", "PUT /storage", "POST /diarize"]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInCloud]:
    """The cloud, a key for it, and a place for temporary files."""
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
    """What is said of a diarization that fails: one sentence, with the original behind it and no secrets anywhere."""
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


def test_regular_and_exclusive_turns_come_back(cloud: StandInCloud) -> None:
    """Both kinds as the cloud gave them, by start; it is asked for the exclusive ones, and for precision-2."""
    diarization = diarized()
    assert diarization.turns == turns((0.0, 1.0, "SPEAKER_00"), (0.8, 1.6, "SPEAKER_01"))
    assert diarization.exclusive == turns((0.0, 0.9, "SPEAKER_00"), (0.9, 1.6, "SPEAKER_01"))
    check_diarization(diarization, 2.0)
    (job,) = cloud.jobs
    assert (job["exclusive"], job["model"], job["transcription"]) == (True, "precision-2", False)
    assert cloud.asked == [*UPLOADED, *["GET /jobs"] * 4]


def test_the_sound_is_uploaded_and_nothing_else(cloud: StandInCloud, tmp_path: Path) -> None:
    """As 16-bit samples, under a name that tells nothing; the storage does not see the key, no file stays behind."""
    samples = np.linspace(-1.5, 1.5, 100_000, dtype=np.float32)
    diarized(waveform=Waveform.of(samples, name="secret meeting.mp4"))
    assert np.abs(cloud.heard / 32767 - np.clip(samples, -1, 1)).max() < 1e-4
    assert cloud.shown_keys["PUT /storage"] is None
    (name,) = cloud.uploads
    assert "secret" not in name + json.dumps(cloud.jobs)
    assert list(tmp_path.iterdir()) == []


def test_what_is_uploaded_and_where_is_said_once(cloud: StandInCloud, caplog: pytest.LogCaptureFixture) -> None:
    """The recording, its length and size, and the host; never the key, nor the SDK's advice for its developers."""
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as caught:
        diarized(waveform=silence(2.0, name="talk.mp4"))
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert said == ["Uploading the sound of talk.mp4 (2.0 s, 0.1 MB) to 127.0.0.1, as you asked for precision-2."]
    assert KEY not in caplog.text
    assert not [warning for warning in caught if "pyannoteAI" in str(warning.message)]


def test_how_far_it_is(cloud: StandInCloud) -> None:
    """Bytes of the upload, to the last; then each state of the job."""
    told: Told = []
    diarized(progress=lambda *report: told.append(report))
    size = 2.0 * 2 * 16_000 + 44
    assert told.index(("upload", size, size)) < told.index(("job created", 0.0, 1.0))
    assert told[-1] == ("job succeeded", 1.0, 1.0)


def test_states_are_steps(cloud: StandInCloud) -> None:
    """A state that lasts is shown, and is over when the next one comes."""
    cloud.states = ("pending", "running", "succeeded")
    told: Told = []
    diarized(progress=lambda *report: told.append(report), poll_s=0.5)
    steps = list(dict.fromkeys(step for step, _, _ in told))
    assert steps == ["pyannoteAI", "upload", "job created", "job pending", "job running", "job succeeded"]
    assert ("job pending", 1.0, 1.0) in told


def test_the_number_of_speakers_is_passed_on(cloud: StandInCloud) -> None:
    """Known, or within bounds."""
    diarized(DiarizationRequest(num_speakers=2))
    diarized(DiarizationRequest(min_speakers=2, max_speakers=4))
    asked = [(job["numSpeakers"], job["minSpeakers"], job["maxSpeakers"]) for job in cloud.jobs]
    assert asked == [(2, None, None), (None, 2, 4)]


def test_exclusive_turns_are_derived_where_the_cloud_gives_none(
    cloud: StandInCloud, caplog: pytest.LogCaptureFixture
) -> None:
    """That is said; a warning of the cloud is, too."""
    cloud.output = {"diarization": OUTPUT["diarization"], "warning": "The sound is faint."}
    with caplog.at_level(logging.INFO):
        diarization = diarized()
    assert diarization.exclusive == turns((0.0, 1.0, "SPEAKER_00"), (1.0, 1.6, "SPEAKER_01"))
    assert "derived" in caplog.text
    assert "pyannoteAI says: The sound is faint." in caplog.text


def test_a_transcription(cloud: StandInCloud) -> None:
    """Words get their speakers from the cloud; both stages told apart, and the diarizer named."""
    plugins = plugins_with_cloud(recognizer=FakeRecognizer(words(("Hello", 0.1, 0.4), ("Hi!", 1.2, 1.4))))
    with speakerplug.Transcriber(
        plugins=plugins, recognizer="fake", diarizer="precision-2", diarizer_params=QUICK, device="cpu"
    ) as transcriber:
        transcript = transcriber.transcribe(silence(2.0))
    assert [word.speaker for word in transcript.words] == ["SPEAKER_00", "SPEAKER_01"]
    assert transcript.provenance.diarizer == "precision-2"


def test_it_is_chosen_by_its_names_only(
    cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By its own and by the hub's; `auto` leaves it alone even with a key, and it does not count as local."""
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
        (None, "needs a key; make one at https://dashboard.pyannote.ai and set PYANNOTEAI_API_KEY"),
        (" ", "needs a key; make one"),
        (f"{KEY}\n{KEY}", "holds characters that no key has; copy it again"),
        (f"{KEY}…", "holds characters that no key has; copy it again"),
    ],
)
def test_a_key_that_is_none(
    cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch, key: str | None, expected: str
) -> None:
    """Nothing is asked; it is said while stages prepare."""
    if key is None:
        monkeypatch.delenv("PYANNOTEAI_API_KEY")
    else:
        monkeypatch.setenv("PYANNOTEAI_API_KEY", key)
    with pytest.raises(ModelError, match="PYANNOTEAI_API_KEY"):
        CloudDiarizer(DiarizerSettings()).prepare(DeviceManager("cpu"), lambda *report: None)
    assert expected in failed()
    assert not cloud.asked


def test_a_key_that_is_refused(cloud: StandInCloud) -> None:
    """It is known while stages prepare, before anything is uploaded."""
    cloud.keys = set()
    with pytest.raises(ModelError, match="refused the key"):
        CloudDiarizer(DiarizerSettings()).prepare(DeviceManager("cpu"), lambda *report: None)
    assert failed().startswith("pyannoteAI refused the key (HTTP 401); make a new one at")
    assert set(cloud.asked) == {"GET /test"}


def test_white_space_around_the_key_is_no_matter(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a file's last line end leaves it."""
    monkeypatch.setenv("PYANNOTEAI_API_KEY", f" {KEY}\n")
    assert diarized().turns


def test_offline_asks_nobody(cloud: StandInCloud) -> None:
    """--offline and the cloud exclude each other."""
    with pytest.raises(ModelError, match="the network is not to be used; choose a local diarizer"):
        CloudDiarizer(DiarizerSettings(offline=True)).prepare(DeviceManager("cpu"), lambda *report: None)
    assert not cloud.asked


@pytest.mark.parametrize(
    ("what", "status", "expected"),
    [
        ("GET /test", 403, "refused the key (HTTP 403); make a new one"),
        ("GET /test", 503, "is out of order (HTTP 503); try again later"),
        ("POST /media/input", 429, "takes no more requests for now (HTTP 429); wait a minute"),
        ("PUT /storage", 403, "storage refused the upload (HTTP 403); try again"),
        ("POST /diarize", 400, 'refused the request (HTTP 400: {"message": "Not so."}); change what it names'),
        ("POST /diarize", 401, "refused the key (HTTP 401)"),
        ("POST /diarize", 402, "asks for payment (HTTP 402), for the account has no credit left; see"),
        ("POST /diarize", 429, "takes no more requests for now (HTTP 429)"),
        ("GET /jobs", 500, "is out of order (HTTP 500); try again later"),
        ("GET /jobs", 404, "refused the request (HTTP 404"),
    ],
)
def test_refusals(cloud: StandInCloud, what: str, status: int, expected: str) -> None:
    """Each status where it comes up, with its remedy."""
    cloud.fails[what] = status
    assert expected in failed()


@pytest.mark.parametrize("what", [*UPLOADED, "GET /jobs"])
def test_a_service_that_falls_silent(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """The SDK would wait for ever."""
    monkeypatch.setattr(service, "ANSWER_S", 0.3)
    cloud.stalls = what
    expected = "The upload to pyannoteAI broke off" if "PUT" in what else "pyannoteAI's cloud cannot be reached"
    assert failed().startswith(f"{expected} (no answer in time); check the network")
    assert cloud.asked[-1] == what


def test_a_service_that_is_not_there(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens."""
    from pyannoteai.sdk import Client

    monkeypatch.setattr(Client, "API_URL", "http://127.0.0.1:9")
    assert failed().startswith("pyannoteAI's cloud cannot be reached (ConnectionError); check the network")


def test_an_upload_that_breaks_off(cloud: StandInCloud) -> None:
    """Nothing is asked of what arrived in part."""
    cloud.cuts_bytes = 20_000
    assert failed().startswith("The upload to pyannoteAI broke off (ConnectionError); check the network and try again")
    assert not cloud.jobs


@pytest.mark.parametrize(
    ("state", "output", "expected"),
    [
        ("failed", {"error": f"No speech in {KEY}.\nSorry"}, f"job {JOB} failed (No speech in ***); try again"),
        ("failed", {}, f"job {JOB} failed (Please contact support); try again"),
        ("failed", None, f"job {JOB} failed (no reason given); try again"),
        ("canceled", {}, f"job {JOB} was cancelled there; start it again"),
        ("canceled", None, f"job {JOB} was cancelled there; start it again"),
    ],
)
def test_jobs_that_fail(cloud: StandInCloud, state: str, output: Any, expected: str) -> None:
    """The cloud's reason, where it gives one; the number of the job, for its support."""
    cloud.states, cloud.output = ("running", state), output
    assert expected in failed()


def test_a_job_that_never_ends(cloud: StandInCloud) -> None:
    """It is given so long, and then left; its last state is said."""
    cloud.states = ("running",)
    assert f"job {JOB} has not ended after 0 s (it is running); look for it" in failed(timeout_s=0.3)


def test_a_job_is_given_half_an_hour_and_twice_the_recording() -> None:
    """Unless somebody says otherwise."""
    assert Timeouts.of({}).limit_s(600.0) == 1800 + 1200
    assert Timeouts.of({"timeout_s": 60}).limit_s(600.0) == 60


def test_a_moment_without_network_does_not_cost_the_job(cloud: StandInCloud) -> None:
    """A broken connection is made again; the fifth in one job is too many."""
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
def test_an_answer_that_is_none(cloud: StandInCloud, what: str, body: bytes) -> None:
    """Other JSON, no JSON, half a turn: the user learns whose answer it was."""
    cloud.says[what] = body
    assert failed().startswith("pyannoteAI's answer cannot be understood (")


@pytest.mark.parametrize("step", ["pyannoteAI", "upload", "job created", "job running"])
def test_stopping(cloud: StandInCloud, step: str) -> None:
    """Whatever it is at, it ends at once, and the cloud is asked for nothing more."""
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
def test_parameters_that_cannot_be_meant(parameters: dict[str, Any], expected: str) -> None:
    """They are refused when the diarizer is chosen."""
    with pytest.raises(UsageError, match=re.escape(expected)):
        choose_diarizer("precision-2", plugins_with_cloud(), DiarizerSettings(parameters=parameters))


def test_a_recording_that_is_too_long(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before it is uploaded."""
    monkeypatch.setattr(audio, "MOST_BYTES", 32_000)
    with pytest.raises(
        MediaError, match=r"too long for pyannoteAI, which takes 0\.0 hours of this sound at once; cut it"
    ):
        diarized()
    assert cloud.asked == ["GET /test"]


def test_no_room_for_the_sound(cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is named, and how to have another."""

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audio, "_write", full)
    assert "(No space left on device); make room there, or set TMPDIR" in failed()


@pytest.mark.parametrize(
    ("key", "offline", "why"),
    [
        (None, False, "PYANNOTEAI_API_KEY is not set"),
        (KEY, True, "needs the network"),
        (KEY, False, None),
    ],
)
def test_readiness_of_the_cloud_says_what_is_missing(
    cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch, key: str | None, offline: bool, why: str | None
) -> None:
    """A key, or the network; where both are there, that it uploads. Nobody is asked."""
    monkeypatch.delenv("PYANNOTEAI_API_KEY")
    if key is not None:
        monkeypatch.setenv("PYANNOTEAI_API_KEY", key)
    rows = readiness(plugins_with_cloud(), DiarizerSettings(offline=offline))
    (row,) = [row for row in rows if row.name == "precision-2"]
    said = why or "pyannoteAI's cloud: uploads the recording; needs PYANNOTEAI_API_KEY"
    assert row == Readiness("precision-2", ("network", "key"), why is None, said)
    assert not cloud.asked
