"""What the doctor says of models, with fakes in their place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from speakerplug.cli.doctor import Finding, models
from speakerplug.errors import ModelError
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
