"""`speakerplug fetch` and `speakerplug diarizers`: messages, files and exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from speakerplug import hub
from speakerplug.plugin import DiarizerRegistration, DiarizerSettings, ModelRegistration, hookimpl
from speakerplug.plugin.manager import Plugins
from speakerplug.recognizers.models import NAME, published_models
from speakerplug.testing import FakeDiarizer
from tests.cli.conftest import Run
from tests.diarizers.conftest import CONFIG
from tests.standins.hub import TOKEN, StandInHub, connect

COMMUNITY = "pyannote/speaker-diarization-community-1"
WEIGHTS = ("segmentation/pytorch_model.bin", "embedding/pytorch_model.bin", "plda/plda.npz", "plda/xvec_transform.npz")
MODEL = {"config.json": b"{}", "tokenizer.json": b"{}", "vocabulary.json": b"[]", "model.bin": b"weights " * 200}


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Yield a hub with community-1, behind its gate, and with recognition models."""
    community = {"config.yaml": yaml.safe_dump(CONFIG).encode(), **{name: name.encode() * 99 for name in WEIGHTS}}
    repositories = {COMMUNITY: community, published_models()["small"]: dict(MODEL), "owner/whisper": dict(MODEL)}
    with StandInHub(repositories, gated={COMMUNITY}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


@pytest.fixture
def pack(plugins: Plugins, tmp_path: Path) -> Path:
    """Return the folder of a model that comes with a plugin."""
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"packed")

    class Pack:
        @hookimpl
        def register_models(self, register: object) -> None:
            register(ModelRegistration("packed", NAME, lambda: folder))  # type: ignore[operator]

    plugins.add("pack", Pack())
    return folder


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_fetch_of_a_diarizer_fills_the_cache(
    standin: StandInHub, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With the given token and cache; one line on stderr says how to use it."""
    assert run("fetch", "community-1", "--hf-token", TOKEN, "--cache-dir", tmp_path / "cache") == 0
    assert hub.cached(COMMUNITY, ("config.yaml", *WEIGHTS), cache_dir=str(tmp_path / "cache")) is not None
    out, printed = capsys.readouterr()
    assert out == ""
    use = f"--diarizer community-1 --cache-dir {tmp_path}/cache --offline"
    assert printed == f"community-1 is downloaded and verified: use it with {use}\n"


@pytest.mark.parametrize("name", [COMMUNITY, f"{COMMUNITY}@v1"])
def test_fetch_of_a_diarizer_to_a_folder_has_the_repositorys_layout(
    standin: StandInHub, run: Run, tmp_path: Path, name: str
) -> None:
    """Nothing else is left next to it."""
    assert run("fetch", name, "--hf-token", TOKEN, "--to", tmp_path / "out" / "pipeline") == 0
    assert files(tmp_path / "out") == {f"pipeline/{file}" for file in ("config.yaml", *WEIGHTS)}


def test_fetch_of_several_models_to_a_folder_makes_one_for_each(
    standin: StandInHub, run: Run, tmp_path: Path, pack: Path
) -> None:
    """Named like the models; a bundled one is copied from its package."""
    assert run("fetch", "small", "owner/whisper", "packed", "--to", tmp_path / "out") == 0
    expected = {f"{folder}/{name}" for folder in ("small", "whisper") for name in MODEL}
    assert files(tmp_path / "out") == {*expected, "packed/model.bin"}


def test_fetch_of_a_bundled_model_sends_no_request(
    standin: StandInHub, run: Run, pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how to use it; a bundled diarizer cannot be copied to a folder."""
    assert run("fetch", "packed", "fake") == 0
    printed = capsys.readouterr().err
    assert "packed comes with its package, nothing to download: use it with --model packed" in printed
    assert "fake comes with its package: use it with --diarizer fake" in printed
    assert run("fetch", "fake", "--to", "folder") == 2
    assert "fake comes with its package, and works without a network as it is; leave out" in capsys.readouterr().err
    assert not standin.asked


def test_fetch_of_a_damaged_cache_repairs_it(standin: StandInHub, run: Run) -> None:
    """The hint that messages name works, also for a pipeline that needs no request otherwise."""
    assert run("fetch", "community-1", "--hf-token", TOKEN) == 0
    folder = hub.cached(COMMUNITY, WEIGHTS)
    assert folder is not None
    (folder / WEIGHTS[1]).write_bytes(b"damage")
    assert hub.damage({COMMUNITY: folder}) is not None
    assert run("fetch", COMMUNITY, "--hf-token", TOKEN) == 0
    assert hub.damage({COMMUNITY: folder}) is None


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("community-1",), 1, "is gated; set HF_TOKEN to your token and accept its terms"),
        (("community-1", "--hf-token", "hf_bad"), 1, "rejected the token"),
        (("community-1", "--hf-token", TOKEN, "--revision", "v9"), 1, "has no such revision; omit it"),
        (("owner/absent",), 1, "no repository owner/absent"),
        (("owner/absent@v1", "--revision", "v2"), 2, "contradicts --revision v2; give one of the two"),
        (("nonesuch",), 2, "no model 'nonesuch'; name a folder, a hub id"),
        (("auto",), 2, "no model 'auto'"),
        (("small", "community-1", "--revision", "v1"), 2, "fetch one NAME at a time"),
        (("pyannote/speaker-diarization-precision-2",), 2, "is in speakerplug-pyannoteai, which is not installed; pip"),
        (("small", "--revision", "v1"), 2, "needs a separate folder; add --to FOLDER for small"),
        (("fake", "--revision", "v1"), 2, "fake has no revisions, for it is not on the hub; leave out --revision"),
        (("{tmp}",), 2, "is a folder on this machine, so there is nothing to fetch"),
        (("small", "--to", "{tmp}"), 1, "already exists; choose a folder that does not"),
    ],
)
def test_fetch_of_an_invalid_name_is_one_sentence(
    standin: StandInHub,
    run: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    expected: str,
) -> None:
    """An exit code and a hint, without a token, and nothing is left behind."""
    (tmp_path / "taken").touch()
    assert run("fetch", *(argument.format(tmp=tmp_path) for argument in arguments)) == code
    printed = capsys.readouterr().err
    assert expected in printed
    assert printed.count("\n") == 1
    assert "hf_" not in printed
    assert not list(tmp_path.glob(".*"))


def test_fetch_of_several_with_a_failing_one_fetches_the_others(
    standin: StandInHub, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 1."""
    assert run("fetch", "community-1", "small") == 1
    assert "small is downloaded" in capsys.readouterr().err


def test_fetch_to_a_full_disk_leaves_no_folder(
    standin: StandInHub, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the folder nor a part of it."""
    import shutil

    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    assert run("fetch", "small", "--to", tmp_path / "out") == 1
    assert "cannot be written" in capsys.readouterr().err
    assert not [path.name for path in tmp_path.iterdir() if "out" in path.name]


def test_diarizers_lists_needs_and_readiness(standin: StandInHub, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, or JSON; offline no request is sent."""
    assert run("diarizers", "--offline") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "community-1", "fake"]
    assert not standin.asked
    assert run("diarizers", "--json", "--hf-token", TOKEN) == 0
    text = capsys.readouterr().out
    assert {row["name"]: row["ready"] for row in json.loads(text)} == {
        "community-1": True,
        "fake": True,
    }
    assert TOKEN not in text


def test_fetch_of_a_plugins_diarizer_calls_its_registration(
    standin: StandInHub, run: Run, plugins: Plugins, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To its own place or to a folder; one that needs the network for every run has nothing to fetch."""

    def fetch(settings: DiarizerSettings, progress: object, folder: Path | None) -> None:
        if folder is not None:
            (folder / "weights").write_bytes(b"weights")

    class Offering:
        @hookimpl
        def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
            register(DiarizerRegistration("fetched", FakeDiarizer, needs=["network once"], fetch=fetch))
            register(DiarizerRegistration("remote", FakeDiarizer, needs=["network"]))

    plugins.add("offering", Offering())
    assert run("fetch", "fetched", "--cache-dir", tmp_path) == 0
    assert f"fetched is downloaded and verified: use it with --diarizer fetched --cache-dir {tmp_path}" in (
        capsys.readouterr().err
    )
    assert run("fetch", "fetched", "--to", tmp_path / "out") == 0
    assert files(tmp_path / "out") == {"weights"}
    assert run("fetch", "remote") == 2
    assert "remote runs elsewhere, so there is nothing to fetch" in capsys.readouterr().err


def test_fetch_of_a_source_calls_the_diarizer_that_takes_it(
    standin: StandInHub, run: Run, plugins: Plugins, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its `fetch` gets the source; "any pipeline" has to be named by its hub id."""
    sources: list[object] = []

    class Offering:
        @hookimpl
        def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
            def fetch(settings: DiarizerSettings, progress: object, folder: Path | None) -> None:
                sources.append(settings.source)

            def takes(source: object) -> bool:
                return isinstance(source, str) and source.startswith("mine:")

            register(DiarizerRegistration("mine", FakeDiarizer, needs=["network once"], takes=takes, fetch=fetch))
            register(DiarizerRegistration("careless", FakeDiarizer, fetch=fetch))

    plugins.add("offering", Offering())
    for name in ("mine", "mine:one", "careless"):
        assert run("fetch", name) == 0
        assert f"{name} is downloaded and verified: use it with --diarizer {name}" in capsys.readouterr().err
    assert sources == ["", "mine:one", ""]
    assert run("fetch", "pyannote") == 2
    assert "pyannote is any pipeline of pyannote.audio; name the one to fetch" in capsys.readouterr().err


def test_fetch_of_another_recognizers_model_names_the_recognizer(
    standin: StandInHub, run: Run, plugins: Plugins, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its name alone it would not be found."""

    class Pack:
        @hookimpl
        def register_models(self, register: Callable[[ModelRegistration], None]) -> None:
            register(ModelRegistration("m1", "other", lambda: tmp_path))

    plugins.add("pack", Pack())
    assert run("fetch", "m1") == 0
    assert "use it with --model m1 --recognizer other --offline" in capsys.readouterr().err
