"""Models of speakrs with the right names and shapes, and made weights: numbers that have learned nothing.

They are written as the published ones are: safetensors with the names of an ONNX export, and arrays of numpy.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Tensors = Mapping[str, NDArray[np.float64]]

HIDDEN, MEL_BINS, CLASSES = 128, 80, 7
STAGES = ((32, 3), (64, 4), (128, 6), (256, 3))
"""Channels and blocks of ResNet34."""


def save_models(folder: Path) -> Path:
    """Write both networks, the PLDA and the minimum length of a segment into a folder, and return it."""
    random = np.random.default_rng(1)
    folder.mkdir(parents=True, exist_ok=True)
    save_tensors(folder / "segmentation-3.0.safetensors", segmentation(random))
    save_tensors(folder / "wespeaker-multimask-tail.safetensors", dict(embedding(random)))
    (folder / "wespeaker-voxceleb-resnet34.min_num_samples.txt").write_text("400")
    rotation = np.linalg.qr(random.standard_normal((256, 256)))[0][:, :HIDDEN]
    plda = {
        "lda": np.ascontiguousarray(rotation),
        "tr": np.ascontiguousarray(np.linalg.qr(random.standard_normal((HIDDEN, HIDDEN)))[0]),
        "mu": np.zeros(HIDDEN),
        "psi": np.geomspace(8, 0.1, HIDDEN),
        "mean1": np.zeros(256),
        "mean2": np.zeros(HIDDEN),
    }
    for name, array in plda.items():
        np.save(folder / f"plda_{name}.npy", array)
    return folder


def save_tensors(path: Path, tensors: Tensors) -> None:
    """Write a safetensors file: the length of a header, the header as JSON, and the numbers."""
    header, data = {}, bytearray()
    for name, tensor in tensors.items():
        start = len(data)
        data += np.ascontiguousarray(tensor, dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [start, len(data)]}
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + data)


def segmentation(random: np.random.Generator) -> Tensors:
    """Return the tensors of PyanNet (segmentation-3.0): SincNet, four LSTM layers and three linear ones."""
    edges = np.linspace(30, 7900, MEL_BINS // 2 + 1)
    times = 2 * np.pi * np.arange(-125, 0) / 16000
    tensors = {
        "sincnet.conv1d.0.filterbank.low_hz_": edges[:-1, None],
        "sincnet.conv1d.0.filterbank.band_hz_": np.diff(edges)[:, None],
        "sincnet.conv1d.0.filterbank.window_": np.hamming(251)[:125],
        "sincnet.conv1d.0.filterbank.n_": times[None],
        "onnx::Div_1": times[None] / 2,
        "linear.0.bias": np.zeros(HIDDEN),
        "linear.1.bias": np.zeros(HIDDEN),
        "classifier.bias": np.array([0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]),  # one speaker is the likeliest
    }
    for name, channels in (("wav_norm1d", 1), ("norm1d.0", MEL_BINS), ("norm1d.1", 60), ("norm1d.2", 60)):
        tensors |= {f"sincnet.{name}.weight": np.ones(channels), f"sincnet.{name}.bias": np.zeros(channels)}
    for number, channels in ((1, MEL_BINS), (2, 60)):
        tensors[f"sincnet.conv1d.{number}.weight"] = random.normal(0, 0.1, (60, channels, 5))
        tensors[f"sincnet.conv1d.{number}.bias"] = np.zeros(60)
    number = 2  # an export numbers what has no name
    for layer in range(4):
        inputs = 60 if layer == 0 else 2 * HIDDEN
        for shape in ((2, 8 * HIDDEN), (2, 4 * HIDDEN, inputs), (2, 4 * HIDDEN, HIDDEN)):
            tensors[f"onnx::LSTM_{number}"] = random.normal(0, 0.1, shape)
            number += 1
    for shape, scale in (((2 * HIDDEN, HIDDEN), 0.3), ((HIDDEN, HIDDEN), 0.3), ((HIDDEN, CLASSES), 2.0)):
        tensors[f"onnx::MatMul_{number}"] = random.normal(0, scale, shape)
        number += 1
    return tensors


def embedding(random: np.random.Generator) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield the tensors of WeSpeaker's ResNet34, whose normalizations are fused into biases."""

    def convolution(name: str, outputs: int, inputs: int, kernel: int) -> Iterator[tuple[str, NDArray[np.float64]]]:
        scale = (inputs * kernel * kernel) ** -0.5
        yield f"resnet.{name}.weight", random.normal(0, scale, (outputs, inputs, kernel, kernel))
        yield f"resnet.{name}.weight_bias", np.zeros(outputs)

    inputs = STAGES[0][0]
    yield from convolution("conv1", inputs, 1, 3)
    for stage, (channels, blocks) in enumerate(STAGES, 1):
        for block in range(blocks):
            yield from convolution(f"layer{stage}.{block}.conv1", channels, inputs, 3)
            yield from convolution(f"layer{stage}.{block}.conv2", channels, channels, 3)
            if inputs != channels:
                yield from convolution(f"layer{stage}.{block}.shortcut.0", channels, inputs, 1)
            inputs = channels
    yield "resnet.seg_1.weight", random.normal(0, 0.05, (256, 5120))
    yield "resnet.seg_1.bias", np.zeros(256)
