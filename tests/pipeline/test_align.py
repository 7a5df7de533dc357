"""Aligners are registered, chosen and checked; if they fail, words keep their times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from speakerplug import Transcriber, Waveform, Word, hookimpl
from speakerplug.devices import DeviceManager
from speakerplug.errors import Cancelled, ModelError, PluginError, UsageError
from speakerplug.pipeline.align import align, retimed
from speakerplug.pipeline.background import BackgroundDiarization
from speakerplug.plugin.registrations import AlignerRegistration
from speakerplug.plugin.roles import AlignerSettings
from speakerplug.system.progress import Progress, ProgressEvent
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words

WORDS = words(("hello", 0.1, 0.5), ("there", 0.6, 0.9), ("hi", 1.2, 1.4))
Change = Callable[[tuple[Word, ...]], Any]


def later(given: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(replace(word, start=(word.start or 0) + 0.05, end=(word.end or 0) + 0.05) for word in given)


@dataclass
class FakeAligner:
    """An aligner that changes the words by a function."""

    change: Change = later
    name: str = "mover"
    error: Exception | None = None
    prepared: int = 0
    language: str | None = None

    def prepare(self, devices: DeviceManager, progress: Progress) -> None:
        self.prepared += 1

    def align(
        self,
        waveform: Waveform,
        words: tuple[Word, ...],
        language: str | None,
        devices: DeviceManager,
        progress: Progress,
    ) -> Any:
        self.language = language
        progress("alignment", 1, 1)
        if self.error is not None:
            raise self.error
        return self.change(words)


class Registering:
    """A plugin with one aligner; `settings` are those with which it was built."""

    def __init__(self, aligner: FakeAligner) -> None:
        self.aligner = aligner
        self.settings: AlignerSettings | None = None

    @hookimpl
    def register_aligners(self, register: Callable[[AlignerRegistration], None]) -> None:
        register(AlignerRegistration("mover", self.make, description="for tests"))

    def make(self, settings: AlignerSettings) -> FakeAligner:
        self.settings = settings
        return self.aligner


class Listener:
    def __init__(self) -> None:
        self.stages: list[str] = []

    @hookimpl
    def report(self, event: ProgressEvent) -> None:
        if event.started:
            self.stages.append(event.stage)
        elif not event.finished:
            self.stages.append(f"{event.stage} {event.completed:g}/{event.total:g}")


def transcriber(registering: Registering, listener: Listener | None = None, **options: Any) -> Transcriber:
    stages = {"recognizer": FakeRecognizer(WORDS), "diarizer": FakeDiarizer(turns((0, 1, "A"), (1.1, 1.5, "B")))}
    plugins = plugins_with({"offer": registering, "listener": listener or Listener()}, **stages)
    given = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", "aligner": "mover", **options}
    return Transcriber(plugins=plugins, **given)


def test_transcribe_with_an_aligner_moves_the_words() -> None:
    """It is built with the options, prepared before any work, and called between the stages, with progress."""
    fake_aligner, listener = FakeAligner(), Listener()
    registering = Registering(fake_aligner)
    with transcriber(registering, listener, aligner_model="mine", language="en") as ready:
        transcript = ready.transcribe(silence(2.0))
    assert [word.start for word in transcript.words] == pytest.approx([0.15, 0.65, 1.25])
    assert [word.speaker for word in transcript.words] == ["A", "A", "B"]
    assert registering.settings == AlignerSettings("mine", "en")
    assert (fake_aligner.prepared, fake_aligner.language) == (1, "en")
    assert (
        listener.stages.index("recognition") < listener.stages.index("alignment") < listener.stages.index("attribution")
    )
    assert "alignment 1/1" in listener.stages


def test_background_attribute_with_an_aligner_prepares_it_once() -> None:
    """The words of a host are aligned by an aligner that was prepared, as in any other call."""
    fake_aligner = FakeAligner()
    with transcriber(Registering(fake_aligner), language="en") as ready:
        speakers = BackgroundDiarization(ready, silence(2.0))
        assert [word.start for word in speakers.attribute(WORDS).words] == pytest.approx([0.15, 0.65, 1.25])
    assert fake_aligner.prepared == 1


def test_transcribe_without_an_aligner_has_no_alignment_stage() -> None:
    """There is no aligner by default."""
    listener = Listener()
    with transcriber(Registering(FakeAligner()), listener, aligner=None) as ready:
        assert [word.start for word in ready.transcribe(silence(2.0)).words] == [0.1, 0.6, 1.2]
    assert "alignment" not in listener.stages


def test_transcribe_with_an_unknown_aligner_is_refused() -> None:
    """The message lists the names of aligners, or says that a plugin must be installed."""
    with (
        transcriber(Registering(FakeAligner()), aligner="any") as ready,
        pytest.raises(UsageError, match="choose one of: mover"),
    ):
        ready.transcribe(silence())
    with pytest.raises(UsageError, match="install a plugin"):
        plugins_with().choose("aligners", "any")


def test_transcribe_with_an_aligner_without_its_model_raises_before_recognition() -> None:
    """An error while the aligner is prepared ends the call before anything is recognized."""

    class Missing(FakeAligner):
        def prepare(self, devices: DeviceManager, progress: Progress) -> None:
            raise ModelError("Buy one.")

    listener = Listener()
    with transcriber(Registering(Missing()), listener) as ready, pytest.raises(ModelError, match=r"^Buy one\.$"):
        ready.transcribe(silence(2.0))
    assert "recognition" not in listener.stages


@pytest.mark.parametrize("error", [RuntimeError("out of breath"), ModelError("damaged")])
def test_transcribe_with_a_failing_aligner_keeps_the_times(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """One warning names the aligner and the reason; the transcript has the times of the recognizer."""
    with transcriber(Registering(FakeAligner(error=error))) as ready:
        transcript = ready.transcribe(silence(2.0))
    assert [word.start for word in transcript.words] == [0.1, 0.6, 1.2]
    (warning,) = [r.message for r in caplog.records if r.levelname == "WARNING"]
    assert "Aligner mover failed" in warning
    assert str(error) in warning


def test_align_that_is_cancelled_raises() -> None:
    """Cancellation is not a failure of the aligner."""
    with pytest.raises(Cancelled):
        align(
            FakeAligner(error=Cancelled("now")), silence(2.0), WORDS, "en", _devices(), lambda *_: None, plugins_with()
        )


BROKEN: list[Change] = [
    lambda given: given[:-1],
    lambda given: given[::-1],
    lambda given: (*given[:-1], replace(given[-1], text="bye")),
    lambda given: (*given[:-1], replace(given[-1], start=None)),
    lambda given: (*given[:-1], replace(given[-1], start=1.4, end=1.2)),
    lambda given: (*given[:-1], replace(given[-1], end=2.5)),
    lambda given: (*given[:-1], replace(given[-1], start=-0.1)),
    lambda given: (*given[:-1], replace(given[-1], start=float("nan"))),
]


@pytest.mark.parametrize("change", BROKEN)
def test_retimed_with_changes_other_than_times_is_refused(change: Change, caplog: pytest.LogCaptureFixture) -> None:
    """Other words, another order, and impossible times are a failure of the aligner: the words stay."""
    with pytest.raises(PluginError, match="choose another"):
        retimed(WORDS, change(WORDS), 2.0, "mover")
    with transcriber(Registering(FakeAligner(change))) as ready:
        assert [(w.text, w.start) for w in ready.transcribe(silence(2.0)).words] == [(w.text, w.start) for w in WORDS]
    assert sum(r.levelname == "WARNING" for r in caplog.records) == 1


def test_retimed_keeps_the_other_fields_of_words() -> None:
    """Confidence and the like are those of the recognizer, whatever the aligner returns."""
    given = (replace(WORDS[0], confidence=0.5, joined=True, estimated=True),)
    (word,) = retimed(given, [Word("hello", 0.2, 0.4)], 1.0)
    assert word == Word("hello", 0.2, 0.4, confidence=0.5, joined=True)
    assert retimed(given, given, 1.0) == given


def test_align_words_without_times_estimates_them_first() -> None:
    """An aligner only gets words with times."""
    seen: list[Word] = []

    def look(given: tuple[Word, ...]) -> tuple[Word, ...]:
        seen.extend(given)
        return given

    align(
        FakeAligner(look),
        silence(3.0),
        (WORDS[0], Word("x", None, None), WORDS[2]),
        "en",
        _devices(),
        lambda *_: None,
        plugins_with(),
    )
    assert [(word.start, word.end) for word in seen] == [(0.1, 0.5), (0.5, 1.2), (1.2, 1.4)]


def test_align_without_words_does_not_call_the_aligner() -> None:
    """A recording without words needs no alignment."""
    assert (
        align(FakeAligner(error=RuntimeError()), silence(), (), "en", _devices(), lambda *_: None, plugins_with()) == ()
    )


def _devices() -> DeviceManager:
    return DeviceManager("cpu")
