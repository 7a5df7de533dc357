"""Whole pipelines: fetched with all their parts, and copied into folders that need nothing else."""

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
FORMER = "pyannote/speaker-diarization-3.1"
SEGMENTATION = "pyannote/segmentation-3.0"
EMBEDDING = "pyannote/wespeaker-voxceleb-resnet34-LM"
FORMER_CONFIG = {
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
    """The repositories of community-1, whose folder that is, and of 3.1, whose parts are in two others."""
    files = {
        path.relative_to(community).as_posix(): path.read_bytes() for path in community.rglob("*") if path.is_file()
    }
    return {
        COMMUNITY: files,
        FORMER: {"config.yaml": yaml.safe_dump(FORMER_CONFIG).encode()},
        SEGMENTATION: {"pytorch_model.bin": files["segmentation/pytorch_model.bin"]},
        EMBEDDING: {"pytorch_model.bin": files["embedding/pytorch_model.bin"]},
    }


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """A hub with community-1 and 3.1, whose parts are in other repositories; the weights are words."""
    repositories = {
        COMMUNITY: {name: name.encode() * 100 for name in COMMUNITY_FILES},
        FORMER: {"config.yaml": yaml.safe_dump(FORMER_CONFIG).encode(), "README.md": b"Read me."},
        SEGMENTATION: {"pytorch_model.bin": b"segmentation" * 100, "config.yaml": b"task: {}"},
        EMBEDDING: {"pytorch_model.bin": b"embedding" * 200, "config.yaml": b"task: {}"},
    }
    repositories[COMMUNITY]["config.yaml"] = yaml.safe_dump(CONFIG).encode()
    with StandInHub(repositories).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


def test_a_pipeline_is_fetched_with_its_parts(standin: StandInHub) -> None:
    """Those in other repositories too, with community-1's PLDA, which 3.1 needs and does not name."""
    folder = fetch_whole(FORMER, None, SETTINGS)
    assert (folder / "config.yaml").is_file()
    assert hub.cached(SEGMENTATION, ["pytorch_model.bin"]) is not None
    assert hub.cached(EMBEDDING, ["pytorch_model.bin"]) is not None
    assert hub.cached(COMMUNITY, [f"plda/{name}" for name in PLDA]) is not None
    standin.asked.clear()
    assert fetch_whole(FORMER, None, SETTINGS) == folder
    assert not standin.downloads()


def test_a_damaged_part_is_fetched_again(standin: StandInHub) -> None:
    """Whatever repository it is in."""
    fetch_whole(FORMER, None, SETTINGS)
    there = hub.cached(EMBEDDING, ["pytorch_model.bin"])
    assert there is not None
    (there / "pytorch_model.bin").write_bytes(b"damage")
    fetch_whole(FORMER, None, SETTINGS)
    assert (there / "pytorch_model.bin").read_bytes() == b"embedding" * 200


def test_a_whole_copy_serves_without_a_hub(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is compared with the hashes that the cache keeps; damage is an error, for it cannot be repaired."""
    folder = fetch_whole(FORMER, None, SETTINGS)
    monkeypatch.setattr(hub, "answers", lambda: False)
    assert fetch_whole(FORMER, None, SETTINGS) == folder
    there = hub.cached(EMBEDDING, ["pytorch_model.bin"])
    assert there is not None
    (there / "pytorch_model.bin").write_bytes(b"damage")
    with pytest.raises(ModelError, match=rf"pytorch_model\.bin of {EMBEDDING} is damaged; .*fetch {FORMER}\."):
        fetch_whole(FORMER, None, SETTINGS)


def test_a_copy_needs_nothing_beside_itself(standin: StandInHub, tmp_path: Path) -> None:
    """Parts from elsewhere get folders in it, and its configuration names those; nothing is a link."""
    copy_whole(fetch_whole(FORMER, None, SETTINGS), tmp_path / "copy", FORMER, SETTINGS)
    found = {path.relative_to(tmp_path / "copy").as_posix(): path for path in (tmp_path / "copy").rglob("*.*")}
    assert set(found) == set(COMMUNITY_FILES)
    assert not any(path.is_symlink() for path in found.values())
    assert found["embedding/pytorch_model.bin"].read_bytes() == b"embedding" * 200
    config = yaml.safe_load(found["config.yaml"].read_text())
    params = config["pipeline"].pop("params")
    assert params.pop("clustering") == "AgglomerativeClustering"
    assert params == {part: f"$model/{part}" for part in ("segmentation", "embedding", "plda")}
    assert config["version"] == "3.1.0"


def test_a_copy_of_a_whole_repository_is_that_repository(standin: StandInHub, tmp_path: Path) -> None:
    """community-1 names nothing elsewhere, so its configuration stays as it is."""
    copy_whole(fetch_whole(COMMUNITY, None, SETTINGS), tmp_path / "copy", COMMUNITY, SETTINGS)
    for name, content in standin.repositories[COMMUNITY].items():
        assert (tmp_path / "copy" / name).read_bytes() == content or name == "config.yaml"
    assert yaml.safe_load((tmp_path / "copy" / "config.yaml").read_text()) == CONFIG


def test_a_part_alone_can_be_fetched(standin: StandInHub) -> None:
    """Somebody's own configuration may name it; as a pipeline it cannot be copied."""
    folder = fetch_whole(SEGMENTATION, None, SETTINGS)
    assert (folder / "pytorch_model.bin").is_file()
    with pytest.raises(ModelError, match="names no pipeline"):
        copy_whole(folder, folder, SEGMENTATION, SETTINGS)


@pytest.mark.parametrize(
    ("embedding", "files", "expected"),
    [
        ("speechbrain/spkrec-ecapa-voxceleb", {}, "is fetched by another library when it is first used; run that once"),
        (
            "hbredin/wespeaker-x",
            {"speaker-embedding.onnx": b"onnx"},
            "is read from the hub's cache only; fetch",
        ),
        ("owner/nothing", {"README.md": b""}, r"owner/nothing has no pytorch_model\.bin"),
    ],
)
def test_what_cannot_be_kept_is_an_error(
    standin: StandInHub, tmp_path: Path, embedding: str, files: dict[str, bytes], expected: str
) -> None:
    """An embedding of another library, one without a form for folders, one that is none."""
    params = {**FORMER_CONFIG["pipeline"]["params"], "embedding": embedding}  # type: ignore[index,dict-item]
    config = {**FORMER_CONFIG, "pipeline": {**FORMER_CONFIG["pipeline"], "params": params}}  # type: ignore[dict-item]
    standin.repositories[FORMER]["config.yaml"] = yaml.safe_dump(config).encode()
    standin.repositories[embedding] = files
    with pytest.raises(ModelError, match=expected) as caught:
        copy_whole(fetch_whole(FORMER, None, SETTINGS), tmp_path / "copy", FORMER, SETTINGS)
    assert "; " in str(caught.value)
    assert "\n" not in str(caught.value)
