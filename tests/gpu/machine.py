"""The GPU of the tests, models of real shape for it, and the memory that is taken meanwhile."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from speakerplug.devices import Device
from speakerplug.devices.device import MB
from speakerplug.devices.probe import LocalProbe

GPU = Device("cuda", 0)


@dataclass
class Memory:
    """Free bytes of the GPU: `before` the work, the `least` during it."""

    before: int
    least: int = field(default=2**62)

    @property
    def peak_mb(self) -> int:
        """The most that the work took, in MB."""
        return round((self.before - self.least) / MB)


@contextmanager
def sampled() -> Iterator[Memory]:
    """Look at the GPU's free memory every few milliseconds during the block."""
    probe, done = LocalProbe(), threading.Event()
    memory = Memory(probe.free_bytes(GPU) or 0)

    def look() -> None:
        """Until the block ends."""
        import torch

        while not done.wait(0.002):
            memory.least = min(memory.least, torch.cuda.mem_get_info(GPU.index)[0])

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        memory.least = min(memory.least, probe.free_bytes(GPU) or 0)
        done.set()
        thread.join()


@contextmanager
def ballast(leaves_bytes: int) -> Iterator[subprocess.Popen[str]]:
    """Another process takes the GPU's memory, all but `leaves_bytes`, during the block."""
    code = (
        "import sys, torch\n"
        "free, _ = torch.cuda.mem_get_info()\n"
        f"block = torch.empty(max(1, free - {leaves_bytes}), dtype=torch.uint8, device='cuda')\n"
        "print('full', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "full\n"
        yield process
    finally:
        process.communicate("")


def speakerplug(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "speakerplug", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})


SHAPES = {
    "large-v3": (1280, 5120, 20, 32, 32),
    "large-v3-turbo": (1280, 5120, 20, 32, 4),
    "small": (768, 3072, 12, 12, 12),
    "tiny": (384, 1536, 6, 4, 4),
}
"""Width, inner width, heads, layers of the encoder and of the decoder (openai/whisper's model.py)."""


def random_whisper(shape: str, like: Path, folder: Path, text_tokens: int | None = None) -> Path:
    """Make a Whisper of real shape with random weights in float16: honest for time and memory, not for words.

    `like` is a folder with a Whisper for CTranslate2, whose tokens it takes. With `text_tokens` each text has that
    many, from the start of the window to its end; otherwise texts are random and as long as the decoder can.
    """
    from ctranslate2.specs import WhisperSpec

    width, inner, heads, encoder, decoder = SHAPES[shape]
    block = (np.random.default_rng(0).standard_normal(2**22) * 0.02).astype(np.float16)

    def random(*size: int) -> Any:
        """Numbers drawn once, over and over, each time from another one on: of equal weights CTranslate2 keeps one."""
        nonlocal block
        block = np.roll(block, 1)
        return np.resize(block, size)

    def linear(spec: Any, outputs: int, inputs: int) -> None:
        spec.weight, spec.bias = random(outputs, inputs), random(outputs)

    def norm(spec: Any) -> None:
        spec.gamma, spec.beta = np.ones(width, np.float16), np.zeros(width, np.float16)

    def attention(spec: Any, sizes: tuple[int, ...]) -> None:
        norm(spec.layer_norm)
        for layer, size in zip(spec.linear, sizes, strict=True):
            linear(layer, size * width, width)

    def feed_forward(spec: Any) -> None:
        norm(spec.layer_norm)
        linear(spec.linear_0, inner, width)
        linear(spec.linear_1, width, inner)

    tokens = (like / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    spec = WhisperSpec(encoder, heads, decoder, heads)
    spec.encoder.conv1.weight, spec.encoder.conv1.bias = random(width, 80, 3), random(width)
    spec.encoder.conv2.weight, spec.encoder.conv2.bias = random(width, width, 3), random(width)
    spec.encoder.position_encodings.encodings = random(1500, width)
    spec.decoder.embeddings.weight = random(len(tokens), width)
    spec.decoder.position_encodings.encodings = random(448, width)
    if text_tokens is not None:
        _end_texts(spec, tokens, text_tokens)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    norm(spec.encoder.layer_norm)
    norm(spec.decoder.layer_norm)
    for layer in spec.encoder.layer:
        attention(layer.self_attention, (3, 1))
        feed_forward(layer.ffn)
    for layer in spec.decoder.layer:
        attention(layer.self_attention, (3, 1))
        attention(layer.attention, (1, 2, 1))
        feed_forward(layer.ffn)
    folder.mkdir(parents=True)
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.optimize(quantization="float16")
    spec.save(str(folder))
    _add_files(like, folder, decoder, heads)
    return folder


def _add_files(like: Path, folder: Path, layers: int, heads: int) -> None:
    """Add what faster-whisper reads beside the weights."""
    shutil.copy(like / "tokenizer.json", folder)
    config = json.loads((like / "config.json").read_text(encoding="utf-8"))
    config["alignment_heads"] = [[layers - 1, head] for head in range(min(6, heads))]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _end_texts(spec: Any, tokens: list[str], text_tokens: int) -> None:
    """Have the decoder say `text_tokens` words, whatever it is given: positions outweigh all else, and each is most
    like the token that comes next.
    """
    words = [number for number, token in enumerate(tokens) if re.fullmatch("Ġ[a-z]{3,8}", token)]
    first, last, end = (tokens.index(name) for name in ("<|0.00|>", "<|29.00|>", "<|endoftext|>"))
    said = [first, *words[:text_tokens], last]
    said += [end] * (448 - len(said))
    spec.decoder.embeddings.weight[said] *= 1.5
    spec.decoder.position_encodings.encodings = 500 * spec.decoder.embeddings.weight[said]


def tiny_en() -> Path:
    """Return the folder of the bundled tiny.en."""
    from speakerplug.plugin.manager import load_plugins

    return Path(load_plugins().models["tiny.en"].locate())
