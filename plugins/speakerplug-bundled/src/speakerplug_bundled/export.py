"""Export of the networks to ONNX, once for each version of weights, network and exporter, into the user's cache.

ONNX Runtime computes both networks in half the time that torch takes on a CPU, and needs neither torch nor
pyannote.audio, which take seconds and half a gigabyte to import.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_cache_path

from speakerplug.plugin import ModelError, temporary_folder

from .weights import CAMPPLUS, CAMPPLUS_NETWORK, SEGMENTATION, PackagedFile, sha256_of

log = logging.getLogger(__name__)

FORMAT = 1
"""Of the exported networks: their inputs and outputs, and how they are exported."""
OPSET = 17
DIGITS = 16
"""Of the SHA-256 in the name of an exported network."""


def segmentation_onnx() -> Path:
    """Return segmentation-3.0 as ONNX: waveforms (windows, 1, samples) to scores (windows, frames, classes)."""
    return _exported("segmentation", (SEGMENTATION,), _export_segmentation)


def campplus_onnx() -> Path:
    """Return CAM++ up to its pooling as ONNX: features (1, frames, 80) to what it pools, (1, 512, frames / 2)."""
    return _exported("campplus", (CAMPPLUS, CAMPPLUS_NETWORK), _export_campplus)


def campplus_dense_onnx() -> Path:
    """Return CAM++ after its pooling as ONNX: statistics (parts, 1024) to embeddings (parts, 192)."""
    return _exported("campplus-dense", (CAMPPLUS, CAMPPLUS_NETWORK), _export_campplus_dense)


def _exported(name: str, sources: tuple[PackagedFile, ...], export: Callable[[Path], None]) -> Path:
    """Return the file of a network in the user's cache; where that cannot be written, in a temporary folder.

    Raises ModelError for a bad source, or no space.
    """
    versions = [str(FORMAT), *(metadata.version(package) for package in ("torch", "pyannote.audio"))]
    key = hashlib.sha256(" ".join([*(source.sha256 for source in sources), *versions]).encode()).hexdigest()
    work = (f"{name}-{key[:DIGITS]}-", sources, export)
    folder = user_cache_path("speakerplug") / "onnx"
    try:
        try:
            return _exported_to(folder, *work)
        except OSError as error:
            if error.errno is None:  # of a library that cannot be loaded
                raise
            folder = _own_folder(folder, error.strerror)
            return _exported_to(folder, *work)
    except OSError as error:
        if error.errno is None:
            raise
        raise ModelError(
            f"The bundled network cannot be written to {folder} ({error.strerror}); "
            "free disk space, set XDG_CACHE_HOME to a writable folder, or add --exact."
        ) from error


@functools.cache
def _own_folder(cache: Path, reason: str) -> Path:
    """Return a temporary folder that is removed when this process ends; log, once, why the cache is not used."""
    log.info("%s cannot be written (%s), so each run prepares the bundled networks again.", cache, reason)
    stack = ExitStack()
    folder = stack.enter_context(temporary_folder())
    atexit.register(stack.close)
    return folder


def _exported_to(folder: Path, prefix: str, sources: tuple[PackagedFile, ...], export: Callable[[Path], None]) -> Path:
    """Return the file of a network, exported unless it is there and whole: its name ends in its SHA-256."""
    if (whole := _whole(folder, prefix)) is not None:
        return whole
    for source in sources:
        source.checked()
    name = prefix[: -DIGITS - 2]
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{name}.lock"), temporary_folder(folder) as scratch:
        if (whole := _whole(folder, prefix)) is not None:
            return whole
        log.info("The bundled network %s is prepared for this machine.", name)
        fresh = scratch / f"{name}.onnx"
        export(fresh)
        return fresh.replace(folder / f"{prefix}{sha256_of(fresh)[:DIGITS]}.onnx")


def _whole(folder: Path, prefix: str) -> Path | None:
    """Return the exported network whose content is what its name says; None if there is none."""
    for path in folder.glob(f"{prefix}*.onnx"):
        if sha256_of(path)[:DIGITS] == path.stem.removeprefix(prefix):
            return path
    return None


def _export_segmentation(path: Path) -> None:
    import torch

    from .segmentation import load_segmentation

    network = load_segmentation()
    _export(network, torch.zeros(1, 1, 160_000), path, ("waveforms", {0: "windows"}), ("scores", {0: "windows"}))


def _export_campplus(path: Path) -> None:
    import torch
    from torch import nn

    from .campplus import load_campplus

    class Pooled(nn.Module):
        """The network up to its pooling."""

        def __init__(self, network: Any) -> None:
            super().__init__()
            self.head, self.frames = network.head, network.xvector[:-2]

        def forward(self, features: Any) -> Any:
            """Return what is pooled."""
            return self.frames(self.head(features.transpose(1, 2)))

    network = Pooled(load_campplus().network).eval()
    _export(network, torch.zeros(1, 300, 80), path, ("features", {1: "frames"}), ("pooled", {2: "half"}))


def _export_campplus_dense(path: Path) -> None:
    import torch

    from .campplus import load_campplus

    network = load_campplus().network.xvector[-1]
    _export(network, torch.zeros(1, 1024), path, ("statistics", {0: "parts"}), ("embeddings", {0: "parts"}))


Named = tuple[str, dict[int, str]]
"""The name of an input or output, and those of its dimensions that vary."""


def _export(network: Any, example: Any, path: Path, given: Named, found: Named) -> None:
    import warnings

    import torch

    with torch.inference_mode(), warnings.catch_warnings(), _without_onnx():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            str(path),
            input_names=[given[0]],
            output_names=[found[0]],
            dynamic_axes=dict([given, found]),
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
