"""Which Whisper model is taken, and what is said when none can be."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from speakerplug import hub
from speakerplug.devices import DeviceManager
from speakerplug.errors import ModelError, UsageError
from speakerplug.plugin.roles import ModelRegistration, RecognizerSettings
from speakerplug.recognizers import models
from speakerplug.recognizers.faster_whisper import FasterWhisper
from speakerplug.recognizers.models import (
    NAME,
    LocatedModel,
    best_pack,
    fetch_whole,
    local_models,
    published_models,
)
from speakerplug.system.progress import Progress
from tests.hub.test_hub import is_one_sentence
from tests.standins.hub import TOKEN, StandInHub, connect

FILES = {"config.json": b"{}", "tokenizer.json": b"{}", "vocabulary.json": b"[]", "model.bin": b"weights " * 200}
ENGLISH = ModelRegistration("tiny.en", NAME, lambda: Path("/packs/tiny.en"), languages=("en",), rank=10)
ANY = ModelRegistration("base", NAME, lambda: Path("/packs/base"), rank=20)
ANOTHERS = ModelRegistration("best", "another-recognizer", lambda: Path("/packs/best"), rank=99)
PACKS = (ENGLISH, ANY, ANOTHERS)


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """A hub with the models that `auto` prefers."""
    names = published_models()
    with StandInHub({names[name]: dict(FILES) for name in ("small", "large-v3-turbo")}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


def cached(model: str) -> None:
    """Put a model into the hub's cache."""
    hub.fetch(published_models()[model], tuple(FILES))


def locate(
    model: str,
    language: str | None,
    kind: str,
    packs: Sequence[ModelRegistration],
    progress: Progress | None = None,
    **more: Any,
) -> LocatedModel:
    """What is found with these settings, for this kind of device."""
    settings = RecognizerSettings(model, language, models=tuple(packs), **more)
    return models.locate(settings, kind, progress)


@pytest.mark.parametrize(("kind", "expected"), [("cuda", "large-v3-turbo"), ("cpu", "small"), ("mps", "small")])
def test_auto_takes_what_suits_the_device(standin: StandInHub, kind: str, expected: str) -> None:
    """A GPU gets the large model, anything else the small one; fetched, and reported in bytes."""
    told: list[tuple[float, float]] = []
    found = locate("auto", None, kind, PACKS, progress=lambda _, completed, total: told.append((completed, total)))
    assert found.name == expected
    assert (found.folder / "model.bin").read_bytes() == FILES["model.bin"]
    size = sum(map(len, FILES.values()))
    assert told[-1] == (size, size)


def test_auto_takes_a_cached_copy_without_asking(standin: StandInHub) -> None:
    """What is on this machine is used as it is, online and offline."""
    cached("small")
    standin.asked.clear()
    assert locate("auto", None, "cpu", PACKS).name == "small"
    assert locate("auto", None, "cpu", PACKS, offline=True).name == "small"
    assert not standin.asked


@pytest.mark.parametrize("language", [None, "en", "de"])
def test_auto_falls_back_on_the_best_pack(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, language: str | None
) -> None:
    """Where no hub answers, the best pack of this recognizer is taken, and one line says so and why."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/"
    with caplog.at_level(logging.INFO, "speakerplug"):
        assert locate("auto", language, "cpu", PACKS).name == "base"
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert said == ["Model: base (bundled), because the model hub does not answer."]


def test_auto_says_why_a_model_could_not_be_fetched(standin: StandInHub, caplog: pytest.LogCaptureFixture) -> None:
    """The hub answers, but not with the model: the reason is passed on."""
    standin.repositories.clear()
    with caplog.at_level(logging.INFO, "speakerplug"):
        assert locate("auto", "en", "cpu", (ENGLISH,)) == LocatedModel("tiny.en", Path("/packs/tiny.en"))
    assert "because small cannot be had (The hub has no repository" in caplog.text


def test_auto_offline_asks_for_nothing(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline by option or by HF_HUB_OFFLINE, no request leaves."""
    from huggingface_hub import constants

    assert locate("auto", "en", "cpu", PACKS, offline=True).name == "base"
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert locate("auto", "en", "cuda", PACKS).name == "base"
    assert not standin.asked


def test_auto_with_nothing_to_take_says_so(standin: StandInHub) -> None:
    """No hub and no pack for the language: what is missing, and how to get it."""
    with pytest.raises(
        ModelError, match=r"not to be used, and no bundled one that understands de .*; install"
    ) as caught:
        locate("auto", "de", "cpu", (ENGLISH, ANOTHERS), offline=True)
    assert is_one_sentence(caught.value)


def test_best_pack_understands_the_language() -> None:
    """Rank decides among those that understand; an unknown language excludes none."""
    assert best_pack(PACKS[:2], "fr") is ANY
    assert best_pack((ENGLISH,), None) is ENGLISH
    assert best_pack((ENGLISH,), "fr") is None
    assert best_pack((), "en") is None


def test_a_name_may_be_a_pack_a_published_model_or_a_hub_id(standin: StandInHub) -> None:
    """Packs come first, for they need no network; then Whisper's names and repositories."""
    assert locate("tiny.en", None, "cpu", PACKS) == LocatedModel("tiny.en", Path("/packs/tiny.en"))
    assert not standin.asked
    assert locate("small", None, "cpu", PACKS).name == "small"
    repo = published_models()["small"]
    assert locate(repo, None, "cpu", PACKS).name == repo


@pytest.mark.parametrize("name", ["huge", "./absent/folder", "~/absent", "a/b/c"])
def test_an_unknown_name_lists_the_known_ones(standin: StandInHub, name: str) -> None:
    """A name, or the path of a folder that is not there; nothing is asked of the hub."""
    with pytest.raises(
        UsageError, match=r"name a folder, a hub id .* or one of: .*base, .*small, .*tiny\.en"
    ) as caught:
        locate(name, None, "cpu", PACKS)
    assert is_one_sentence(caught.value)
    assert not standin.asked


def test_a_model_that_is_not_here_is_not_fetched_offline(standin: StandInHub) -> None:
    """Offline, a published model that is not cached is an error, without a request."""
    with pytest.raises(ModelError, match=r"Model small is not on this machine, .*; fetch it once") as caught:
        locate("small", None, "cpu", (), offline=True)
    assert is_one_sentence(caught.value)
    assert not standin.asked


def test_a_hub_id_of_another_kind_of_model_is_an_error(standin: StandInHub) -> None:
    """A repository without model.bin is not one for this recognizer."""
    standin.repositories["owner/other"] = {"config.json": b"{}", "model.safetensors": b"weights"}
    with pytest.raises(ModelError, match=r"has no model\.bin, so it is for another program") as caught:
        locate("owner/other", None, "cpu", ())
    assert is_one_sentence(caught.value)


def test_a_folder_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder needs the files of a CTranslate2 model; one that is named like a model is meant with ./ only."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "config.json").touch()
    with pytest.raises(ModelError, match=r"model\.bin is missing\); convert one") as caught:
        locate(str(folder), None, "cpu", ())
    assert is_one_sentence(caught.value)
    (folder / "model.bin").touch()
    assert locate(str(folder), None, "cpu", ()) == LocatedModel("small", folder)
    monkeypatch.chdir(tmp_path)
    assert locate("./small", None, "cpu", ()) == LocatedModel("small", Path("small"))
    monkeypatch.setattr(hub, "cached", lambda repo, files, cache_dir: None)
    with pytest.raises(ModelError, match="not on this machine"):
        locate("small", None, "cpu", (), offline=True)


def test_local_models_need_no_network(standin: StandInHub) -> None:
    """The packs for this recognizer and the cached models, each with where it comes from."""
    cached("large-v3-turbo")
    standin.asked.clear()
    found = dict(local_models(PACKS))
    assert set(found) == {"tiny.en", "base", "large-v3-turbo", "turbo"}
    assert found["turbo"] == f"cached copy of {published_models()['turbo']}"
    assert not standin.asked


def test_the_cache_folder_and_the_token_are_those_that_are_named(standin: StandInHub, tmp_path: Path) -> None:
    """For a model by its name and for auto; the hub's own cache is left alone."""
    standin.gated = {published_models()["small"]}
    there = str(tmp_path / "cache")
    found = locate("small", None, "cpu", (), token=TOKEN, cache_dir=there)
    assert found.folder.is_relative_to(there)
    standin.asked.clear()
    for model in ("small", "auto"):
        assert locate(model, None, "cpu", PACKS, offline=True, cache_dir=there) == found
    with pytest.raises(ModelError, match="not on this machine"):
        locate("small", None, "cpu", (), offline=True)
    assert not standin.asked


def test_a_folder_without_its_tokenizer_is_refused_offline(tmp_path: Path) -> None:
    """faster-whisper would fetch one, by a client that knows no offline."""
    for name in ("model.bin", "config.json"):
        (tmp_path / name).touch()
    assert locate(str(tmp_path), None, "cpu", ()).folder == tmp_path
    with pytest.raises(ModelError, match=r"holds no tokenizer\.json, which would be fetched, .*; put") as caught:
        locate(str(tmp_path), None, "cpu", (), offline=True)
    assert is_one_sentence(caught.value)


def test_a_damaged_model_is_named_with_its_remedy(standin: StandInHub) -> None:
    """CTranslate2 cannot read it: if the cache differs from the hub the file is named, and fetching repairs it."""
    cached("small")
    settings = RecognizerSettings("small", offline=True)
    devices = DeviceManager("cpu")
    resident = FasterWhisper(settings).prepare(devices, lambda *report: None)
    with pytest.raises(ModelError, match=r"cannot be loaded \(.+\); its files may be damaged"), devices.hold(resident):
        pass
    (resident.folder / "model.bin").write_bytes(b"?" * 1600)
    named = r"model\.bin of small is damaged; .* speakerplug fetch small\."
    with pytest.raises(ModelError, match=named) as caught, devices.hold(resident):
        pass
    assert is_one_sentence(caught.value)
    assert caught.value.__cause__ is not None
    fetch_whole(published_models()["small"], None)
    assert (resident.folder / "model.bin").read_bytes() == FILES["model.bin"]


def test_a_whole_model_is_compared_without_a_hub(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the hashes that the cache keeps; damage is an error then, and a missing model stays one."""
    repo = published_models()["small"]
    folder = fetch_whole(repo, None)
    monkeypatch.setattr(hub, "answers", lambda: False)
    assert fetch_whole(repo, None) == folder
    (folder / "config.json").write_bytes(b"[]")
    with pytest.raises(ModelError, match=rf"config\.json of {repo} is damaged"):
        fetch_whole(repo, None)
    with pytest.raises(ModelError, match="is not on this machine"):
        fetch_whole("owner/absent", None)


def test_model_of_another_recognizer_says_which() -> None:
    """Lists show it, so "there is no such model" would be wrong."""
    with pytest.raises(UsageError, match=r"^The model best is for the recognizer another-recognizer, "):
        models.locate(RecognizerSettings("best", models=PACKS), "cpu")
