"""The shape of a Whisper is read from the head of its weights file, and says what a window takes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from speakerplug.plugin.manager import load_plugins
from speakerplug.recognizers.model_shape import ModelShape, shape_of


def text(value: str) -> bytes:
    """Write a name as CTranslate2 does: its length with the zero at its end, then both."""
    return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"


def weights(kind: str = "WhisperSpec", width: int = 768, layers: int = 12) -> bytes:
    """Return a weights file with one variable for each decoder layer, and the embeddings between them."""
    names = [f"decoder/layer_{number}/ffn/linear_0/weight" for number in range(layers)]
    names.insert(layers // 2, "decoder/embeddings/weight")
    names += ["encoder/layer_31/ffn/linear_0/weight", "decoder/scale"]
    content = struct.pack("<I", 6) + text(kind) + struct.pack("<II", 3, len(names))
    for name in names:
        dimensions = () if name == "decoder/scale" else (51865, width) if "embeddings" in name else (4, width)
        content += text(name) + struct.pack(f"<B{len(dimensions)}I", len(dimensions), *dimensions)
        content += struct.pack("<BI", 4, 10) + bytes(10)
    return content


def written(folder: Path, content: bytes) -> Path:
    """Put a weights file into a folder."""
    path = folder / "model.bin"
    path.write_bytes(content)
    return path


def test_shape_of_a_whisper_is_its_width_and_decoder_layers(tmp_path: Path) -> None:
    """Layers of the encoder do not count, and nothing but the head of each variable is read."""
    assert shape_of(written(tmp_path, weights())) == ModelShape(768, 12)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"half",
        weights()[:10],
        weights()[:200],
        weights(kind="TransformerSpec"),
        weights(layers=0),
        b"PK\x03\x04" + bytes(400),
        bytes(range(256)) * 4,
        struct.pack("<IH", 6, 4) + b"\xff\xfe\xff\0",
    ],
    ids=["empty", "short", "no kind", "truncated", "translator", "no layers", "archive", "bytes", "no text"],
)
def test_shape_of_another_file_is_unknown(tmp_path: Path, content: bytes) -> None:
    """The memory is then estimated by the size of the file alone."""
    assert shape_of(written(tmp_path, content)) is None


def test_shape_of_a_missing_file_is_unknown(tmp_path: Path) -> None:
    """As for a model that is only planned with."""
    assert shape_of(tmp_path / "model.bin") is None


@pytest.mark.models
def test_shape_of_tiny_en_is_as_published() -> None:
    """A width of 384, and four layers (openai/whisper's model.py)."""
    folder = Path(load_plugins().models["tiny.en"].locate())
    assert shape_of(folder / "model.bin") == ModelShape(384, 4)


@pytest.mark.parametrize(
    ("shape", "seen_mb"), [(ModelShape(1280, 32), 391), (ModelShape(1280, 4), 135), (ModelShape(768, 12), 90)]
)
def test_window_bytes_is_at_least_what_a_gpu_took(shape: ModelShape, seen_mb: int) -> None:
    """large-v3, turbo and small with texts of 220 tokens in float16, on an H200; and not twice that."""
    assert seen_mb <= shape.window_bytes(2, 220) / 2**20 <= 2 * seen_mb
