"""Pipelines that cannot be loaded, without weights: each failure is one ModelError with the cause."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from speakerplug.diarizers.pyannote import load
from speakerplug.diarizers.pyannote.load import load_pipeline
from speakerplug.diarizers.pyannote.trust import Trust
from speakerplug.errors import ModelError
from tests.diarizers.pyannote.untrusted import CONFIG, Payload, saved
from tests.hub.test_hub import is_one_sentence


def pipeline_folder(folder: Path, segmentation: bytes, **config: Any) -> Path:
    """Return a folder of community-1's layout whose checkpoints are these bytes."""
    for part in ("segmentation", "embedding", "plda"):
        (folder / part).mkdir(parents=True)
    for part in ("segmentation", "embedding"):
        (folder / part / "pytorch_model.bin").write_bytes(segmentation)
    (folder / "config.yaml").write_text(yaml.safe_dump({**copy.deepcopy(CONFIG), **config}))
    return folder


def failure(folder: Path, **options: Any) -> str:
    """Return the message of the error, which is one sentence."""
    with pytest.raises(ModelError) as caught:
        load_pipeline(folder, str(folder), None, offline=True, **options)
    assert is_one_sentence(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not weights", saved({"state_dict": {}})])
def test_load_pipeline_with_damaged_weights_raises(tmp_path: Path, content: bytes) -> None:
    """The pipeline and the file are named, and trust is no remedy."""
    said = failure(pipeline_folder(tmp_path / "pipeline", content))
    assert str(tmp_path / "pipeline") in said
    assert "pytorch_model.bin" in said
    assert "--trust-model" not in said


def test_load_pipeline_with_a_hostile_checkpoint_raises_and_does_not_run_it(tmp_path: Path) -> None:
    """The message names the file, what it refers to, and --trust-model."""
    trace = tmp_path / "trace"
    said = failure(pipeline_folder(tmp_path / "pipeline", saved(Payload(trace))))
    assert all(part in said for part in ("pytorch_model.bin", "system", "--trust-model"))
    assert not trace.exists()


def test_load_pipeline_for_another_version_raises(tmp_path: Path) -> None:
    """The required version is named; so is a package that is missing."""
    for dependencies, name in (({"pyannote.audio": "99.0.0"}, "99.0.0"), ({"a-missing-package": "1"}, "a-missing")):
        folder = pipeline_folder(tmp_path / name, b"", dependencies=dependencies)
        assert name in failure(folder)


def test_load_pipeline_offline_with_a_part_on_the_hub_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is not asked; a whole pipeline would be fetched before."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    config = copy.deepcopy(CONFIG)
    config["pipeline"]["params"]["segmentation"] = "pyannote/segmentation-3.0"
    assert "fetch" in failure(pipeline_folder(tmp_path / "pipeline", b"", **config))


@pytest.mark.parametrize("answer", [None, RuntimeError("weights_only: see PyTorch's page")])
def test_load_pipeline_that_pyannote_does_not_build_raises(
    tmp_path: Path, answer: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyannote returns None for what is gated, and torch's advice to load without checks is not repeated."""
    from pyannote.audio import Pipeline

    def from_pretrained(*arguments: Any, **options: Any) -> None:
        if answer is not None:
            raise answer

    monkeypatch.setattr(Pipeline, "from_pretrained", from_pretrained)
    said = failure(pipeline_folder(tmp_path / "pipeline", b""), trust=Trust(everything=True))
    assert "weights_only" not in said


def test_load_pipeline_with_a_built_pipeline_returns_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its parts in the folder, no hub is asked."""
    from pyannote.audio import Pipeline

    built = object()
    monkeypatch.setattr(Pipeline, "from_pretrained", lambda *_, **__: built)
    monkeypatch.setattr(load.hub, "answers", lambda: pytest.fail("the hub was asked"))
    folder = pipeline_folder(tmp_path / "pipeline", b"")
    assert load_pipeline(folder, "It", None, offline=False, trust=Trust(everything=True)) is built
