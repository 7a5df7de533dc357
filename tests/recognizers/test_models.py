"""A Whisper model is located, or an error says why there is none."""

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
    best_model,
    fetch_whole,
    local_models,
    published_models,
)
from speakerplug.system.progress import Progress
from tests.hub.test_hub import is_one_sentence
from tests.standins.hub import TOKEN, StandInHub, connect

FILES = {"config.json": b"{}", "tokenizer.json": b"{}", "vocabulary.json": b"[]", "model.bin": b"weights " * 200}
ENGLISH = ModelRegistration("tiny.en", NAME, lambda: Path("/models/tiny.en"), languages=("en",), rank=10)
ANY = ModelRegistration("base", NAME, lambda: Path("/models/base"), rank=20)
FOREIGN = ModelRegistration("best", "another-recognizer", lambda: Path("/models/best"), rank=99)
REGISTERED = (ENGLISH, ANY, FOREIGN)


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Serve a hub with the models that `auto` prefers."""
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
    registered: Sequence[ModelRegistration],
    progress: Progress | None = None,
    **more: Any,
) -> LocatedModel:
    """Locate a model with these settings, for this kind of device."""
    settings = RecognizerSettings(model, language, models=tuple(registered), **more)
    return models.locate(settings, kind, progress)


@pytest.mark.parametrize(("kind", "expected"), [("cuda", "large-v3-turbo"), ("cpu", "small"), ("mps", "small")])
def test_locate_auto_fetches_the_model_for_the_device(standin: StandInHub, kind: str, expected: str) -> None:
    """A GPU gets the large model, other devices the small one; it is fetched, with progress in bytes."""
    reports: list[tuple[float, float]] = []
    found = locate("auto", None, kind, REGISTERED, progress=lambda _, *count: reports.append(count))
    assert found.name == expected
    assert (found.folder / "model.bin").read_bytes() == FILES["model.bin"]
    size = sum(map(len, FILES.values()))
    assert reports[-1] == (size, size)


def test_locate_auto_with_a_cached_copy_sends_no_request(standin: StandInHub) -> None:
    """A cached model is used as it is, online and offline."""
    cached("small")
    standin.asked.clear()
    assert locate("auto", None, "cpu", REGISTERED).name == "small"
    assert locate("auto", None, "cpu", REGISTERED, offline=True).name == "small"
    assert not standin.asked


@pytest.mark.parametrize("language", [None, "en", "de"])
def test_locate_auto_without_a_hub_returns_the_best_registered_model(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, language: str | None
) -> None:
    """One line logs the model and the reason."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/"
    with caplog.at_level(logging.INFO, "speakerplug"):
        assert locate("auto", language, "cpu", REGISTERED).name == "base"
    logged = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert logged == ["Model: base (bundled), because the model hub does not answer."]


def test_locate_auto_with_a_failing_fetch_logs_the_reason(
    standin: StandInHub, caplog: pytest.LogCaptureFixture
) -> None:
    """The hub answers, but does not have the model."""
    standin.repositories.clear()
    with caplog.at_level(logging.INFO, "speakerplug"):
        assert locate("auto", "en", "cpu", (ENGLISH,)) == LocatedModel("tiny.en", Path("/models/tiny.en"))
    assert "because small is unavailable (The hub has no repository" in caplog.text


def test_locate_auto_offline_sends_no_request(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """This holds for the option and for HF_HUB_OFFLINE."""
    from huggingface_hub import constants

    assert locate("auto", "en", "cpu", REGISTERED, offline=True).name == "base"
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert locate("auto", "en", "cuda", REGISTERED).name == "base"
    assert not standin.asked


def test_locate_auto_without_any_model_raises_with_a_hint(standin: StandInHub) -> None:
    """Without a hub and a registered model for the language, the message says what to install."""
    with pytest.raises(
        ModelError,
        match=r"offline mode is on, and no bundled one that supports de .*; install .*\(pip install '\./.*\[base\]'",
    ) as caught:
        locate("auto", "de", "cpu", (ENGLISH, FOREIGN), offline=True)
    assert is_one_sentence(caught.value)


def test_best_model_supports_the_language() -> None:
    """Rank decides among those that support it; an unknown language excludes none."""
    assert best_model(REGISTERED[:2], "fr") is ANY
    assert best_model((ENGLISH,), None) is ENGLISH
    assert best_model((ENGLISH,), "fr") is None
    assert best_model((), "en") is None


def test_locate_accepts_a_registered_name_a_published_name_or_a_hub_id(standin: StandInHub) -> None:
    """Registered models come first, because they need no network; then published names and repositories."""
    assert locate("tiny.en", None, "cpu", REGISTERED) == LocatedModel("tiny.en", Path("/models/tiny.en"))
    assert not standin.asked
    assert locate("small", None, "cpu", REGISTERED).name == "small"
    repo = published_models()["small"]
    assert locate(repo, None, "cpu", REGISTERED).name == repo


@pytest.mark.parametrize("name", ["huge", "./absent/folder", "~/absent", "a/b/c"])
def test_locate_an_unknown_name_lists_the_known_ones(standin: StandInHub, name: str) -> None:
    """This holds for a name and for the path of a missing folder; the hub is not asked."""
    with pytest.raises(
        UsageError, match=r"name a folder, a hub id .* or one of: .*base, .*small, .*tiny\.en"
    ) as caught:
        locate(name, None, "cpu", REGISTERED)
    assert is_one_sentence(caught.value)
    assert not standin.asked


def test_locate_an_uncached_model_offline_raises_without_a_request(standin: StandInHub) -> None:
    """The message says how to fetch it."""
    with pytest.raises(ModelError, match=r"Model small is not on this machine, .*; fetch it once") as caught:
        locate("small", None, "cpu", (), offline=True)
    assert is_one_sentence(caught.value)
    assert not standin.asked


def test_locate_a_hub_id_without_model_bin_raises(standin: StandInHub) -> None:
    """Such a repository is for another recognizer."""
    standin.repositories["owner/other"] = {"config.json": b"{}", "model.safetensors": b"weights"}
    with pytest.raises(ModelError, match=r"has no model\.bin, so it is for another program") as caught:
        locate("owner/other", None, "cpu", ())
    assert is_one_sentence(caught.value)


def test_locate_a_folder_requires_the_files_of_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs the files of a CTranslate2 model; one that is named like a published model must be given with ./."""
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


def test_local_models_lists_registered_and_cached_models_without_a_request(standin: StandInHub) -> None:
    """Each is listed with its origin."""
    cached("large-v3-turbo")
    standin.asked.clear()
    found = dict(local_models(REGISTERED))
    assert set(found) == {"tiny.en", "base", "large-v3-turbo", "turbo"}
    assert found["turbo"] == f"cached copy of {published_models()['turbo']}"
    assert not standin.asked


def test_locate_uses_the_given_cache_folder_and_token(standin: StandInHub, tmp_path: Path) -> None:
    """This holds for a name and for auto; the default cache of the hub is not touched."""
    standin.gated = {published_models()["small"]}
    there = str(tmp_path / "cache")
    found = locate("small", None, "cpu", (), token=TOKEN, cache_dir=there)
    assert found.folder.is_relative_to(there)
    standin.asked.clear()
    for model in ("small", "auto"):
        assert locate(model, None, "cpu", REGISTERED, offline=True, cache_dir=there) == found
    with pytest.raises(ModelError, match="not on this machine"):
        locate("small", None, "cpu", (), offline=True)
    assert not standin.asked


def test_locate_a_folder_without_a_tokenizer_offline_raises(tmp_path: Path) -> None:
    """faster-whisper would fetch one, with a client that ignores offline mode."""
    for name in ("model.bin", "config.json"):
        (tmp_path / name).touch()
    assert locate(str(tmp_path), None, "cpu", ()).folder == tmp_path
    with pytest.raises(ModelError, match=r"has no tokenizer\.json, which would have to be fetched, .*; add") as caught:
        locate(str(tmp_path), None, "cpu", (), offline=True)
    assert is_one_sentence(caught.value)


def test_hold_a_damaged_model_raises_with_a_hint(standin: StandInHub) -> None:
    """If the cache differs from the hub the message names the file, and fetching repairs it."""
    cached("small")
    settings = RecognizerSettings("small", offline=True)
    devices = DeviceManager("cpu")
    handle = FasterWhisper(settings).prepare(devices, lambda *report: None)
    with pytest.raises(ModelError, match=r"cannot be loaded \(.+\); its files may be damaged"), devices.hold(handle):
        pass
    (handle.folder / "model.bin").write_bytes(b"?" * 1600)
    named = r"model\.bin of small is damaged; .* speakerplug fetch small\."
    with pytest.raises(ModelError, match=named) as caught, devices.hold(handle):
        pass
    assert is_one_sentence(caught.value)
    assert caught.value.__cause__ is not None
    fetch_whole(published_models()["small"], None)
    assert (handle.folder / "model.bin").read_bytes() == FILES["model.bin"]


def test_fetch_whole_without_a_hub_compares_with_cached_checksums(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged model is an error then, and a missing one is, too."""
    repo = published_models()["small"]
    folder = fetch_whole(repo, None)
    monkeypatch.setattr(hub, "answers", lambda: False)
    assert fetch_whole(repo, None) == folder
    (folder / "config.json").write_bytes(b"[]")
    with pytest.raises(ModelError, match=rf"config\.json of {repo} is damaged"):
        fetch_whole(repo, None)
    with pytest.raises(ModelError, match="is not on this machine"):
        fetch_whole("owner/absent", None)


def test_locate_a_model_of_another_recognizer_names_it() -> None:
    """Lists show it, so "there is no such model" would be wrong."""
    with pytest.raises(UsageError, match=r"^The model best is for the recognizer another-recognizer, "):
        models.locate(RecognizerSettings("best", models=REGISTERED), "cpu")
