"""Checks of models, with fakes in their place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speakerplug.cli.doctor import Finding, models
from speakerplug.errors import ModelError
from speakerplug.plugin import DiarizerRegistration, RecognizerRegistration
from speakerplug.plugin.hooks import hookimpl
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import ModelRegistration
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from tests.hub.test_hub import refused_endpoint
from tests.standins.hub import connect

Use = Callable[[Plugins], None]

WORDS = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9))


class Packs:
    """A plugin with a model for the fake recognizer."""

    @hookimpl
    def register_models(self, register: Callable[[ModelRegistration], None]) -> None:
        """Offer it."""
        register(ModelRegistration("small-one", "fake", Path))


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Use:
    """Return a function that sets the plugins that the doctor sees, next to an empty cache."""
    connect(monkeypatch, refused_endpoint(), tmp_path)

    def see(plugins: Plugins) -> None:
        monkeypatch.setattr(models, "load_plugins", lambda: plugins)

    return see


def test_check_recognition_runs_each_model_on_the_sample(use: Use) -> None:
    """The finding counts the words."""
    recognizer = FakeRecognizer(WORDS)
    use(plugins_with({"packs": Packs()}, recognizer=recognizer))
    (finding,) = models.check_recognition()
    assert finding.status == "ok"
    assert finding.text.startswith("recognition with small-one: 2 words in 12 s, in ")
    assert len(recognizer.requests) == 1


def test_check_diarization_does_not_run_a_diarizer_without_a_model_here(use: Use) -> None:
    """It may be a cloud service: the doctor uploads nothing, not even a sample."""
    diarizer = FakeDiarizer(turns((0.0, 1.0, "A")))
    use(plugins_with(diarizer=diarizer))
    assert [finding.text for finding in models.check_diarization()] == ["diarization with fake: available, not run"]
    assert diarizer.requests == []


def test_check_recognition_of_a_failing_model_is_a_problem(use: Use) -> None:
    """With the hint of its error, such as for damaged weights."""
    damaged = FakeRecognizer(WORDS, error=ModelError("Its file is damaged; reinstall its package."))
    use(plugins_with({"packs": Packs()}, recognizer=damaged))
    assert list(models.check_recognition()) == [
        Finding("models", "problem", "recognition with small-one: Its file is damaged", "reinstall its package")
    ]


def test_checks_without_any_model_are_warnings(use: Use) -> None:
    """Nothing can run offline, but the hub may have models."""
    use(Plugins(discover=False))
    found = [*models.check_recognition(), *models.check_diarization()]
    assert [finding.status for finding in found] == ["warning", "warning"]
    assert all(finding.remedy for finding in found)


class Culprit:
    """A plugin with a diarizer and a recognizer from `factory`, each before one that works."""

    def __init__(self, factory: Any) -> None:
        self.factory = factory

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        """Offer it."""
        register(DiarizerRegistration("broken", self.factory))
        register(DiarizerRegistration("next", lambda settings: FakeDiarizer(name="next")))

    @hookimpl
    def register_recognizers(self, register: Callable[[RecognizerRegistration], None]) -> None:
        """Offer it."""
        register(RecognizerRegistration("broken", self.factory))

    @hookimpl
    def register_models(self, register: Callable[[ModelRegistration], None]) -> None:
        """Offer one for each."""
        register(ModelRegistration("m1", "broken", Path))
        register(ModelRegistration("m2", "fake", Path))


def exits(settings: object) -> object:
    """End the process."""
    sys.exit(4)


EXITED = "broken failed (it called sys.exit(4))", "choose another, update the plugin culprit, or see why with -v"
FIVE = "broken is an int without a name, `prepare` or `{}`", "choose another, or update the plugin culprit"


@pytest.mark.parametrize(("factory", "expected"), [(exits, EXITED), (lambda settings: 5, FIVE)], ids=["exits", "five"])
def test_factory_that_makes_no_stage_is_a_problem_and_the_next_runs(use: Use, factory: Any, expected: Any) -> None:
    """With the message of `diarize` and `transcribe`."""
    text, remedy = expected
    use(plugins_with({"culprit": Culprit(factory)}, recognizer=FakeRecognizer(WORDS)))
    diarizers = {finding.text: finding for finding in models.check_diarization()}
    sentence = f"diarization with broken: Diarizer {text}".format("diarize")
    assert diarizers[sentence] == Finding("models", "problem", sentence, remedy)
    assert "diarization with next: available, not run" in diarizers
    recognizers = [*models.check_recognition()]
    sentence = f"recognition with m1: Recognizer {text}".format("recognize")
    assert recognizers[0] == Finding("models", "problem", sentence, remedy)
    assert recognizers[1].status == "ok"


def test_recognizer_that_exits_or_returns_nonsense_is_a_problem(use: Use) -> None:
    """While it runs, too."""
    recognizer = FakeRecognizer(WORDS)
    use(plugins_with({"packs": Packs()}, recognizer=recognizer))
    for answer, expected in ((exits, "it called sys.exit(4)"), (lambda _: 5, "ValueError: it returned an int")):
        recognizer.recognize = lambda *_, answer=answer: answer(None)  # type: ignore[method-assign, misc]
        (finding,) = models.check_recognition()
        assert finding.status == "problem"
        assert f"Recognizer fake failed ({expected}" in finding.text
        assert "update the plugin fakes" in finding.remedy
