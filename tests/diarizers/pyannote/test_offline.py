"""Complete pipelines are fetched with all their parts, and copied into self-contained folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from speakerplug import hub
from speakerplug.diarizers.pyannote.components import COMMUNITY, PLDA
from speakerplug.diarizers.pyannote.offline import copy_whole, fetch_whole
from speakerplug.diarizers.pyannote.pretrained import COMMUNITY_FILES
from speakerplug.errors import ModelError
from speakerplug.plugin.roles import DiarizerSettings
from tests.diarizers.conftest import CONFIG
from tests.standins.hub import TOKEN, StandInHub, connect

SETTINGS = DiarizerSettings(token=TOKEN)
VERSION_3_1 = "pyannote/speaker-diarization-3.1"
SEGMENTATION = "pyannote/segmentation-3.0"
EMBEDDING = "pyannote/wespeaker-voxceleb-resnet34-LM"
CONFIG_3_1 = {
    "version": "3.1.0",
    "pipeline": {
        "name": "pyannote.audio.pipelines.SpeakerDiarization",
        "params": {"clustering": "AgglomerativeClustering", "segmentation": SEGMENTATION, "embedding": EMBEDDING},
    },
    "params": {
        "clustering": {"method": "centroid", "min_cluster_size": 12, "threshold": 0.7},
        "segmentation": {"min_duration_off": 0.0},
    },
}


def published(community: Path) -> dict[str, dict[str, bytes]]:
    """Return the repositories of community-1, from its folder, and of 3.1, with its parts in two others."""
    files = {
        path.relative_to(community).as_posix(): path.read_bytes() for path in community.rglob("*") if path.is_file()
    }
    return {
        COMMUNITY: files,
        VERSION_3_1: {"config.yaml": yaml.safe_dump(CONFIG_3_1).encode()},
        SEGMENTATION: {"pytorch_model.bin": files["segmentation/pytorch_model.bin"]},
        EMBEDDING: {"pytorch_model.bin": files["embedding/pytorch_model.bin"]},
    }


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Serve a hub with community-1 and 3.1, whose parts are in other repositories; the weights are dummies."""
    repositories = {
        COMMUNITY: {name: name.encode() * 100 for name in COMMUNITY_FILES},
        VERSION_3_1: {"config.yaml": yaml.safe_dump(CONFIG_3_1).encode(), "README.md": b"Read me."},
        SEGMENTATION: {"pytorch_model.bin": b"segmentation" * 100, "config.yaml": b"task: {}"},
        EMBEDDING: {"pytorch_model.bin": b"embedding" * 200, "config.yaml": b"task: {}"},
    }
    repositories[COMMUNITY]["config.yaml"] = yaml.safe_dump(CONFIG).encode()
    with StandInHub(repositories).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


def test_fetch_whole_downloads_all_parts(standin: StandInHub) -> None:
    """Those in other repositories, too, and the PLDA of community-1, which 3.1 needs and does not name."""
    folder = fetch_whole(VERSION_3_1, None, SETTINGS)
    assert (folder / "config.yaml").is_file()
    assert hub.cached(SEGMENTATION, ["pytorch_model.bin"]) is not None
    assert hub.cached(EMBEDDING, ["pytorch_model.bin"]) is not None
    assert hub.cached(COMMUNITY, [f"plda/{name}" for name in PLDA]) is not None
    standin.asked.clear()
    assert fetch_whole(VERSION_3_1, None, SETTINGS) == folder
    assert not standin.downloads()


def test_fetch_whole_with_a_damaged_part_downloads_it_again(standin: StandInHub) -> None:
    """This holds for parts in any repository."""
    fetch_whole(VERSION_3_1, None, SETTINGS)
    there = hub.cached(EMBEDDING, ["pytorch_model.bin"])
    assert there is not None
    (there / "pytorch_model.bin").write_bytes(b"damage")
    fetch_whole(VERSION_3_1, None, SETTINGS)
    assert (there / "pytorch_model.bin").read_bytes() == b"embedding" * 200


def test_fetch_whole_without_a_hub_compares_with_cached_checksums(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damage is an error then, because it cannot be repaired."""
    folder = fetch_whole(VERSION_3_1, None, SETTINGS)
    monkeypatch.setattr(hub, "answers", lambda: False)
    assert fetch_whole(VERSION_3_1, None, SETTINGS) == folder
    there = hub.cached(EMBEDDING, ["pytorch_model.bin"])
    assert there is not None
    (there / "pytorch_model.bin").write_bytes(b"damage")
    with pytest.raises(ModelError, match=rf"pytorch_model\.bin of {EMBEDDING} is damaged; .*fetch {VERSION_3_1}\."):
        fetch_whole(VERSION_3_1, None, SETTINGS)


def test_copy_whole_of_parts_elsewhere_is_self_contained(standin: StandInHub, tmp_path: Path) -> None:
    """Parts from other repositories get subfolders, which its configuration names; there are no links."""
    copy_whole(fetch_whole(VERSION_3_1, None, SETTINGS), tmp_path / "copy", VERSION_3_1, SETTINGS)
    found = {path.relative_to(tmp_path / "copy").as_posix(): path for path in (tmp_path / "copy").rglob("*.*")}
    assert set(found) == set(COMMUNITY_FILES)
    assert not any(path.is_symlink() for path in found.values())
    assert found["embedding/pytorch_model.bin"].read_bytes() == b"embedding" * 200
    config = yaml.safe_load(found["config.yaml"].read_text())
    params = config["pipeline"].pop("params")
    assert params.pop("clustering") == "AgglomerativeClustering"
    assert params == {part: f"$model/{part}" for part in ("segmentation", "embedding", "plda")}
    assert config["version"] == "3.1.0"


def test_copy_whole_of_one_repository_keeps_its_configuration(standin: StandInHub, tmp_path: Path) -> None:
    """community-1 has no parts in other repositories."""
    copy_whole(fetch_whole(COMMUNITY, None, SETTINGS), tmp_path / "copy", COMMUNITY, SETTINGS)
    for name, content in standin.repositories[COMMUNITY].items():
        assert (tmp_path / "copy" / name).read_bytes() == content or name == "config.yaml"
    assert yaml.safe_load((tmp_path / "copy" / "config.yaml").read_text()) == CONFIG


def test_fetch_whole_of_a_single_part_succeeds(standin: StandInHub) -> None:
    """A user's own configuration may name it; as a pipeline it cannot be copied."""
    folder = fetch_whole(SEGMENTATION, None, SETTINGS)
    assert (folder / "pytorch_model.bin").is_file()
    with pytest.raises(ModelError, match="without a pipeline"):
        copy_whole(folder, folder, SEGMENTATION, SETTINGS)


@pytest.mark.parametrize(
    ("embedding", "files", "expected"),
    [
        ("speechbrain/spkrec-ecapa-voxceleb", {}, "is fetched by another library when it is first used; run that once"),
        (
            "hbredin/wespeaker-x",
            {"speaker-embedding.onnx": b"onnx"},
            "can only be read from the hub's cache; fetch",
        ),
        ("owner/nothing", {"README.md": b""}, r"owner/nothing has no pytorch_model\.bin"),
    ],
)
def test_copy_whole_of_an_unsupported_embedding_raises(
    standin: StandInHub, tmp_path: Path, embedding: str, files: dict[str, bytes], expected: str
) -> None:
    """One of another library, one that cannot be in a folder, and one without weights."""
    params = {**CONFIG_3_1["pipeline"]["params"], "embedding": embedding}  # type: ignore[index,dict-item]
    config = {**CONFIG_3_1, "pipeline": {**CONFIG_3_1["pipeline"], "params": params}}  # type: ignore[dict-item]
    standin.repositories[VERSION_3_1]["config.yaml"] = yaml.safe_dump(config).encode()
    standin.repositories[embedding] = files
    with pytest.raises(ModelError, match=expected) as caught:
        copy_whole(fetch_whole(VERSION_3_1, None, SETTINGS), tmp_path / "copy", VERSION_3_1, SETTINGS)
    assert "; " in str(caught.value)
    assert "\n" not in str(caught.value)
