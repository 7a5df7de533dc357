"""Recordings in which each channel is one speaker are transcribed by channel."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug import Transcriber, Waveform, Word, hookimpl
from speakerplug.errors import UsageError
from speakerplug.formats import rttm
from speakerplug.pipeline.multichannel.crosstalk import Crosstalk, Span
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


def call(crosstalk: float = 0.1) -> np.ndarray:
    """Return two channels: the first speaker talks in TALK, the second in ANSWER, with crosstalk both ways."""
    first, second = spoken(*TALK, seed=1), spoken(*ANSWER, seed=2)
    return np.stack([first + crosstalk * second + noise(-70, 3), second + crosstalk * first + noise(-70, 4)])


def loud(waveform: Waveform) -> list[Span]:
    """Return the spans of audio that is not silent, to a tenth of a second."""
    samples = waveform.samples
    blocks = np.abs(samples[: len(samples) // 1600 * 1600]).reshape(-1, 1600).max(axis=1) > 0.003
    edges = np.flatnonzero(np.diff(np.r_[False, blocks, False]))
    return [(float(a) / 10, float(b) / 10) for a, b in edges.reshape(-1, 2)]


def channels(audio: np.ndarray) -> Channels:
    return Channels.of([Waveform.of(channel) for channel in audio], loud, lambda *_: None)


class EnergyRecognizer(FakeRecognizer):
    """Recognize a word in each second that is not silent, named after the second."""

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: object, progress: object
    ) -> Recognition:
        self.requests.append(request)
        self.words = [
            Word(f"w{second}", second + 0.3, second + 0.7)
            for second in range(int(waveform.duration))
            if np.abs(waveform.samples[round((second + 0.3) * RATE) : round((second + 0.7) * RATE)]).max() > 0.004
        ]
        return Recognition(tuple(self.words), request.language or "en", "energy")


@pytest.fixture
def speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make babble count as speech."""
    monkeypatch.setattr("speakerplug.pipeline.stages.speech_in", loud)


def ready(
    recognizer: FakeRecognizer | None = None, diarizer: FakeDiarizer | None = None, **options: object
) -> Transcriber:
    stages = {"recognizer": recognizer or EnergyRecognizer(), "diarizer": diarizer or FakeDiarizer()}
    given = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", **options}
    return Transcriber(plugins=plugins_with(**stages), **given)  # type: ignore[arg-type]


def test_channels_of_a_call_have_the_turns_of_each_speaker() -> None:
    """Crosstalk makes no turn, and overlapping speech makes a turn of both."""
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
def test_transcribe_by_channel_gives_each_word_the_speaker_of_its_channel(wanted: str) -> None:
    """Each word occurs once, and no diarizer is built."""
    with ready(channels=wanted) as transcriber:
        transcript = transcriber.transcribe(call())
        assert transcriber._built.name("diarizer") is None
    spoken_words = {word.text: word.speaker for word in transcript.words}
    assert len(spoken_words) == len(transcript.words)
    assert spoken_words == {f"w{s}": "SPEAKER_00" for s in (1, 2, 3, 6, 7, 8)} | {
        f"w{s}": "SPEAKER_01" for s in (4, 5, *range(10, 18))
    }
    assert {word.method for word in transcript.words} == {NAME}
    assert transcript.provenance.diarizer == NAME
    assert [speaker.id for speaker in transcript.speakers] == ["SPEAKER_00", "SPEAKER_01"]
    assert rttm.write(transcript).count("\n") == 4
    assert {cue.speaker for cue in cues_from(transcript)} == {"SPEAKER_00", "SPEAKER_01"}


@pytest.mark.usefixtures("speech")
def test_transcribe_a_file_by_channel_equals_that_of_its_samples(tmp_path: object) -> None:
    """A recording on disk gives the same words and turns as its samples."""
    path = record(tmp_path / "call.wav", call(), codec="pcm_f32le")  # type: ignore[operator]
    with ready(channels="auto") as transcriber:
        from_file, from_samples = transcriber.transcribe(path), transcriber.transcribe(call())
    assert from_file.words == from_samples.words
    assert from_file.turns == from_samples.turns
    assert from_file.media.file == "call.wav"


@pytest.mark.usefixtures("speech")
def test_diarize_by_channel_needs_no_recognizer() -> None:
    """The turns come from the channels, without either stage."""
    with ready(channels="speakers") as transcriber:
        turns = transcriber.diarize(call()).turns
    with ready(channels="speakers", recognizer=None) as transcriber:
        assert transcriber.transcribe(call()).turns == turns
    assert len(turns) == 4


@pytest.mark.usefixtures("speech")
def test_transcribe_by_channel_detects_the_language_in_the_longest() -> None:
    """The channel with the most speech is recognized first, and its language is used for the others."""
    recognizer = EnergyRecognizer()
    with ready(recognizer, channels="speakers") as transcriber:
        transcriber.transcribe(call())
    assert [request.language for request in recognizer.requests] == [None, "en"]


@pytest.mark.usefixtures("speech")
def test_transcribe_by_channel_with_a_silent_one_skips_it() -> None:
    """It is not recognized, and its speaker is not in the transcript."""
    audio, recognizer = call(0.0), EnergyRecognizer()
    audio[0] = 0.0
    with ready(recognizer, channels="speakers") as transcriber:
        transcript = transcriber.transcribe(audio)
    assert len(recognizer.requests) == 1
    assert [speaker.id for speaker in transcript.speakers] == ["SPEAKER_01"]


@pytest.mark.usefixtures("speech")
def test_transcribe_separate_speakers_by_default_mixes_and_logs_a_hint(caplog: pytest.LogCaptureFixture) -> None:
    """Channels are mixed and diarized; one line says that they look like separate speakers."""
    diarizer = FakeDiarizer()
    with ready(diarizer=diarizer) as transcriber, caplog.at_level("INFO", "speakerplug"):
        transcript = transcriber.transcribe(call())
    assert len(diarizer.requests) == 1
    assert transcript.provenance.diarizer == "fake"
    assert [r.message for r in caplog.records if "channels" in r.message] == [
        "The channels look like separate speakers; to use that, add --channels speakers."
    ]


@pytest.mark.usefixtures("speech")
@pytest.mark.parametrize("mode", ["mix", "auto"])
def test_transcribe_one_scene_mixes_it(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """Stereo of one scene gets no hint; auto logs why it is mixed."""
    scene = np.stack([babble(5)[0], 0.5 * babble(5)[0]])
    with ready(channels=mode) as transcriber, caplog.at_level("INFO", "speakerplug"):
        assert transcriber.transcribe(scene).provenance.diarizer == "fake"
    logged = [r.message for r in caplog.records if "channels" in r.message]
    assert logged == (["The channels are mixed: all channels hold the same audio."] if mode == "auto" else [])


@pytest.mark.parametrize("count", [1, 2, 9])
def test_transcribe_by_channel_of_unsuitable_channels_is_refused(count: int) -> None:
    """Mono, the same audio twice, and too many channels end with a hint."""
    audio = np.tile(babble(1), (count, 1))
    with ready(channels="speakers") as transcriber, pytest.raises(UsageError, match="leave --channels speakers out"):
        transcriber.transcribe(audio if count > 1 else audio[0])


@pytest.mark.parametrize(
    "given", [{"channels": "left"}, {"channels": "speakers", "num_speakers": 2}, {"aligner_model": "m"}]
)
def test_options_with_contradictory_channels_are_refused(given: dict[str, object]) -> None:
    """An unknown mode, a number of speakers with channels that are speakers, and a model without an aligner."""
    with pytest.raises(UsageError):
        Options(**given)  # type: ignore[arg-type]


def test_echoes_of_a_word_are_channels_with_a_similar_word() -> None:
    """The word must be similar and at nearly the same time."""
    recognized = [words(("Hello,", 1.0, 1.4), ("you", 5.0, 5.2)), words(("hallo", 1.3, 1.5), ("you", 6.0, 6.2))]
    assert echoes(recognized[0][0], recognized, 0) == [1]
    assert echoes(recognized[0][1], recognized, 0) == []
    assert echoes(recognized[1][0], recognized, 1) == [0]


lines = st.lists(st.tuples(st.floats(0, 2), st.floats(0, 1), st.sampled_from(["a", "b.", "c?"])), max_size=12)


def laid_out(line: list[tuple[float, float, str]], speaker: str) -> list[Word]:
    laid, now = [], 0.0
    for pause, length, text in line:
        laid.append(Word(text, now + pause, now + pause + length, speaker))
        now += pause + length
    return laid


@given(st.lists(lines, min_size=1, max_size=4))
def test_in_phrases_of_any_channels_keeps_every_word_in_order(channels: list[list[tuple[float, float, str]]]) -> None:
    """All words occur once, those of one speaker in their order, and phrases in order of time."""
    lines = [laid_out(line, str(number)) for number, line in enumerate(channels)]
    joined = list(in_phrases(lines))
    assert sorted(joined, key=repr) == sorted((word for line in lines for word in line), key=repr)
    for number, line in enumerate(lines):
        assert [word for word in joined if word.speaker == str(number)] == line
    changes = [second for first, second in pairwise(joined) if first.speaker != second.speaker]
    starts = [word.start for word in [*joined[:1], *changes]]
    assert starts == sorted(starts, key=lambda start: start or 0.0)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 19), st.floats(0.05, 1)), max_size=8))
def test_with_turns_for_any_words_covers_each_word(spans: list[tuple[float, float]]) -> None:
    """A word outside of all turns gets a turn of its own, and the turns stay valid."""
    silent = Channels((Waveform.of(np.zeros(RATE)),) * 2, Crosstalk(()), Diarization(), ((), ()))
    spoken_words = [Word("x", start, start + length, "SPEAKER_01") for start, length in sorted(spans)]
    diarization = silent.with_turns_for(spoken_words)
    check_diarization(diarization)
    for word in spoken_words:
        assert any(t.start <= (word.start or 0) and (word.end or 0) <= t.end + 1e-9 for t in diarization.turns)


@pytest.mark.usefixtures("speech")
def test_partial_of_channels_after_an_interrupted_hook_has_their_words() -> None:
    """The words of all channels are in the partial transcript, in order of time."""

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


def test_in_phrases_of_a_word_in_parts_never_ends_within_it() -> None:
    """Neither a period nor a pause between the parts of a word lets another channel's word come between them."""
    one = (Word("U.", 0.0, 0.4), Word("S.", 1.4, 1.6, joined=True), Word("Yes.", 3.0, 3.5))
    assert [word.text for word in in_phrases([one, (Word("Hm.", 0.8, 1.0),)])] == ["U.", "S.", "Hm.", "Yes."]
