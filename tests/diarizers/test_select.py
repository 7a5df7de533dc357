"""The diarizer for a name, or for `auto`, is selected, with a reason in the log."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from speakerplug import hub
from speakerplug.diarizers.pyannote.pretrained import COMMUNITY, COMMUNITY_FILES
from speakerplug.diarizers.select import choose_diarizer
from speakerplug.diarizers.status import local_diarizers
from speakerplug.errors import ModelError, UsageError
from speakerplug.plugin.hooks import hookimpl
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.registrations import DiarizerRegistration
from speakerplug.plugin.roles import DiarizerSettings
from speakerplug.testing import FakeDiarizer, plugins_with
from tests.standins.hub import TOKEN, StandInHub, connect

PARTS = {kind: f"$model/{kind}" for kind in ("segmentation", "embedding", "plda")}
CONFIG = {"pipeline": {"name": "pyannote.audio.pipelines.SpeakerDiarization", "params": PARTS}}
BUNDLED = FakeDiarizer(name="bundled")


class Bundle:
    """A plugin that registers a diarizer under the name of the bundled one."""

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        register(DiarizerRegistration("bundled", lambda settings: BUNDLED, description="needs no hub", rank=10))


@pytest.fixture
def plugins() -> Plugins:
    return plugins_with({"bundle": Bundle()})


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Serve a hub with community-1, gated; the files of its networks are dummies."""
    files = {name: name.encode() for name in COMMUNITY_FILES}
    files["config.yaml"] = yaml.safe_dump(CONFIG).encode()
    with StandInHub({COMMUNITY: files}, gated={COMMUNITY}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def auto(plugins: Plugins, caplog: pytest.LogCaptureFixture, settings: DiarizerSettings) -> tuple[str, str]:
    """Return the name of the diarizer that `auto` selects, and the one line that is logged about it."""
    with caplog.at_level(logging.INFO, "speakerplug"):
        diarizer = choose_diarizer("auto", plugins, settings)
    (message,) = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert "\n" not in message
    assert TOKEN not in caplog.text
    return diarizer.name, message


def test_auto_with_a_token_and_a_hub_fetches_community_1(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture
) -> None:
    """It is fetched immediately, so that after a refusal the bundled one can still be used."""
    reports: list[tuple[float, float]] = []
    choose_diarizer(
        "auto", plugins, DiarizerSettings(token=TOKEN), lambda _, done, total: reports.append((done, total))
    )
    assert hub.cached(COMMUNITY, COMMUNITY_FILES) is not None
    assert reports[-1][0] == reports[-1][1] > 0
    caplog.clear()
    assert auto(plugins, caplog, DiarizerSettings()) == (
        "community-1",
        "Diarizer: community-1, from the copy on this machine.",
    )


def test_auto_with_a_token_in_the_environment_fetches_community_1(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HF_TOKEN is equivalent to the option."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert auto(plugins, caplog, DiarizerSettings()) == (
        "community-1",
        "Diarizer: community-1, fetched with your token.",
    )


def test_auto_with_a_cached_copy_sends_no_request(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture
) -> None:
    """It needs no token, either."""
    hub.fetch(COMMUNITY, COMMUNITY_FILES, TOKEN)
    standin.asked.clear()
    assert auto(plugins, caplog, DiarizerSettings(offline=True))[0] == "community-1"
    assert ("community-1", "cached copy") in local_diarizers(plugins)
    assert not standin.asked


def test_auto_ignores_an_incomplete_copy(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture
) -> None:
    """An interrupted download does not count."""
    hub.fetch(COMMUNITY, COMMUNITY_FILES[:3], TOKEN)
    assert auto(plugins, caplog, DiarizerSettings())[0] == "bundled"
    assert [name for name, _ in local_diarizers(plugins)] == ["fake", "bundled"]


@pytest.mark.parametrize(
    ("tokens", "reason"),
    [
        (
            "known",
            f"community-1 is unavailable: {COMMUNITY} is gated; accept its terms at https://hf.co/{COMMUNITY}",
        ),
        ("narrow", f"community-1 is unavailable: Your token has no permission to read {COMMUNITY}; allow it"),
        ("nobody", "community-1 is unavailable: The hub rejected the token"),
    ],
)
def test_auto_refused_by_the_hub_selects_the_bundled_one(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, tokens: str, reason: str
) -> None:
    """The log names the terms or the bad token, with the hint."""
    standin.granted = set()
    if tokens != "nobody":
        getattr(standin, tokens).add(TOKEN)
    name, message = auto(plugins, caplog, DiarizerSettings(token=TOKEN))
    assert name == "bundled"
    assert message.startswith(f"Diarizer: bundled, because {reason}")


def test_auto_without_a_token_selects_the_bundled_one_without_a_request(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture
) -> None:
    """The hub would refuse the request."""
    assert auto(plugins, caplog, DiarizerSettings()) == (
        "bundled",
        "Diarizer: bundled, because community-1 is unavailable: no hub token is set (HF_TOKEN); "
        f"create a token and accept the terms at https://hf.co/{COMMUNITY}.",
    )
    assert not standin.asked


def test_auto_with_a_silent_hub_selects_the_bundled_one(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that does not answer is asked once."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/"
    name, message = auto(plugins, caplog, DiarizerSettings(token=TOKEN))
    assert name == "bundled"
    assert message.endswith(
        "because community-1 is unavailable: not on this machine, and the model hub does not answer."
    )
    assert len(standin.asked) == 1


def test_auto_offline_selects_the_bundled_one_without_a_request(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This holds for the option and for HF_HUB_OFFLINE, even with a token."""
    from huggingface_hub import constants

    assert auto(plugins, caplog, DiarizerSettings(token=TOKEN, offline=True))[0] == "bundled"
    caplog.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    name, message = auto(plugins, caplog, DiarizerSettings(token=TOKEN))
    assert name == "bundled"
    assert "offline mode is on" in message
    assert not standin.asked


def test_auto_without_any_diarizer_raises_with_a_hint(standin: StandInHub) -> None:
    """Without the bundled pipeline, the reason becomes an error."""
    with pytest.raises(
        ModelError,
        match=r"No diarizer is available \(.*no hub token .*\); install .*pip install \./plugins/speakerplug-bundled",
    ):
        choose_diarizer("auto", plugins_with(), DiarizerSettings())


def test_choose_diarizer_accepts_a_name_hub_id_folder_or_configuration(plugins: Plugins, tmp_path: Path) -> None:
    """Nothing is loaded yet; a Diarizer is returned as it is."""
    settings = DiarizerSettings()
    (tmp_path / "config.yaml").touch()
    assert choose_diarizer("bundled", plugins, settings) is BUNDLED
    assert choose_diarizer(BUNDLED, plugins, settings) is BUNDLED
    assert choose_diarizer("community-1", plugins, settings).name == "community-1"
    assert choose_diarizer("owner/pipeline", plugins, settings).name == "owner/pipeline"
    assert choose_diarizer("owner/pipeline@v2", plugins, settings).name == "owner/pipeline@v2"
    assert choose_diarizer(str(tmp_path), plugins, settings).name == tmp_path.name
    assert choose_diarizer(str(tmp_path / "config.yaml"), plugins, settings).name == tmp_path.name
    assert choose_diarizer({"pipeline": {"name": "x"}}, plugins, settings).name == "pyannote"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nonesuch", "no diarizer named 'nonesuch'; choose one of: bundled, community-1, fake, pyannote"),
        ("./absent/folder", "no folder or pipeline './absent/folder'; give a folder with a config.yaml or a hub id"),
        (
            "{tmp}",
            "contains no pyannote pipeline, because it has no config.yaml; name the folder of a complete pipeline",
        ),
    ],
)
def test_choose_diarizer_with_an_unknown_name_raises(
    plugins: Plugins, tmp_path: Path, name: str, expected: str
) -> None:
    """The message is one sentence, before anything is loaded or requested."""
    with pytest.raises(UsageError, match=re.escape(expected)) as caught:
        choose_diarizer(name.format(tmp=tmp_path), plugins, DiarizerSettings())
    assert "\n" not in str(caught.value)


def test_settings_repr_hides_the_token() -> None:
    """Printed settings and options do not show the token."""
    from speakerplug.pipeline.options import Options

    assert TOKEN not in repr(DiarizerSettings(token=TOKEN))
    assert TOKEN not in repr(Options(token=TOKEN))


def test_choose_diarizer_with_a_revision_requires_a_hub_pipeline(standin: StandInHub, plugins: Plugins) -> None:
    """`bundled` has none, and `auto` might select `bundled`; no request is sent."""
    settings = DiarizerSettings(token=TOKEN, revision="v1")
    with pytest.raises(
        UsageError, match="bundled has no revisions, because it is not on the hub; leave out --revision"
    ):
        choose_diarizer("bundled", plugins, settings)
    with pytest.raises(UsageError, match="auto may choose another; add --diarizer community-1"):
        choose_diarizer("auto", plugins, settings)
    assert choose_diarizer("community-1", plugins, settings).name == "community-1@v1"
    assert not standin.asked


def test_auto_with_a_cache_folder_uses_only_that_one(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A copy in another cache does not count."""
    here = str(tmp_path / "cache")
    hub.fetch(COMMUNITY, COMMUNITY_FILES, TOKEN, cache_dir=here)
    assert auto(plugins, caplog, DiarizerSettings(offline=True, cache_dir=here))[0] == "community-1"
    caplog.clear()
    assert auto(plugins, caplog, DiarizerSettings(offline=True))[0] == "bundled"


class Ranked:
    """A plugin with a diarizer, and one for sources that end in .pipe."""

    def __init__(self, **about: Any) -> None:
        self.about = about
        self.sources: list[Any] = []

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        register(DiarizerRegistration("ranked", lambda settings: FakeDiarizer(name="ranked"), **self.about))
        register(DiarizerRegistration("pipes", self.make, needs=["network once"], takes=self.is_pipe, parameters=["a"]))

    def make(self, settings: DiarizerSettings) -> FakeDiarizer:
        self.sources.append(settings.source)
        return FakeDiarizer(name="pipes")

    def is_pipe(self, source: Any) -> bool:
        return isinstance(source, str) and source.endswith(".pipe")


def test_auto_selects_the_available_diarizer_of_the_highest_rank(
    standin: StandInHub, caplog: pytest.LogCaptureFixture
) -> None:
    """This holds for any plugin; one that cannot run now is skipped, with its reason."""
    found = auto(plugins_with({"bundle": Bundle(), "r": Ranked(rank=99)}), caplog, DiarizerSettings())
    assert found == ("ranked", "Diarizer: ranked.")
    caplog.clear()
    absent = Ranked(rank=99, check=lambda settings: "the moon is down")
    name, message = auto(plugins_with({"bundle": Bundle(), "r": absent}), caplog, DiarizerSettings(offline=True))
    assert name == "bundled"
    assert message.startswith(
        "Diarizer: bundled, because ranked is unavailable: the moon is down; community-1 is unavailable"
    )


def test_auto_never_selects_a_diarizer_without_a_rank(standin: StandInHub) -> None:
    """Such a diarizer must be named."""
    with pytest.raises(ModelError, match="No diarizer is available"):
        choose_diarizer("auto", plugins_with({"r": Ranked()}), DiarizerSettings(offline=True))


def test_choose_diarizer_of_a_source_asks_the_latest_registration_first(tmp_path: Path) -> None:
    """Its factory gets the source, and an empty one if the diarizer is named."""
    ranked = Ranked()
    plugins = plugins_with({"r": ranked})
    for wanted in ("owner/name.pipe", "pipes"):
        assert choose_diarizer(wanted, plugins, DiarizerSettings(revision="v1")).name == "pipes"
    assert ranked.sources == ["owner/name.pipe", ""]
    assert choose_diarizer("owner/name", plugins, DiarizerSettings()).name == "owner/name"


def test_choose_diarizer_with_an_undeclared_parameter_raises() -> None:
    """Diarizers that declare parameters refuse others, with a suggestion; the rest check by themselves."""
    plugins = plugins_with({"r": Ranked(parameters=("threshold", "window"))})
    wrong = DiarizerSettings(parameters={"treshold": 0.5})  # codespell:ignore treshold
    with pytest.raises(UsageError, match=r"^ranked has no parameter 'treshold'; did you mean threshold\?$"):
        choose_diarizer("ranked", plugins, wrong)
    with pytest.raises(UsageError, match=r"^pipes has no parameter 'treshold'; it has: a\.$"):
        choose_diarizer("pipes", plugins, wrong)
    assert choose_diarizer("ranked", plugins, DiarizerSettings(parameters={"window": 2})).name == "ranked"
    assert choose_diarizer("fake", plugins, wrong).name == "fake"


class TakesBadly(Ranked):
    """A plugin whose diarizer fails to say what it takes."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def is_pipe(self, source: Any) -> bool:
        raise self.error


@pytest.mark.parametrize("error", [ZeroDivisionError("oh"), SystemExit(4), StopIteration()], ids=repr)
def test_choose_diarizer_with_a_failing_takes_warns_once_and_asks_the_next(
    caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    """It does not break every --diarizer that is not a registered name."""
    plugins = plugins_with({"good": Pipes(), "culprit": TakesBadly(error)})
    for _ in range(2):
        assert choose_diarizer("owner/name.pipe", plugins, DiarizerSettings()).name == "taker"
    (warning,) = [record.getMessage() for record in caplog.records if "pipes" in record.getMessage()]
    assert warning.startswith("Plugin culprit: `takes` of its diarizer pipes failed: ")


class Pipes:
    """A plugin with a diarizer that takes any source."""

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        register(DiarizerRegistration("taker", lambda settings: FakeDiarizer(name="taker"), takes=lambda source: True))
