"""Word errors where Whisper loops: the open recordings disturbed by noise, echo, a telephone's band and low levels.

`python benchmarks/loops.py` compares faster-whisper's batched pipeline in our windows, in which a loop stays, with what
SpeakerPlug makes of it, on each disturbed recording in which a window of the former has a defect.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from speakerplug import Transcriber, Word, read_waveform
from speakerplug.media.waveform import SAMPLE_RATE, Waveform
from speakerplug.recognizers.batch_recognizer import BatchRecognizer
from speakerplug.recognizers.fallback import Recognized
from speakerplug.recognizers.windows import Window
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.normalization import normalized
from speakerplug_evaluate.rates import pooled
from speakerplug_evaluate.scoring import wer

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
DISTURBANCES = ("none", "noise at 10 dB", "echo", "telephone", "noise at 3 dB", "30 dB quieter, with noise")
LONG_S = 60.0


def disturbed(samples: Any, number: int, name: str) -> tuple[float, Any]:
    """Return how many seconds were cut off, and the samples with the disturbance of this number."""
    random = np.random.default_rng([number, zlib.crc32(name.encode())])
    cut = int(random.uniform(0, 6) * SAMPLE_RATE) if number else 0
    samples, kind = samples[cut:].copy(), DISTURBANCES[number % len(DISTURBANCES)]
    noise, level = random.standard_normal(len(samples)), np.sqrt(np.mean(samples**2))
    if kind == "noise at 10 dB":
        samples = samples + noise * level * 10 ** (-10 / 20)
    elif kind == "noise at 3 dB":
        samples = samples + noise * level * 10 ** (-3 / 20)
    elif kind == "echo":
        length = SAMPLE_RATE // 2
        room = noise[:length] * np.exp(-np.arange(length) / (0.12 * SAMPLE_RATE))
        room[0] = 3.0
        samples = fftconvolve(samples, room / np.sqrt((room**2).sum()))[: len(samples)]
    elif kind == "telephone":
        samples = 0.3 * sosfilt(butter(6, [300, 3400], "band", fs=SAMPLE_RATE, output="sos"), samples)
    elif kind.startswith("30 dB"):
        samples = 0.03 * samples + 0.001 * noise
    return cut / SAMPLE_RATE, np.clip(samples, -1, 1).astype(np.float32)


class Plain(BatchRecognizer):
    """The same windows, as they are; `defects` are those that were found in them."""

    defects: list[str]

    def __call__(self, batch: Sequence[Window], before: str = "") -> Recognized:
        """Return all that Whisper finds."""
        found = self._decoded(batch, before)
        Plain.defects += [each.defect for each in found if each.defect]
        return Recognized(tuple(word for each in found for word in each.words))


def errors(words: Sequence[Word], truth: Sequence[Word]) -> float:
    """Return the number of wrong, missing and inserted words."""
    reference, hypothesis = normalized(truth), normalized(words)
    return (pooled(wer(reference, hypothesis, align(reference, hypothesis))).value or 0.0) * len(reference)


def compared(data: Path, variants: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of each disturbed recording in which there is a defect."""
    from speakerplug.recognizers import faster_whisper

    recognizers: Any = faster_whisper
    transcriber = Transcriber(model="tiny.en", language="en", diarizer=None, device="cpu", compute_type="int8")
    for item in read_set(data):
        samples = read_waveform(item.audio).samples if item.truth.words else None
        for number in range(variants if samples is not None else 0):
            if number % 2 and item.duration > LONG_S:
                continue
            cut_s, changed = disturbed(samples, number, item.id)
            truth = [_earlier(word, cut_s) for word in item.truth.words]
            truth = [word for word in truth if (word.start or 0.0) > -0.1]
            waveform = Waveform.of(changed, name=item.id)
            Plain.defects, recognizers.BatchRecognizer = [], Plain
            plain = transcriber.transcribe(waveform)
            recognizers.BatchRecognizer = BatchRecognizer
            if Plain.defects:
                ours = transcriber.transcribe(waveform)
                yield {
                    "recording": item.id,
                    "disturbance": DISTURBANCES[number % len(DISTURBANCES)],
                    "words": len(truth),
                    "errors as it is": round(errors(plain.words, truth)),
                    "errors": round(errors(ours.words, truth)),
                    "left out, s": round(sum(each.end - each.start for each in ours.removed)),
                    "defects": Plain.defects,
                }


def _earlier(word: Word, seconds: float) -> Word:
    return replace(word, start=(word.start or 0.0) - seconds, end=(word.end or 0.0) - seconds)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="open recordings [%(default)s]")
    parser.add_argument("--variants", type=int, default=12, metavar="N", help="of each recording [%(default)s]")
    options = parser.parse_args()
    found = []
    for each in compared(options.data, options.variants):
        print(json.dumps(each), flush=True)
        found.append(each)
    total = {key: sum(each[key] for each in found) for key in ("words", "errors as it is", "errors", "left out, s")}
    print(json.dumps({"recordings": len(found), **total}))


if __name__ == "__main__":
    main()
