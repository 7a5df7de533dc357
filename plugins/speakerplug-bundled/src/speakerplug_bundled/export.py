"""Export of the networks to ONNX, once for each version of weights, network and exporter, into the user's cache.

ONNX Runtime computes both networks in half the time that torch takes on a CPU, and needs neither torch nor
pyannote.audio, which take seconds and half a gigabyte to import.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_cache_path

from speakerplug.plugin import ModelError, temporary_folder

from .weights import CAMPPLUS, CAMPPLUS_NETWORK, SEGMENTATION, PackagedFile

log = logging.getLogger(__name__)

FORMAT = 1
"""Of the exported networks: their inputs and outputs, and how they are exported."""
OPSET = 17


def segmentation_onnx() -> Path:
    """Return segmentation-3.0 as ONNX: waveforms (windows, 1, samples) to scores (windows, frames, classes)."""
    return _exported("segmentation", (SEGMENTATION,), _export_segmentation)


def campplus_onnx() -> Path:
    """Return CAM++ as ONNX: features (1, frames, 80) to what it pools, (1, 512, frames / 2), and its last layer.

    The second output are the weights (1024, 192) and the bias (192) of the layer after the pooling, in one array.
    """
    return _exported("campplus", (CAMPPLUS, CAMPPLUS_NETWORK), _export_campplus)


def _exported(name: str, sources: tuple[PackagedFile, ...], export: Callable[[Path], None]) -> Path:
    """Return the file of a network, exported unless it is there; raises ModelError for a bad source, or no space."""
    versions = [str(FORMAT), *(metadata.version(package) for package in ("torch", "pyannote.audio"))]
    key = hashlib.sha256(" ".join([*(source.sha256 for source in sources), *versions]).encode()).hexdigest()
    folder = user_cache_path("speakerplug") / "onnx"
    path = folder / f"{name}-{key[:16]}.onnx"
    if path.is_file():
        return path
    for source in sources:
        source.checked()
    log.info("The bundled network %s is prepared for this machine, once.", name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{name}.lock"), temporary_folder(folder) as scratch:
            if not path.is_file():
                export(scratch / path.name)
                (scratch / path.name).replace(path)
    except OSError as error:
        raise ModelError(
            f"The bundled network cannot be written to {folder} ({error.strerror or error}); "
            "free disk space, set XDG_CACHE_HOME to a writable folder, or add --exact."
        ) from error
    return path


def _export_segmentation(path: Path) -> None:
    import torch

    from .pipeline import load_segmentation

    network = load_segmentation()
    _export(network, torch.zeros(1, 1, 160_000), path, "waveforms", {0: "windows"}, ["scores"])


def _export_campplus(path: Path) -> None:
    import torch
    from torch import nn

    from .campplus import load_campplus

    network: Any = load_campplus().network

    class Pooled(nn.Module):
        """The network up to its pooling, and the layer after it as a constant."""

        def __init__(self) -> None:
            super().__init__()
            self.head, self.frames = network.head, network.xvector[:-2]
            dense, statistics = network.xvector[-1], torch.eye(1025, 1024)
            with torch.inference_mode():
                bias = dense(statistics[-1:])
                self.register_buffer("dense", torch.vstack([dense(statistics[:-1]) - bias, bias]).clone())

        def forward(self, features: Any) -> Any:
            """Return what is pooled, and the weights of the last layer with its bias."""
            return self.frames(self.head(features.transpose(1, 2))), self.dense + 0.0

    _export(Pooled().eval(), torch.zeros(1, 300, 80), path, "features", {1: "frames"}, ["pooled", "dense"])


def _export(network: Any, example: Any, path: Path, name: str, dynamic: dict[int, str], outputs: list[str]) -> None:
    import warnings

    import torch

    with torch.inference_mode(), warnings.catch_warnings(), _without_onnx():
        warnings.simplefilter("ignore")
        axes = {name: dynamic, outputs[0]: {0: "batch"} if 0 in dynamic else {2: "half"}}
        torch.onnx.export(
            network,
            (example,),
            str(path),
            input_names=[name],
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )


@contextmanager
def _without_onnx() -> Iterator[None]:
    """Let torch's exporter skip its only use of the package onnx: to add functions that our networks do not have."""
    from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

    stock = onnx_proto_utils._add_onnxscript_fn
    vars(onnx_proto_utils)["_add_onnxscript_fn"] = lambda model, opsets: model
    try:
        yield
    finally:
        vars(onnx_proto_utils)["_add_onnxscript_fn"] = stock
