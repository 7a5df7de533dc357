"""Files of unknown origin: benign pipelines and checkpoints, and some that run a program."""

from __future__ import annotations

import io
import os
import pickle
import shlex
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

CONFIG: dict[str, Any] = {
    "dependencies": {"pyannote.audio": "4.0.0"},
    "pipeline": {
        "name": "pyannote.audio.pipelines.SpeakerDiarization",
        "params": {
            "clustering": "VBxClustering",
            "segmentation": "$model/segmentation",
            "embedding": "$model/embedding",
            "plda": "$model/plda",
        },
    },
    "params": {"clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8}, "segmentation": {"min_duration_off": 0.0}},
}


class Payload:
    """An object that runs a program when it is unpickled, which creates the file `trace`."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {shlex.quote(str(self.trace))}",)


class Evaluated(Payload):
    """The same with eval in place of a program."""

    def __reduce__(self) -> Any:
        return eval, (f"open({str(self.trace)!r}, 'w').close()",)


def checkpoint(network: Any = None) -> dict[str, Any]:
    """Return the content of a checkpoint, made by pyannote's own classes, of an embedding or of `network`."""
    import lightning
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import WeSpeakerResNet34

    if network is None:
        torch.manual_seed(0)
        network = WeSpeakerResNet34()
        network.specifications = Specifications(
            problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=5.0, min_duration=0.1
        )
    content = {
        "state_dict": network.state_dict(),
        "hyper_parameters": dict(network.hparams),
        "pytorch-lightning_version": lightning.__version__,
    }
    network.on_save_checkpoint(content)
    return content


def saved(content: object, **options: Any) -> bytes:
    """Return the bytes of a checkpoint, as torch writes them."""
    import torch

    stream = io.BytesIO()
    torch.save(content, stream, **options)
    return stream.getvalue()


def hostile(trace: Path) -> Mapping[str, tuple[bytes, str]]:
    """Return checkpoints that run a program when pyannote loads them, each with the name that it uses."""
    payload, system = Payload(trace), f"{os.system.__module__}.system"
    hidden = checkpoint()
    hidden["hyper_parameters"]["x"] = payload
    typed = checkpoint()
    typed["pyannote.audio"]["specifications"] = payload
    evaluated = checkpoint()
    evaluated["callbacks"] = {"x": Evaluated(trace)}
    return {
        "a plain pickle": (pickle.dumps(payload), system),
        "an old plain pickle": (pickle.dumps([payload], protocol=0), system),
        "a pickle that torch wrote": (saved(payload), system),
        "hyper-parameters": (saved(hidden), system),
        "hyper-parameters in torch's old form": (saved(hidden, _use_new_zipfile_serialization=False), system),
        "hyper-parameters in a newer pickle": (saved(hidden, pickle_protocol=4), system),
        "specifications": (saved(typed), system),
        "a function of Python": (saved(evaluated), "eval"),
    }


def save_pipeline(folder: Path, config: object = None, **parts: bytes) -> Path:
    """Write a pipeline with the layout of community-1, with other bytes for some checkpoints; return its folder."""
    from speakerplug_bundled.weights import SEGMENTATION

    for part in ("segmentation", "embedding", "plda"):
        (folder / part).mkdir(parents=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG if config is None else config))
    shutil.copy(SEGMENTATION.checked(), folder / "segmentation" / "pytorch_model.bin")
    (folder / "embedding" / "pytorch_model.bin").write_bytes(parts.get("embedding") or saved(checkpoint()))
    if "segmentation" in parts:
        (folder / "segmentation" / "pytorch_model.bin").write_bytes(parts["segmentation"])
    save_plda(folder / "plda")
    return folder


def save_plda(folder: Path, **arrays: Any) -> None:
    """Write an untrained PLDA in the form of community-1, with some other arrays."""
    xvec = {"mean1": np.zeros(256), "mean2": np.zeros(128), "lda": np.eye(256, 128)}
    plda = {"mu": np.zeros(128), "tr": np.eye(128), "psi": np.linspace(2.0, 1.0, 128)}
    np.savez(folder / "xvec_transform.npz", **xvec)
    np.savez(folder / "plda.npz", **{**plda, **arrays})
