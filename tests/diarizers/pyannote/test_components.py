"""The parts of a pipeline are read from its configuration, and fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from speakerplug import hub
from speakerplug.diarizers.pyannote.components import (
    COMMUNITY,
    ONNX,
    PLDA,
    WEIGHTS,
    Part,
    fetch_parts,
    parts_of,
    refuse_old_names,
)
from speakerplug.errors import ModelError
from speakerplug.plugin.roles import DiarizerSettings
from tests.standins.hub import TOKEN, StandInHub, connect

SETTINGS = DiarizerSettings(token=TOKEN)
SEGMENTATION = "pyannote/segmentation-3.0"
EMBEDDING = "pyannote/wespeaker-voxceleb-resnet34-LM"


def config(name: str = "SpeakerDiarization", **params: Any) -> dict[str, Any]:
    return {"pipeline": {"name": f"pyannote.audio.pipelines.{name}", "params": params}}


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Serve a hub with the parts of 3.1, and the PLDA of community-1."""
    weights = {"pytorch_model.bin": b"weights" * 200, "config.yaml": b"task: {}"}
    plda = {f"plda/{name}": name.encode() for name in PLDA}
    with StandInHub({SEGMENTATION: dict(weights), EMBEDDING: dict(weights), COMMUNITY: plda}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


def test_parts_of_a_configuration_have_their_sources(tmp_path: Path) -> None:
    """In the pipeline's own folder, on the hub, with a subfolder there; missing parts are those of community-1."""
    assert parts_of(config(segmentation="$model/seg", embedding=EMBEDDING)) == (
        Part("segmentation", "", "seg"),
        Part("embedding", EMBEDDING),
        Part("plda", COMMUNITY, "plda", files=PLDA),
    )
    given = {"checkpoint": "a/b", "subfolder": "c", "revision": "v1"}
    (part, *_) = parts_of(config(segmentation=given))
    assert part == Part("segmentation", "a/b", "c", "v1")
    assert part.paths == ("c/pytorch_model.bin",)
    assert part.is_on_hub
    (part,) = parts_of(config("VoiceActivityDetection", segmentation=str(tmp_path)))
    assert not part.is_on_hub


@pytest.mark.parametrize(
    ("name", "files"),
    [
        (EMBEDDING, WEIGHTS),
        ("hbredin/wespeaker-voxceleb-resnet34-LM", ONNX),
        ("speechbrain/spkrec-ecapa-voxceleb", ()),
        ("nvidia/speakerverification_en_titanet_large", ()),
        ("owner/embedding", WEIGHTS),
    ],
)
def test_parts_of_a_named_embedding_have_the_files_that_pyannote_reads(name: str, files: tuple[str, ...]) -> None:
    """pyannote.audio infers from the name which library loads an embedding, and so which files are needed."""
    assert parts_of(config(embedding=name))[1].files == files


def test_fetch_parts_in_other_repositories_downloads_them_once(standin: StandInHub) -> None:
    """Only the files that are read are fetched; after that no request is sent."""
    asked = config(segmentation=SEGMENTATION, embedding=EMBEDDING)
    fetch_parts(asked, "It", SETTINGS)
    assert hub.cached(COMMUNITY, [f"plda/{name}" for name in PLDA]) is not None
    assert hub.cached(SEGMENTATION, ["pytorch_model.bin"]) is not None
    assert hub.cached(EMBEDDING, ["config.yaml"]) is None
    standin.asked.clear()
    fetch_parts(asked, "It", DiarizerSettings(offline=True))
    assert not standin.asked


def test_fetch_parts_with_an_unavailable_one_names_its_repository(standin: StandInHub) -> None:
    """Offline or gated, the message has the repository of the part, not that of the pipeline."""
    asked = config(segmentation=SEGMENTATION, embedding=EMBEDDING)
    with pytest.raises(ModelError, match=rf"{SEGMENTATION} is not on this machine, .*fetch {SEGMENTATION}"):
        fetch_parts(asked, "It", DiarizerSettings(offline=True))
    assert not standin.asked
    standin.gated, standin.granted, standin.known = {EMBEDDING}, set(), {TOKEN}
    with pytest.raises(ModelError, match=f"{EMBEDDING} is gated; accept its terms at https://hf.co/{EMBEDDING}"):
        fetch_parts(asked, "It", SETTINGS)


def test_fetch_parts_of_a_version_2_pipeline_raises(standin: StandInHub) -> None:
    """It has revisions in names; no request is sent for such a name."""
    asked = config(segmentation="pyannote/segmentation@2022.07")
    for refuse in (lambda: fetch_parts(asked, "It", SETTINGS), lambda: refuse_old_names(parts_of(asked), "It")):
        with pytest.raises(ModelError, match=r"It was made for pyannote\.audio 2, .*@2022\.07; choose") as caught:
            refuse()
        assert "\n" not in str(caught.value)
    assert not standin.asked
