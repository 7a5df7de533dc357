"""Aligners: registered, chosen, checked, and done without where they fail."""

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

HEARD = words(("hello", 0.1, 0.5), ("there", 0.6, 0.9), ("hi", 1.2, 1.4))
Change = Callable[[tuple[Word, ...]], Any]


def later(given: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(replace(word, start=(word.start or 0) + 0.05, end=(word.end or 0) + 0.05) for word in given)


@dataclass
class Mover:
    """An aligner that changes the words as it is told."""

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


class Registration:
    """A plugin with one aligner; `settings` are those it was built with."""

    def __init__(self, aligner: Mover) -> None:
        self.aligner = aligner
        self.settings: AlignerSettings | None = None

    @hookimpl
    def register_aligners(self, register: Callable[[AlignerRegistration], None]) -> None:
        register(AlignerRegistration("mover", self.make, description="for tests"))

    def make(self, settings: AlignerSettings) -> Mover:
        self.settings = settings
        return self.aligner


class Listener:
    def __init__(self) -> None:
        self.heard: list[str] = []

    @hookimpl
    def report(self, event: ProgressEvent) -> None:
        if event.started:
            self.heard.append(event.stage)
        elif not event.finished:
            self.heard.append(f"{event.stage} {event.completed:g}/{event.total:g}")


def transcriber(offer: Registration, listener: Listener | None = None, **options: Any) -> Transcriber:
    stages = {"recognizer": FakeRecognizer(HEARD), "diarizer": FakeDiarizer(turns((0, 1, "A"), (1.1, 1.5, "B")))}
    plugins = plugins_with({"offer": offer, "listener": listener or Listener()}, **stages)
    given = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", "aligner": "mover", **options}
    return Transcriber(plugins=plugins, **given)


def test_a_registered_aligner_moves_the_words() -> None:
    """It is built with what was asked for, made ready before any work, and called between the stages, with progress."""
    mover, listener = Mover(), Listener()
    offer = Registration(mover)
    with transcriber(offer, listener, aligner_model="mine", language="en") as ready:
        transcript = ready.transcribe(silence(2.0))
    assert [word.start for word in transcript.words] == pytest.approx([0.15, 0.65, 1.25])
    assert [word.speaker for word in transcript.words] == ["A", "A", "B"]
    assert offer.settings == AlignerSettings("mine", "en")
    assert (mover.prepared, mover.language) == (1, "en")
    assert listener.heard.index("recognition") < listener.heard.index("alignment") < listener.heard.index("attribution")
    assert "alignment 1/1" in listener.heard


def test_attribute_in_the_background_prepares_the_aligner_once() -> None:
    """A host's words are aligned by an aligner that was told to find what it needs, as in any other call."""
    mover = Mover()
    with transcriber(Registration(mover), language="en") as ready:
        speakers = BackgroundDiarization(ready, silence(2.0))
        assert [word.start for word in speakers.attribute(HEARD).words] == pytest.approx([0.15, 0.65, 1.25])
    assert mover.prepared == 1


def test_without_an_aligner_there_is_no_stage() -> None:
    """By default nobody aligns."""
    listener = Listener()
    with transcriber(Registration(Mover()), listener, aligner=None) as ready:
        assert [word.start for word in ready.transcribe(silence(2.0)).words] == [0.1, 0.6, 1.2]
    assert "alignment" not in listener.heard


def test_an_unknown_aligner_is_refused_before_any_work() -> None:
    """The names that there are stand in the message; where there is none it says so."""
    with (
        transcriber(Registration(Mover()), aligner="other") as ready,
        pytest.raises(UsageError, match="choose one of: mover"),
    ):
        ready.transcribe(silence())
    with pytest.raises(UsageError, match="install a plugin"):
        plugins_with().choose("aligners", "any")


def test_a_model_that_is_not_there_is_said_before_any_work() -> None:
    """What an aligner says when it is made ready ends the run, with nothing recognized yet."""

    class Missing(Mover):
        def prepare(self, devices: DeviceManager, progress: Progress) -> None:
            raise ModelError("Buy one.")

    listener = Listener()
    with transcriber(Registration(Missing()), listener) as ready, pytest.raises(ModelError, match=r"^Buy one\.$"):
        ready.transcribe(silence(2.0))
    assert "recognition" not in listener.heard


@pytest.mark.parametrize("error", [RuntimeError("out of breath"), ModelError("damaged")])
def test_an_aligner_that_fails_leaves_the_words(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """One warning names it and why; the transcript has the recognizer's times."""
    with transcriber(Registration(Mover(error=error))) as ready:
        transcript = ready.transcribe(silence(2.0))
    assert [word.start for word in transcript.words] == [0.1, 0.6, 1.2]
    (warning,) = [r.message for r in caplog.records if r.levelname == "WARNING"]
    assert "Aligner mover failed" in warning
    assert str(error) in warning


def test_work_that_is_told_to_stop_stops() -> None:
    """A stop is no failure of the aligner."""
    with pytest.raises(Cancelled):
        align(Mover(error=Cancelled("now")), silence(2.0), HEARD, "en", _devices(), lambda *_: None, plugins_with())


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
def test_only_times_may_change(change: Change, caplog: pytest.LogCaptureFixture) -> None:
    """Other words, another order, and times that cannot be, are the aligner's failure: the words stay."""
    with pytest.raises(PluginError, match="choose another"):
        retimed(HEARD, change(HEARD), 2.0, "mover")
    with transcriber(Registration(Mover(change))) as ready:
        assert [(w.text, w.start) for w in ready.transcribe(silence(2.0)).words] == [(w.text, w.start) for w in HEARD]
    assert sum(r.levelname == "WARNING" for r in caplog.records) == 1


def test_what_words_carry_is_kept() -> None:
    """Confidence and the like are the recognizer's, whatever the aligner gives back."""
    given = (replace(HEARD[0], confidence=0.5, joined=True, estimated=True),)
    (word,) = retimed(given, [Word("hello", 0.2, 0.4)], 1.0)
    assert word == Word("hello", 0.2, 0.4, confidence=0.5, joined=True)
    assert retimed(given, given, 1.0) == given


def test_words_without_times_get_some_first() -> None:
    """An aligner is only ever given words that have times."""
    seen: list[Word] = []

    def look(given: tuple[Word, ...]) -> tuple[Word, ...]:
        seen.extend(given)
        return given

    align(
        Mover(look),
        silence(3.0),
        (HEARD[0], Word("x", None, None), HEARD[2]),
        "en",
        _devices(),
        lambda *_: None,
        plugins_with(),
    )
    assert [(word.start, word.end) for word in seen] == [(0.1, 0.5), (0.5, 1.2), (1.2, 1.4)]


def test_where_nothing_was_said_nobody_is_asked() -> None:
    """No words, no alignment."""
    assert align(Mover(error=RuntimeError()), silence(), (), "en", _devices(), lambda *_: None, plugins_with()) == ()


def _devices() -> DeviceManager:
    return DeviceManager("cpu")
