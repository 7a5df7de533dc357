"""Which diarizer a name means, and what `auto` takes, with its reason."""

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
    """A plugin that offers a pipeline under the name of the bundled one."""

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        register(DiarizerRegistration("bundled", lambda settings: BUNDLED, description="needs no hub", rank=10))


@pytest.fixture
def plugins() -> Plugins:
    return plugins_with({"bundle": Bundle()})


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """A hub with community-1, behind its gate; the files of its networks are empty words."""
    files = {name: name.encode() for name in COMMUNITY_FILES}
    files["config.yaml"] = yaml.safe_dump(CONFIG).encode()
    with StandInHub({COMMUNITY: files}, gated={COMMUNITY}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def auto(plugins: Plugins, caplog: pytest.LogCaptureFixture, settings: DiarizerSettings) -> tuple[str, str]:
    """The name of the diarizer that `auto` takes, and the one line that is said about it."""
    with caplog.at_level(logging.INFO, "speakerplug"):
        diarizer = choose_diarizer("auto", plugins, settings)
    (said,) = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert "\n" not in said
    assert TOKEN not in caplog.text
    return diarizer.name, said


def test_a_token_and_a_hub_give_community_1(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture
) -> None:
    """It is fetched at once, so that a refusal can still be answered with the bundled one."""
    told: list[tuple[float, float]] = []
    choose_diarizer("auto", plugins, DiarizerSettings(token=TOKEN), lambda _, done, total: told.append((done, total)))
    assert hub.cached(COMMUNITY, COMMUNITY_FILES) is not None
    assert told[-1][0] == told[-1][1] > 0
    caplog.clear()
    assert auto(plugins, caplog, DiarizerSettings()) == (
        "community-1",
        "Diarizer: community-1, from the copy on this machine.",
    )


def test_the_token_may_come_from_the_environment(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HF_TOKEN is as good as an option."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert auto(plugins, caplog, DiarizerSettings()) == (
        "community-1",
        "Diarizer: community-1, fetched with your token.",
    )


def test_a_cached_copy_is_taken_without_asking(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture
) -> None:
    """No token, no request: what is here is used."""
    hub.fetch(COMMUNITY, COMMUNITY_FILES, TOKEN)
    standin.asked.clear()
    assert auto(plugins, caplog, DiarizerSettings(offline=True))[0] == "community-1"
    assert ("community-1", "cached copy") in local_diarizers(plugins)
    assert not standin.asked


def test_an_incomplete_copy_is_no_copy(standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture) -> None:
    """A download that was interrupted does not count."""
    hub.fetch(COMMUNITY, COMMUNITY_FILES[:3], TOKEN)
    assert auto(plugins, caplog, DiarizerSettings())[0] == "bundled"
    assert [name for name, _ in local_diarizers(plugins)] == ["fake", "bundled"]


@pytest.mark.parametrize(
    ("tokens", "reason"),
    [
        (
            "known",
            f"community-1 cannot be had: {COMMUNITY} is gated; accept its terms at https://hf.co/{COMMUNITY}",
        ),
        ("narrow", f"community-1 cannot be had: Your token has no permission to read {COMMUNITY}; allow it"),
        ("nobody", "community-1 cannot be had: The hub rejected the token"),
    ],
)
def test_a_refusal_gives_the_bundled_one_and_its_reason(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, tokens: str, reason: str
) -> None:
    """Terms that are not accepted and a bad token are said, with what to do about them."""
    standin.granted = set()
    if tokens != "nobody":
        getattr(standin, tokens).add(TOKEN)
    name, said = auto(plugins, caplog, DiarizerSettings(token=TOKEN))
    assert name == "bundled"
    assert said.startswith(f"Diarizer: bundled, because {reason}")


def test_no_token_gives_the_bundled_one_without_asking(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a token the hub would refuse, so it is not asked."""
    assert auto(plugins, caplog, DiarizerSettings()) == (
        "bundled",
        "Diarizer: bundled, because community-1 cannot be had: no hub token is set (HF_TOKEN); "
        f"accept the terms at https://hf.co/{COMMUNITY} and make one.",
    )
    assert not standin.asked


def test_a_silent_hub_gives_the_bundled_one(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that does not answer is asked once."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/"
    name, said = auto(plugins, caplog, DiarizerSettings(token=TOKEN))
    assert name == "bundled"
    assert said.endswith("because community-1 cannot be had: not on this machine, and the model hub does not answer.")
    assert len(standin.asked) == 1


def test_offline_gives_the_bundled_one_without_asking(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By option or by HF_HUB_OFFLINE, even with a token."""
    from huggingface_hub import constants

    assert auto(plugins, caplog, DiarizerSettings(token=TOKEN, offline=True))[0] == "bundled"
    caplog.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    name, said = auto(plugins, caplog, DiarizerSettings(token=TOKEN))
    assert name == "bundled"
    assert "the network is not to be used" in said
    assert not standin.asked


def test_nothing_to_take_is_an_error(standin: StandInHub) -> None:
    """Without the bundled pipeline, the reason becomes an error that says what would help."""
    with pytest.raises(ModelError, match=r"no diarizer to use \(.*no hub token .*\); install speakerplug-bundled"):
        choose_diarizer("auto", plugins_with(), DiarizerSettings())


def test_a_name_a_hub_id_a_folder_or_a_configuration(plugins: Plugins, tmp_path: Path) -> None:
    """Each is understood for what it is, and loads nothing yet; a Diarizer is one already."""
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
        ("{tmp}", "holds no pyannote pipeline, for it has no config.yaml; name the folder of a whole pipeline"),
    ],
)
def test_a_name_that_means_nothing_says_so(plugins: Plugins, tmp_path: Path, name: str, expected: str) -> None:
    """One sentence, before anything is loaded or asked."""
    with pytest.raises(UsageError, match=re.escape(expected)) as caught:
        choose_diarizer(name.format(tmp=tmp_path), plugins, DiarizerSettings())
    assert "\n" not in str(caught.value)


def test_settings_keep_the_token_to_themselves() -> None:
    """A token is not in what is printed of settings and options."""
    from speakerplug.pipeline.options import Options

    assert TOKEN not in repr(DiarizerSettings(token=TOKEN))
    assert TOKEN not in repr(Options(token=TOKEN))


def test_a_revision_is_of_a_pipeline_on_the_hub(standin: StandInHub, plugins: Plugins) -> None:
    """`bundled` has none, and `auto` might take `bundled`; nobody is asked."""
    settings = DiarizerSettings(token=TOKEN, revision="v1")
    with pytest.raises(UsageError, match="bundled has no revisions, for it is not on the hub; leave out --revision"):
        choose_diarizer("bundled", plugins, settings)
    with pytest.raises(UsageError, match="auto may take another; add --diarizer community-1"):
        choose_diarizer("auto", plugins, settings)
    assert choose_diarizer("community-1", plugins, settings).name == "community-1@v1"
    assert not standin.asked


def test_auto_looks_into_the_cache_that_is_named(
    standin: StandInHub, plugins: Plugins, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A copy elsewhere is none."""
    here = str(tmp_path / "cache")
    hub.fetch(COMMUNITY, COMMUNITY_FILES, TOKEN, cache_dir=here)
    assert auto(plugins, caplog, DiarizerSettings(offline=True, cache_dir=here))[0] == "community-1"
    caplog.clear()
    assert auto(plugins, caplog, DiarizerSettings(offline=True))[0] == "bundled"


class Ranked:
    """A plugin with a diarizer of its own, and one for what ends in .pipe."""

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


def test_auto_takes_the_diarizer_of_the_highest_rank_that_can_be_had(
    standin: StandInHub, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever brings it; one that cannot run now is passed over, with its reason."""
    found = auto(plugins_with({"bundle": Bundle(), "r": Ranked(rank=99)}), caplog, DiarizerSettings())
    assert found == ("ranked", "Diarizer: ranked.")
    caplog.clear()
    absent = Ranked(rank=99, check=lambda settings: "the moon is down")
    name, said = auto(plugins_with({"bundle": Bundle(), "r": absent}), caplog, DiarizerSettings(offline=True))
    assert name == "bundled"
    assert said.startswith(
        "Diarizer: bundled, because ranked cannot be had: the moon is down; community-1 cannot be had"
    )


def test_auto_never_takes_a_diarizer_without_a_rank(standin: StandInHub) -> None:
    """It is for whoever names it."""
    with pytest.raises(ModelError, match="no diarizer to use"):
        choose_diarizer("auto", plugins_with({"r": Ranked()}), DiarizerSettings(offline=True))


def test_source_that_a_plugin_takes_is_the_plugins(tmp_path: Path) -> None:
    """What was registered last is asked first; its factory is told the source, and nothing where it is named."""
    ranked = Ranked()
    plugins = plugins_with({"r": ranked})
    for wanted in ("owner/name.pipe", "pipes"):
        assert choose_diarizer(wanted, plugins, DiarizerSettings(revision="v1")).name == "pipes"
    assert ranked.sources == ["owner/name.pipe", ""]
    assert choose_diarizer("owner/name", plugins, DiarizerSettings()).name == "owner/name"


def test_parameter_that_is_not_declared_is_refused() -> None:
    """By the diarizers that declare theirs, with what may be meant; others look for themselves."""
    plugins = plugins_with({"r": Ranked(parameters=("threshold", "window"))})
    wrong = DiarizerSettings(parameters={"treshold": 0.5})
    with pytest.raises(UsageError, match=r"^ranked has no parameter 'treshold'; did you mean threshold\?$"):
        choose_diarizer("ranked", plugins, wrong)
    with pytest.raises(UsageError, match=r"^pipes has no parameter 'treshold'; it has: a\.$"):
        choose_diarizer("pipes", plugins, wrong)
    assert choose_diarizer("ranked", plugins, DiarizerSettings(parameters={"window": 2})).name == "ranked"
    assert choose_diarizer("fake", plugins, wrong).name == "fake"


class TakesBadly(Ranked):
    """A plugin whose diarizer fails to tell what it takes."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def is_pipe(self, source: Any) -> bool:
        raise self.error


@pytest.mark.parametrize("error", [ZeroDivisionError("oh"), SystemExit(4), StopIteration()], ids=repr)
def test_diarizer_whose_takes_fails_is_named_once_and_the_next_is_asked(
    caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    """It does not break every --diarizer that is no registered name."""
    plugins = plugins_with({"good": Pipes(), "culprit": TakesBadly(error)})
    for _ in range(2):
        assert choose_diarizer("owner/name.pipe", plugins, DiarizerSettings()).name == "taker"
    (warning,) = [record.getMessage() for record in caplog.records if "pipes" in record.getMessage()]
    assert warning.startswith("Plugin culprit: the takes of its diarizer pipes failed: ")


class Pipes:
    """A plugin with a diarizer that takes whatever it is asked for."""

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        register(DiarizerRegistration("taker", lambda settings: FakeDiarizer(name="taker"), takes=lambda source: True))
