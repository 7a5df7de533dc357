"""Export of the networks to ONNX, once for each version of weights, network and exporter, into the user's cache.

ONNX Runtime computes both networks in half the time that torch takes on a CPU, and needs neither torch nor
pyannote.audio, which take seconds and half a gigabyte to import.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module, metadata
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
"""Of each SHA-256 in the name of an exported network: of what it was made from, and of its content."""
DAY_S = 86_400.0
KEPT_S = 30 * DAY_S
"""Seconds after their last use for which networks of other versions are kept."""

Names = tuple[str, ...]
Export = Callable[..., None]
"""Writes networks to a path for each name."""


def segmentation_onnx() -> Path:
    """Return segmentation-3.0 as ONNX: waveforms (windows, 1, samples) to scores (windows, frames, classes)."""
    return _exported(("segmentation",), (SEGMENTATION,), _export_segmentation)[0]


def campplus_onnx() -> Path:
    """Return CAM++ up to its pooling as ONNX: features (1, frames, 80) to what it pools, (1, 512, frames / 2)."""
    return _campplus()[0]


def campplus_dense_onnx() -> Path:
    """Return CAM++ after its pooling as ONNX: statistics (parts, 1024) to embeddings (parts, 192)."""
    return _campplus()[1]


def _campplus() -> list[Path]:
    return _exported(("campplus", "campplus-dense"), (CAMPPLUS, CAMPPLUS_NETWORK), _export_campplus)


def _exported(names: Names, sources: tuple[PackagedFile, ...], export: Export) -> list[Path]:
    """Return the files of networks in the user's cache; where that cannot be written, in a temporary folder.

    Raises ModelError for a bad source, or no space.
    """
    versions = [str(FORMAT), *(metadata.version(package) for package in ("torch", "pyannote.audio"))]
    key = hashlib.sha256(" ".join([*(source.sha256 for source in sources), *versions]).encode()).hexdigest()
    folder = user_cache_path("speakerplug") / "onnx"
    work = (names, key[:DIGITS], sources, export)
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


def _exported_to(folder: Path, names: Names, key: str, sources: tuple[PackagedFile, ...], export: Export) -> list[Path]:
    """Return the files of networks, exported unless they are there and whole."""
    if whole := _whole(folder, names, key):
        return whole
    for source in sources:
        source.checked()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{names[0]}.lock"), temporary_folder(folder) as scratch:
        if whole := _whole(folder, names, key):
            return whole
        log.info("The bundled network %s is prepared for this machine.", names[0])
        fresh = [scratch / f"{name}.onnx" for name in names]
        export(*fresh)
        return [path.replace(folder / f"{path.stem}-{key}-{sha256_of(path)[:DIGITS]}.onnx") for path in fresh]


def _whole(folder: Path, names: Names, key: str) -> list[Path]:
    """Return the exported networks whose content is what their names say, marked as used; none if one is missing."""
    found = []
    for name in names:
        there = set(folder.glob(f"{name}-{'?' * DIGITS}-{'?' * DIGITS}.onnx"))
        for path in there:
            if path.stem.startswith(f"{name}-{key}-") and sha256_of(path)[:DIGITS] == path.stem[-DIGITS:]:
                found.append(path)
                _mark_used(path, there - {path})
                break
    return found if len(found) == len(names) else []


def _mark_used(path: Path, others: set[Path]) -> None:
    """Note that a network is used, and delete the `others` that no version has used for 30 days.

    Errors are ignored: the folder may be read-only, and Windows deletes no file that is in use.
    """
    now = time.time()
    with suppress(OSError):
        if now - path.stat().st_mtime > DAY_S:
            os.utime(path)
    for other in others:
        with suppress(OSError):
            if now - other.stat().st_mtime > KEPT_S:
                other.unlink()


def _export_segmentation(path: Path) -> None:
    import torch

    from .segmentation import load_segmentation

    network = load_segmentation()
    _export(network, torch.zeros(1, 1, 160_000), path, ("waveforms", {0: "windows"}), ("scores", {0: "windows"}))


def _export_campplus(frames: Path, dense: Path) -> None:
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

    network = load_campplus().network
    _export(
        Pooled(network).eval(), torch.zeros(1, 300, 80), frames, ("features", {1: "frames"}), ("pooled", {2: "half"})
    )
    _export(
        network.xvector[-1], torch.zeros(1, 1024), dense, ("statistics", {0: "parts"}), ("embeddings", {0: "parts"})
    )


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
    try:
        utils = import_module("torch.onnx._internal.torchscript_exporter.onnx_proto_utils")
    except ModuleNotFoundError:  # before torch 2.9
        utils = import_module("torch.onnx._internal.onnx_proto_utils")
    stock = utils._add_onnxscript_fn
    vars(utils)["_add_onnxscript_fn"] = lambda model, opsets: model
    try:
        yield
    finally:
        vars(utils)["_add_onnxscript_fn"] = stock
