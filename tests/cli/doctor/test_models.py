"""What the doctor says of models, with fakes in their place."""

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

HEARD = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9))


class Packs:
    """A plugin with a model for the fake recognizer."""

    @hookimpl
    def register_models(self, register: Callable[[ModelRegistration], None]) -> None:
        """Offer it."""
        register(ModelRegistration("small-one", "fake", Path))


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Use:
    """Makes the doctor see these plugins, and an empty cache."""
    connect(monkeypatch, refused_endpoint(), tmp_path)

    def see(plugins: Plugins) -> None:
        monkeypatch.setattr(models, "load_plugins", lambda: plugins)

    return see


def test_models_listen_to_the_sample(use: Use) -> None:
    """Each is asked for real, and what it made of it is told."""
    recognizer = FakeRecognizer(HEARD)
    use(plugins_with({"packs": Packs()}, recognizer=recognizer))
    (finding,) = models.look_at_recognition()
    assert finding.status == "ok"
    assert finding.text.startswith("recognition with small-one: 2 words in 12 s, in ")
    assert len(recognizer.requests) == 1


def test_a_diarizer_that_holds_nothing_here_is_not_asked(use: Use) -> None:
    """It may compute in a cloud: the doctor uploads nothing, not even a sample."""
    diarizer = FakeDiarizer(turns((0.0, 1.0, "A")))
    use(plugins_with(diarizer=diarizer))
    assert [finding.text for finding in models.look_at_diarization()] == ["diarization with fake: offered, not tried"]
    assert diarizer.requests == []


def test_a_model_that_fails_is_a_problem_with_its_remedy(use: Use) -> None:
    """Damaged weights, say."""
    damaged = FakeRecognizer(HEARD, error=ModelError("Its file is damaged; reinstall its package."))
    use(plugins_with({"packs": Packs()}, recognizer=damaged))
    assert list(models.look_at_recognition()) == [
        Finding("models", "problem", "recognition with small-one: Its file is damaged", "reinstall its package")
    ]


def test_no_model_at_all(use: Use) -> None:
    """Nothing can run offline; that is a warning, for the hub may have some."""
    use(Plugins(discover=False))
    found = [*models.look_at_recognition(), *models.look_at_diarization()]
    assert [finding.status for finding in found] == ["warning", "warning"]
    assert all(finding.remedy for finding in found)


class Culprit:
    """A plugin with a diarizer whose factory is `factory`, before one that works, and with the same as a recognizer."""

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
FIVE = "broken is a int without a name, `prepare` or `{}`", "choose another, or update the plugin culprit"


@pytest.mark.parametrize(("factory", "said"), [(exits, EXITED), (lambda settings: 5, FIVE)], ids=["exits", "five"])
def test_factory_that_makes_no_stage_is_named_and_the_next_is_tried(use: Use, factory: Any, said: Any) -> None:
    """By the sentence that `diarize` and `transcribe` have."""
    text, remedy = said
    use(plugins_with({"culprit": Culprit(factory)}, recognizer=FakeRecognizer(HEARD)))
    diarizers = {finding.text: finding for finding in models.look_at_diarization()}
    sentence = f"diarization with broken: Diarizer {text}".format("diarize")
    assert diarizers[sentence] == Finding("models", "problem", sentence, remedy)
    assert "diarization with next: offered, not tried" in diarizers
    recognizers = [*models.look_at_recognition()]
    sentence = f"recognition with m1: Recognizer {text}".format("recognize")
    assert recognizers[0] == Finding("models", "problem", sentence, remedy)
    assert recognizers[1].status == "ok"


def test_recognizer_that_exits_or_answers_with_nothing_is_named(use: Use) -> None:
    """While it works, too."""
    recognizer = FakeRecognizer(HEARD)
    use(plugins_with({"packs": Packs()}, recognizer=recognizer))
    for answer, said in ((exits, "it called sys.exit(4)"), (lambda _: 5, "ValueError: it returned a int")):
        recognizer.recognize = lambda *_, answer=answer: answer(None)  # type: ignore[method-assign, misc]
        (finding,) = models.look_at_recognition()
        assert finding.status == "problem"
        assert f"Recognizer fake failed ({said}" in finding.text
        assert "update the plugin fakes" in finding.remedy
