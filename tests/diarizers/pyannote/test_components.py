"""The parts of a pipeline: what a configuration names, and what of that is fetched."""

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
    """A hub with the parts of 3.1, and community-1's PLDA."""
    weights = {"pytorch_model.bin": b"weights" * 200, "config.yaml": b"task: {}"}
    plda = {f"plda/{name}": name.encode() for name in PLDA}
    with StandInHub({SEGMENTATION: dict(weights), EMBEDDING: dict(weights), COMMUNITY: plda}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


def test_a_configuration_names_its_parts(tmp_path: Path) -> None:
    """In the pipeline's own folder, on the hub, with a subfolder there; what is left out is community-1's."""
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
def test_an_embedding_is_read_as_pyannote_reads_it(name: str, files: tuple[str, ...]) -> None:
    """pyannote.audio tells by the name which library reads an embedding, and so which files are needed."""
    assert parts_of(config(embedding=name))[1].files == files


def test_parts_elsewhere_are_fetched_once(standin: StandInHub) -> None:
    """From each repository what is read of it; then they are here, and nobody is asked."""
    asked = config(segmentation=SEGMENTATION, embedding=EMBEDDING)
    fetch_parts(asked, "It", SETTINGS)
    assert hub.cached(COMMUNITY, [f"plda/{name}" for name in PLDA]) is not None
    assert hub.cached(SEGMENTATION, ["pytorch_model.bin"]) is not None
    assert hub.cached(EMBEDDING, ["config.yaml"]) is None
    standin.asked.clear()
    fetch_parts(asked, "It", DiarizerSettings(offline=True))
    assert not standin.asked


def test_a_part_that_cannot_be_had_is_named(standin: StandInHub) -> None:
    """Offline, or gated: the repository of the part and not that of the pipeline."""
    asked = config(segmentation=SEGMENTATION, embedding=EMBEDDING)
    with pytest.raises(ModelError, match=rf"{SEGMENTATION} is not on this machine, .*fetch {SEGMENTATION}"):
        fetch_parts(asked, "It", DiarizerSettings(offline=True))
    assert not standin.asked
    standin.gated, standin.granted, standin.known = {EMBEDDING}, set(), {TOKEN}
    with pytest.raises(ModelError, match=f"{EMBEDDING} is gated; accept its terms at https://hf.co/{EMBEDDING}"):
        fetch_parts(asked, "It", SETTINGS)


def test_a_pipeline_of_the_second_version_is_refused(standin: StandInHub) -> None:
    """It wrote revisions into names; nobody is asked for such a name."""
    asked = config(segmentation="pyannote/segmentation@2022.07")
    for refuse in (lambda: fetch_parts(asked, "It", SETTINGS), lambda: refuse_old_names(parts_of(asked), "It")):
        with pytest.raises(ModelError, match=r"It is made for pyannote\.audio 2, .*@2022\.07; choose") as caught:
            refuse()
        assert "\n" not in str(caught.value)
    assert not standin.asked
