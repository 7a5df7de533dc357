"""The shape of a Whisper model, read from the head of CTranslate2's weights file; and what a window takes in it."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

FRAMES = 1500
"""What the encoder gives for a window of 30 s."""
HEAD_WIDTH = 64
"""In every published Whisper."""
BEAMS = 5
"""As faster-whisper searches by default."""
_PROMPT = 8
"""Tokens before the text: more than a transcription without a prompt has."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Width of the layers, and how many the decoder has."""

    width: int
    decoder_layers: int

    def window_bytes(self, number_bytes: int, text_tokens: int) -> int:
        """Return the memory that one window of 30 s takes, in numbers of so many bytes.

        These are the keys and values of the decoder, for the window and for each beam of a text of that length, and
        the attention of one layer of the encoder. On an H200, in float16, with texts of 220 tokens and batches of 32, a
        window was seen to take 391 MB with large-v3 (498 by this), 135 with turbo (137) and 90 with small (144).
        """
        positions = FRAMES + BEAMS * (_PROMPT + text_tokens)
        keys_and_values = 2 * self.width * self.decoder_layers * positions
        attention = self.width // HEAD_WIDTH * FRAMES**2
        return number_bytes * (keys_and_values + attention)


@lru_cache
def shape_of(weights: Path) -> ModelShape | None:
    """Return the shape of the model in a file `model.bin`; None for a file that is written in another way."""
    try:
        with weights.open("rb") as file:
            return _read(file)
    except (OSError, struct.error, UnicodeDecodeError):
        return None


def _read(file: BinaryIO) -> ModelShape | None:
    """Skip through the variables: each has a name, dimensions and content, behind the length of each."""
    _number(file, "I")  # the version of the format
    if _text(file) != "WhisperSpec":
        return None
    _number(file, "I")  # the revision of the specification
    width, layers = 0, set[str]()
    for _ in range(_number(file, "I")):
        name, rank = _text(file), _number(file, "B")
        dimensions = [_number(file, "I") for _ in range(rank)]
        _number(file, "B")  # the type
        file.seek(_number(file, "I"), 1)
        if name == "decoder/embeddings/weight":
            width = dimensions[-1]
        if match := re.match(r"decoder/layer_(\d+)/", name):
            layers.add(match[1])
    return ModelShape(width, len(layers)) if width and layers else None


def _number(file: BinaryIO, kind: str) -> int:
    value: int
    (value,) = struct.unpack(f"<{kind}", file.read(struct.calcsize(kind)))
    return value


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "H")).rstrip(b"\0").decode()
