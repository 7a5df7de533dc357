"""Channels are mixed or treated as speakers, and the recording is decoded once."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from speakerplug import Recording, Transcriber, hookimpl
from speakerplug.formats import json
from speakerplug.media import decode_pyav
from speakerplug.media.file import MediaFile
from speakerplug.pipeline.background import BackgroundDiarization
from speakerplug.system.progress import ProgressEvent
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, words
from tests.media_files import babble, record
from tests.pipeline.multichannel.test_transcribe import call, loud
from tests.recordings import TALK


class Reports:
    """Record the steps of each stage."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    @hookimpl
    def report(self, event: ProgressEvent) -> None:
        self.steps.append(f"{event.stage}: {event.step}")


def ready(reports: Reports | None = None, **options: Any) -> Transcriber:
    fakes = {"recognizer": FakeRecognizer(words(("hello", 0.1, 0.5))), "diarizer": FakeDiarizer()}
    plugins = plugins_with({"reports": reports or Reports()}, **fakes)
    return Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", device="cpu", **options)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what is opened and decoded, by any backend."""
    counts: Counter[str] = Counter()

    def count(owner: Any, name: str, label: str) -> None:
        real = getattr(owner, name)

        @functools.wraps(real)
        def counting(*given: Any, **options: Any) -> Any:
            counts[label] += 1
            return real(*given, **options)

        monkeypatch.setattr(owner, name, counting)

    count(av, "open", "opened")
    count(decode_pyav, "decode", "decoded")
    count(MediaFile, "check", "checked")
    monkeypatch.setattr("speakerplug.pipeline.stages.speech_in", loud)
    return counts


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    """Write a call in which each channel is one speaker."""
    return record(tmp_path / "call.wav", call(), codec="pcm_f32le")


@pytest.mark.parametrize(("channels", "decoded"), [("mix", 1), ("speakers", 1), ("auto", 2)])
def test_transcribe_a_stereo_file_decodes_it_once(
    channels: str, decoded: int, stereo: Path, counted: Counter[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The channels are judged in the same pass; only `auto` that finds speakers decodes again, by channel."""
    with ready(channels=channels) as transcriber, caplog.at_level("INFO", "speakerplug"):
        transcriber.transcribe(stereo)
    assert counted["opened"] == counted["decoded"] == decoded
    assert counted["checked"] == 1
    hinted = "The channels look like separate speakers; to use that, add --channels speakers." in caplog.messages
    assert hinted == (channels == "mix")


def test_transcribe_one_scene_with_auto_decodes_it_once(tmp_path: Path, counted: Counter[str]) -> None:
    """The audio that was judged is mixed."""
    scene = record(tmp_path / "scene.wav", np.stack([babble(5)[0], 0.5 * babble(5)[0]]), codec="pcm_s16le")
    counted.clear()  # of writing it
    with ready(channels="auto") as transcriber:
        assert transcriber.transcribe(scene).provenance.diarizer == "fake"
    assert counted == {"opened": 1, "decoded": 1, "checked": 1}


def test_transcribe_a_mono_file_opens_and_decodes_it_once(tmp_path: Path, counted: Counter[str]) -> None:
    """One channel needs no judgment; the file that was probed is decoded without opening it again."""
    mono = record(tmp_path / "mono.wav", babble(1), codec="pcm_s16le")
    counted.clear()  # of writing it
    with ready() as transcriber:
        transcriber.transcribe(mono)
    assert counted == {"opened": 1, "decoded": 1, "checked": 1}


@pytest.mark.parametrize("channels", ["mix", "auto"])
@pytest.mark.usefixtures("counted")
def test_transcribe_judges_channels_in_the_decoding_stage(channels: str, stereo: Path) -> None:
    """A progress bar and --timings show it as a step of decoding."""
    reports = Reports()
    with ready(reports, channels=channels, timings=True) as transcriber:
        transcript = transcriber.transcribe(stereo)
    assert "decoding: channels" in reports.steps
    assert "decoding: channels" in (transcript.provenance.timings or {})


def test_background_diarization_of_a_stereo_file_does_not_judge_channels(
    stereo: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A host with its own words has one channel, so the channels are not judged."""
    with ready() as transcriber, caplog.at_level("INFO", "speakerplug"):
        BackgroundDiarization(transcriber, stereo).diarization  # noqa: B018 - it waits for the end
    assert "channels" not in caplog.text


def test_transcribe_by_path_bytes_or_open_file_gives_the_same_transcript() -> None:
    """It is the same byte for byte, if bytes are given a name."""
    with ready() as transcriber, TALK.open("rb") as file:
        sources = (TALK, str(TALK), Recording.of(TALK.read_bytes(), "talk.mp4"), file)
        written = {json.write(transcriber.transcribe(source)) for source in sources}
    assert len(written) == 1
