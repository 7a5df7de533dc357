"""Recordings in which each channel is one speaker."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug import Transcriber, Waveform, Word, hookimpl
from speakerplug.errors import UsageError
from speakerplug.formats import rttm
from speakerplug.pipeline.multichannel.crosstalk import Bleed, Span
from speakerplug.pipeline.multichannel.transcribe import NAME, Channels, echoes, in_phrases
from speakerplug.pipeline.options import Options
from speakerplug.plugin.roles import Recognition, RecognitionRequest
from speakerplug.subtitles import cues_from
from speakerplug.testing import FakeDiarizer, FakeRecognizer, check_diarization, plugins_with, words
from speakerplug.transcript import Diarization
from tests.media_files import babble, record
from tests.pipeline.multichannel.test_crosstalk import RATE, SECONDS, noise, spoken

TALK = ((1.0, 4.0), (6.0, 9.0))
ANSWER = ((3.8, 6.2), (10.0, 18.0))


def call(bleed: float = 0.1) -> np.ndarray:
    """Two channels: the first speaker talks in TALK, the second in ANSWER, and each leaks into the other."""
    first, second = spoken(*TALK, seed=1), spoken(*ANSWER, seed=2)
    return np.stack([first + bleed * second + noise(-70, 3), second + bleed * first + noise(-70, 4)])


def loud(samples: np.ndarray) -> list[Span]:
    """Stretches of any sound, to a tenth of a second."""
    blocks = np.abs(samples[: len(samples) // 1600 * 1600]).reshape(-1, 1600).max(axis=1) > 0.003
    edges = np.flatnonzero(np.diff(np.r_[False, blocks, False]))
    return [(float(a) / 10, float(b) / 10) for a, b in edges.reshape(-1, 2)]


def channels(sound: np.ndarray) -> Channels:
    return Channels.of([Waveform.of(channel) for channel in sound], loud, lambda *_: None)


class Ears(FakeRecognizer):
    """Hears a word in each second of sound, named after the second, whoever says it."""

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: object, progress: object
    ) -> Recognition:
        self.requests.append(request)
        self.words = [
            Word(f"w{second}", second + 0.3, second + 0.7)
            for second in range(int(waveform.duration))
            if np.abs(waveform.samples[round((second + 0.3) * RATE) : round((second + 0.7) * RATE)]).max() > 0.004
        ]
        return Recognition(tuple(self.words), request.language or "en", "ears")


@pytest.fixture
def speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """Babble is speech."""
    monkeypatch.setattr("speakerplug.pipeline.stages.speech_in", loud)


def ready(
    recognizer: FakeRecognizer | None = None, diarizer: FakeDiarizer | None = None, **options: object
) -> Transcriber:
    stages = {"recognizer": recognizer or Ears(), "diarizer": diarizer or FakeDiarizer()}
    given = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", **options}
    return Transcriber(plugins=plugins_with(**stages), **given)  # type: ignore[arg-type]


def test_turns_are_each_channels_own_speech() -> None:
    """Bleed is nobody's turn, and speech at the same time is both's."""
    diarization = channels(call()).diarization
    check_diarization(diarization, SECONDS)
    found = {
        speaker: [(t.start, t.end) for t in diarization.turns if t.speaker == speaker]
        for speaker in diarization.speakers
    }
    assert found.keys() == {"SPEAKER_00", "SPEAKER_01"}
    for spans, true in ((found["SPEAKER_00"], TALK), (found["SPEAKER_01"], ANSWER)):
        assert np.array(spans) == pytest.approx(np.array(true), abs=0.3)


@pytest.mark.usefixtures("speech")
@pytest.mark.parametrize("wanted", ["speakers", "auto"])
def test_each_channel_is_one_speaker(wanted: str) -> None:
    """Words have the speaker of their channel, each once, and no diarizer is asked."""
    with ready(channels=wanted) as transcriber:
        transcript = transcriber.transcribe(call())
        assert "diarizer" not in vars(transcriber)  # none was made
    said = {word.text: word.speaker for word in transcript.words}
    assert len(said) == len(transcript.words)
    assert said == {f"w{s}": "SPEAKER_00" for s in (1, 2, 3, 6, 7, 8)} | {
        f"w{s}": "SPEAKER_01" for s in (4, 5, *range(10, 18))
    }
    assert {word.method for word in transcript.words} == {NAME}
    assert transcript.provenance.diarizer == NAME
    assert [speaker.id for speaker in transcript.speakers] == ["SPEAKER_00", "SPEAKER_01"]
    assert rttm.write(transcript).count("\n") == 4
    assert {cue.speaker for cue in cues_from(transcript)} == {"SPEAKER_00", "SPEAKER_01"}


@pytest.mark.usefixtures("speech")
def test_a_file_is_read_by_channel(tmp_path: object) -> None:
    """A recording on disk gives what its samples give."""
    path = record(tmp_path / "call.wav", call(), codec="pcm_f32le")  # type: ignore[operator]
    with ready(channels="auto") as transcriber:
        from_file, from_samples = transcriber.transcribe(path), transcriber.transcribe(call())
    assert from_file.words == from_samples.words
    assert from_file.turns == from_samples.turns
    assert from_file.media.file == "call.wav"


@pytest.mark.usefixtures("speech")
def test_turns_alone_need_no_recognizer() -> None:
    """Who speaks when is known from the channels, with neither stage."""
    with ready(channels="speakers") as transcriber:
        turns = transcriber.diarize(call()).turns
    with ready(channels="speakers", recognizer=None) as transcriber:
        assert transcriber.transcribe(call()).turns == turns
    assert len(turns) == 4


@pytest.mark.usefixtures("speech")
def test_the_one_who_talks_most_says_the_language() -> None:
    """The channel with most speech is heard first, and the others in the language that was found there."""
    ears = Ears()
    with ready(ears, channels="speakers") as transcriber:
        transcriber.transcribe(call())
    assert [request.language for request in ears.requests] == [None, "en"]


@pytest.mark.usefixtures("speech")
def test_a_silent_channel_has_no_words() -> None:
    """Where nobody speaks nothing is recognized, and the speaker of that channel is not there."""
    sound, ears = call(0.0), Ears()
    sound[0] = 0.0
    with ready(ears, channels="speakers") as transcriber:
        transcript = transcriber.transcribe(sound)
    assert len(ears.requests) == 1
    assert [speaker.id for speaker in transcript.speakers] == ["SPEAKER_01"]


@pytest.mark.usefixtures("speech")
def test_mixed_is_as_it_was_but_for_a_hint(caplog: pytest.LogCaptureFixture) -> None:
    """By default channels are mixed and diarized; one line tells of channels that look like different people."""
    diarizer = FakeDiarizer()
    with ready(diarizer=diarizer) as transcriber, caplog.at_level("INFO", "speakerplug"):
        transcript = transcriber.transcribe(call())
    assert len(diarizer.requests) == 1
    assert transcript.provenance.diarizer == "fake"
    assert [r.message for r in caplog.records if "channels" in r.message] == [
        "The channels look like different people; --channels speakers would use that."
    ]


@pytest.mark.usefixtures("speech")
@pytest.mark.parametrize("mode", ["mix", "auto"])
def test_one_scene_is_mixed(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """Stereo of one scene has no hint; auto says why it is mixed."""
    scene = np.stack([babble(5)[0], 0.5 * babble(5)[0]])
    with ready(channels=mode) as transcriber, caplog.at_level("INFO", "speakerplug"):
        assert transcriber.transcribe(scene).provenance.diarizer == "fake"
    said = [r.message for r in caplog.records if "channels" in r.message]
    assert said == (["The channels are mixed: all channels hold the same sound."] if mode == "auto" else [])


@pytest.mark.parametrize("count", [1, 2, 9])
def test_channels_that_cannot_be_speakers_are_refused(count: int) -> None:
    """Mono, the same sound twice, and too many channels end with what to do instead."""
    sound = np.tile(babble(1), (count, 1))
    with ready(channels="speakers") as transcriber, pytest.raises(UsageError, match="leave --channels speakers out"):
        transcriber.transcribe(sound if count > 1 else sound[0])


@pytest.mark.parametrize(
    "given", [{"channels": "left"}, {"channels": "speakers", "num_speakers": 2}, {"aligner_model": "m"}]
)
def test_options_that_contradict_are_refused(given: dict[str, object]) -> None:
    """An unknown way, a number of speakers beside channels that are speakers, and a model for no aligner."""
    with pytest.raises(UsageError):
        Options(**given)  # type: ignore[arg-type]


def test_the_same_word_in_two_channels_is_suspicious() -> None:
    """Nearly the same word at nearly the same time; another word, or another time, is not."""
    heard = [words(("Hello,", 1.0, 1.4), ("you", 5.0, 5.2)), words(("hallo", 1.3, 1.5), ("you", 6.0, 6.2))]
    assert echoes(heard[0][0], heard, 0) == [1]
    assert echoes(heard[0][1], heard, 0) == []
    assert echoes(heard[1][0], heard, 1) == [0]


lines = st.lists(st.tuples(st.floats(0, 2), st.floats(0, 1), st.sampled_from(["a", "b.", "c?"])), max_size=12)


def laid_out(line: list[tuple[float, float, str]], speaker: str) -> list[Word]:
    said, now = [], 0.0
    for gap, length, text in line:
        said.append(Word(text, now + gap, now + gap + length, speaker))
        now += gap + length
    return said


@given(st.lists(lines, min_size=1, max_size=4))
def test_phrases_keep_every_word_and_everybodys_order(channels: list[list[tuple[float, float, str]]]) -> None:
    """All words come out once; those of one speaker in their order; phrases begin in the order of time."""
    said = [laid_out(line, str(number)) for number, line in enumerate(channels)]
    joined = list(in_phrases(said))
    assert sorted(joined, key=repr) == sorted((word for line in said for word in line), key=repr)
    for number, line in enumerate(said):
        assert [word for word in joined if word.speaker == str(number)] == line
    changes = [second for first, second in pairwise(joined) if first.speaker != second.speaker]
    starts = [word.start for word in [*joined[:1], *changes]]
    assert starts == sorted(starts, key=lambda start: start or 0.0)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 19), st.floats(0.05, 1)), max_size=8))
def test_every_word_lies_in_a_turn_of_its_speaker(spans: list[tuple[float, float]]) -> None:
    """Where a word was kept and no speech was found there is a turn for it, and turns stay as turns must be."""
    silent = Channels((Waveform.of(np.zeros(RATE)),) * 2, Bleed(()), Diarization(), ((), ()))
    said = [Word("x", start, start + length, "SPEAKER_01") for start, length in sorted(spans)]
    diarization = silent.with_turns_for(said)
    check_diarization(diarization)
    for word in said:
        assert any(t.start <= (word.start or 0) and (word.end or 0) <= t.end + 1e-9 for t in diarization.turns)


@pytest.mark.usefixtures("speech")
def test_words_of_channels_outlive_an_interrupted_hook() -> None:
    """What was heard in each channel is partial of the recording, in the order in which it was said."""

    class Interrupted:
        @hookimpl
        def modify_words(self, words: object) -> None:
            raise KeyboardInterrupt

    with ready(channels="speakers") as transcriber:
        transcriber.plugins.add("interrupted", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            transcriber.transcribe(call(0.0))
        partial = transcriber.partial
    assert partial is not None
    starts = [word.start or 0.0 for word in partial.words]
    assert len(starts) > 10
    assert starts == sorted(starts)
