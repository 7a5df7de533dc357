"""What speakers cost on a GPU: faster-whisper alone, SpeakerPlug without and with diarization, and the networks.

Whisper has the shape of large-v3-turbo and random weights: honest for time, as each window gives as many tokens as
30 s of speech do, and meaningless for words. The diarizer's networks are the bundled ones, and their turns are scored.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from long_conversation import write_with_words
from speakerplug import Transcriber, read_waveform
from speakerplug_evaluate.diarization_error import der
from speakerplug_evaluate.rates import pooled

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.gpu.machine import SHAPES, random_whisper, tiny_en  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
SEED = 17
TEXT_TOKENS = 96
"""Tokens of a window of 30 s: the open conversations have 2.5 words a second of 1.3 tokens."""


def recognized(model: Any, path: Path, batch_size: int) -> Callable[[], Any]:
    """Return a function with which faster-whisper recognizes a recording, as SpeakerPlug asks for it."""
    from faster_whisper import BatchedInferencePipeline

    pipeline = BatchedInferencePipeline(model)

    def run() -> int:
        """Return the number of words."""
        segments, _ = pipeline.transcribe(
            str(path), language="en", word_timestamps=True, without_timestamps=False, batch_size=batch_size
        )
        return sum(len(segment.words) for segment in segments)

    return run


def in_turn(contenders: dict[str, Callable[[], Any]], runs: int) -> dict[str, dict[str, Any]]:
    """Return the seconds and the last answer of each contender; each runs once before, unmeasured."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    answers: dict[str, Any] = {}
    for number in range(runs + 1):
        for name, run in contenders.items():
            start = time.perf_counter()
            answers[name] = run()
            if number:
                seconds[name].append(round(time.perf_counter() - start, 3))
            print(f"{name}: {time.perf_counter() - start:.2f} s", file=sys.stderr, flush=True)
    return {
        name: {"median_s": statistics.median(seconds[name]), "s": seconds[name], "answer": answers[name]}
        for name in contenders
    }


def transcribed(path: Path, **options: Any) -> Callable[[], Any]:
    """Return a function that transcribes a recording with a loaded transcriber."""
    transcriber = Transcriber(timings=True, language="en", **options)

    def run() -> dict[str, Any]:
        """Return the seconds of each step, and where they ran."""
        transcript = transcriber.transcribe(path)
        plan = (transcript.provenance.plan or {})["stages"]
        return {
            "words": len(transcript.words),
            "steps_s": {step: round(s, 2) for step, s in (transcript.provenance.timings or {}).items()},
            "plan": {name: f"{s['device']} {s['compute_type']} {s['batch_size']}" for name, s in plan.items()},
        }

    return run


def diarized(path: Path, truth: Any, turns: Path, **options: Any) -> Callable[[], Any]:
    """Return a function that diarizes a recording, and keeps the turns."""
    transcriber = Transcriber(recognizer=None, diarizer="bundled", **options)

    def run() -> dict[str, Any]:
        """Return how right the turns are."""
        found = transcriber.diarize(path)
        turns.write_text(json.dumps([(turn.start, turn.end, turn.speaker) for turn in found.turns]), encoding="utf-8")
        error = pooled(der(truth.turns, list(found.turns), truth.region, 0.0)).value
        return {"der": round(error or 0, 4), "speakers": len({turn.speaker for turn in found.turns})}

    return run


def batches_against_one_by_one(path: Path, device: str) -> dict[str, Any]:
    """Return how far embeddings of a batch are from those computed alone, and the seconds of both."""
    import torch

    from speakerplug.devices import parse_device
    from speakerplug.diarizers.single_pass import Speech
    from speakerplug_bundled.torch_networks import load_torch_networks

    where = parse_device(device)
    assert where is not None
    embedding = load_torch_networks(where, 32).embedding
    samples = read_waveform(path).samples
    features = embedding.features().push(samples)
    random = np.random.default_rng(SEED)
    rows = []
    for length in random.integers(30, 900, 128):
        first = int(random.integers(0, len(features) - length))
        rows.append(Speech(features[first : first + length], np.arange(length)))

    def embedded(size: int) -> tuple[float, Any]:
        """Return the seconds and the embeddings, `size` segments at a time."""
        torch.cuda.synchronize() if device.startswith("cuda") else None
        start = time.perf_counter()
        batches = (rows[first : first + size] for first in range(0, len(rows), size))
        sums = [each for batch in batches for each in embedding.running_sums(batch) if each]
        seconds = time.perf_counter() - start
        wholes = [each.statistics(np.array([0]), np.array([len(each.counts) - 1])) for each in sums]
        return seconds, embedding.embed(np.vstack(wholes))

    embedded(128)
    embedded(1)
    together_s, together = embedded(128)
    alone_s, alone = embedded(1)
    unit = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in (together, alone)]
    return {
        "segments": len(rows),
        "batches_of_128_s": round(together_s, 3),
        "one_by_one_s": round(alone_s, 3),
        "largest_difference": float(np.abs(unit[0] - unit[1]).max()),
        "least_cosine": float((unit[0] * unit[1]).sum(axis=1).min()),
    }


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="open recordings [%(default)s]")
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N", help="of conversation [%(default)s]")
    parser.add_argument("--shape", choices=SHAPES, default="large-v3-turbo", help="of Whisper [%(default)s]")
    parser.add_argument("--device", default="cuda:0", help="[%(default)s]")
    parser.add_argument("--batch-size", type=int, default=32, metavar="N", help="of recognition [%(default)s]")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="[%(default)s]")
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "gpu_speed.json", metavar="FILE")
    options = parser.parse_args()
    found: dict[str, Any] = {"minutes": options.minutes, "shape": options.shape, "text_tokens": TEXT_TOKENS}
    options.output.parent.mkdir(parents=True, exist_ok=True)

    def keep(**figures: Any) -> None:
        """Write what is known so far."""
        found.update(figures)
        options.output.write_text(json.dumps(found, indent=1), encoding="utf-8")

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = folder / "conversation.wav"
        truth = write_with_words(options.data, path, options.minutes / 60, SEED)
        model = random_whisper(options.shape, tiny_en(), folder / options.shape, TEXT_TOKENS)
        from faster_whisper import WhisperModel

        kind, _, index = options.device.partition(":")
        compute_type = "float16" if kind == "cuda" else "float32"
        alone = WhisperModel(str(model), kind, int(index or 0), compute_type=compute_type)
        common = {"model": str(model), "device": options.device, "batch_size": options.batch_size}
        common["compute_type"] = compute_type
        whole = {
            "faster-whisper": recognized(alone, path, options.batch_size),
            "words": transcribed(path, diarizer=None, **common),
            "words and speakers": transcribed(path, diarizer="bundled", **common),
        }
        keep(whole=in_turn(whole, options.runs))
        keep(campplus=batches_against_one_by_one(path, options.device))
        turns = options.output.parent
        contenders = {
            "one pass": diarized(path, truth, turns / "one_pass.json", device=options.device),
            "exact": diarized(path, truth, turns / "exact.json", device=options.device, exact=True),
        }
        keep(diarization=in_turn(contenders, options.runs))
        keep(diarization_cpu=in_turn({"one pass": diarized(path, truth, turns / "cpu.json", device="cpu")}, 1))
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
