"""The names in checkpoints, without weights: unknown ones are found and not run, pyannote's own networks load."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from speakerplug.diarizers.pyannote.checkpoints import UnknownNameError, load_network
from speakerplug.diarizers.pyannote.diarizer import prepare_import
from tests.diarizers.pyannote.untrusted import Payload, checkpoint, saved

ABOUT: dict[str, Any] = {
    "architecture": {"module": "pyannote.audio.models.segmentation.debug", "class": "SimpleSegmentationModel"},
    "versions": {"pyannote.audio": "4.0.0"},
}


@pytest.fixture(autouse=True, scope="module")
def pyannote() -> None:
    """It is imported as SpeakerPlug does it."""
    prepare_import()


def loaded(content: bytes, folder: Path, classes: tuple[str, ...] = ()) -> Any:
    (folder / "model.bin").write_bytes(content)
    return load_network(folder / "model.bin", classes, strict=True)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize(
    "write",
    [
        pickle.dumps,
        lambda payload: pickle.dumps([payload], protocol=0),
        saved,
        lambda payload: saved({"a": payload}, pickle_protocol=4),
        lambda payload: saved({"a": payload}, _use_new_zipfile_serialization=False),
    ],
    ids=["pickle", "old pickle", "torch", "torch with a newer pickle", "torch's old form"],
)
def test_load_network_that_names_a_function_raises_and_does_not_run_it(tmp_path: Path, write: Any) -> None:
    """In every form in which torch or pickle writes a name."""
    trace = tmp_path / "trace"
    with pytest.raises(UnknownNameError, match="system"):
        loaded(write(Payload(trace)), tmp_path)
    assert not trace.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"not weights", b"\x80\x02\xff.", saved([1]), saved({"state_dict": {}}), saved({"a": 1})[:300]],
    ids=["empty", "text", "no step", "list", "other checkpoint", "cut"],
)
def test_load_network_of_another_file_raises_value_error(tmp_path: Path, content: bytes) -> None:
    """A damaged file, or a checkpoint of another program, is not hostile."""
    with pytest.raises(ValueError, match=r"model\.bin is"):
        loaded(content, tmp_path)


def test_load_network_of_an_unknown_class_raises_before_its_import(tmp_path: Path) -> None:
    """Also what Lightning would import and call to build the network."""
    about = {**ABOUT, "architecture": {"module": "antigravity", "class": "Network"}}
    with pytest.raises(UnknownNameError, match=r"antigravity\.Network"):
        loaded(saved({"pyannote.audio": about}), tmp_path)
    built = {"pyannote.audio": ABOUT, "hyper_parameters": {"_instantiator": "antigravity.build"}}
    with pytest.raises(UnknownNameError, match=r"antigravity\.build"):
        loaded(saved(built), tmp_path)


@pytest.mark.filterwarnings("ignore")  # of libraries, about the smallest network
def test_load_network_of_pyannote_has_its_weights_and_specifications(tmp_path: Path) -> None:
    """pyannote's smallest network, saved and loaded; one with the weights of a loss is loaded without these."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation.debug import SimpleSegmentationModel

    network = SimpleSegmentationModel()
    network.specifications = Specifications(
        problem=Problem.BINARY_CLASSIFICATION, resolution=Resolution.FRAME, duration=5.0, classes=["speech"]
    )
    network.setup()
    content = checkpoint(network)
    content["state_dict"]["loss_func.W"] = torch.zeros(2)
    ours = loaded(saved(content), tmp_path)
    assert ours.specifications == network.specifications
    assert all(torch.equal(ours.state_dict()[name], value) for name, value in network.state_dict().items())
