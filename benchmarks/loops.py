"""Word errors where Whisper loops: the open recordings disturbed by noise, echo, a telephone's band and low levels.

`python benchmarks/loops.py` compares faster-whisper's batched pipeline in our windows, in which a loop stays, with what
SpeakerPlug makes of it, on each disturbed recording in which a window of the former has a defect; and fills the windows
that repeat themselves most into docs/explanation/accuracy.md.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from accuracy import DATA, PAGE, filled
from speakerplug import Transcriber, Transcript, Word, read_waveform
from speakerplug.media.waveform import SAMPLE_RATE, Waveform
from speakerplug.recognizers.batch_recognizer import BatchRecognizer
from speakerplug.recognizers.fallback import COMPRESSION, Decoded, Recognized, compression_ratio
from speakerplug.recognizers.windows import Window
from speakerplug.system.files import write_whole
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.normalization import normalized
from speakerplug_evaluate.rates import pooled
from speakerplug_evaluate.report import markdown
from speakerplug_evaluate.scoring import wer

DISTURBANCES = ("none", "noise at 10 dB", "echo", "telephone", "noise at 3 dB", "30 dB quieter, with noise")
LONG_S = 60.0
SHOWN = 10
WORST = (
    "The windows that repeat themselves most, and what became of them; a window can be several passages, without what\n"
    "lies between them:"
)


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


@dataclass(frozen=True)
class Loop:
    """A window in which Whisper repeats itself: where, what it says once decoded, and what SpeakerPlug has there."""

    recording: str
    disturbance: str
    window: Window
    text: str
    became: str


class Plain(BatchRecognizer):
    """The same windows, as they are; `defects` are those in which something is wrong."""

    defects: list[tuple[Window, Decoded]]

    def __call__(self, batch: Sequence[Window], before: Sequence[str] = ()) -> Recognized:
        """Return all that Whisper finds."""
        found = self._in_context(batch, before)
        Plain.defects += [(window, each) for window, each in zip(batch, found, strict=True) if each.defect]
        return Recognized(tuple(word for each in found for word in each.words))


def errors(words: Sequence[Word], truth: Sequence[Word]) -> float:
    """Return the number of wrong, missing and inserted words."""
    reference, hypothesis = normalized(truth), normalized(words)
    return (pooled(wer(reference, hypothesis, align(reference, hypothesis))).value or 0.0) * len(reference)


def compared(data: Path, variants: int) -> Iterator[tuple[dict[str, Any], list[Loop]]]:
    """Yield the figures of each disturbed recording in which there is a defect, and its loops."""
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
            if not Plain.defects:
                continue
            ours, kind = transcriber.transcribe(waveform), DISTURBANCES[number % len(DISTURBANCES)]
            yield (
                {
                    "recording": item.id,
                    "disturbance": kind,
                    "words": len(truth),
                    "errors as it is": round(errors(plain.words, truth)),
                    "errors": round(errors(ours.words, truth)),
                    "left out, s": round(sum(each.end - each.start for each in ours.removed)),
                    "defects": [each.defect for _, each in Plain.defects],
                },
                [
                    Loop(item.id, kind, window, each.text, became(ours, window, truth))
                    for window, each in Plain.defects
                    if is_loop(each.text)
                ],
            )


def became(ours: Transcript, window: Window, truth: Sequence[Word]) -> str:
    """Return what SpeakerPlug has in a window: its words and their errors, and the seconds that it left out."""

    def inside(words: Sequence[Word]) -> list[Word]:
        return [word for word in words if any(a <= ((word.start or 0) + (word.end or 0)) / 2 <= b for a, b in window)]

    found, true = normalized(inside(ours.words)), normalized(inside(truth))
    left_out = sum(max(0.0, min(each.end, b) - max(each.start, a)) for each in ours.removed for a, b in window)
    missing = f", {left_out:.0f} s left out" if left_out else ""
    return f"{len(found)} words, {errors(found, true):.0f} errors of {len(true)}{missing}" if true else "no word"


def is_loop(text: str) -> bool:
    """Return whether a text repeats itself."""
    return compression_ratio(text) > COMPRESSION


def repeated(text: str) -> str:
    """Return what a text repeats most often in a row, once, and how many times: `"yeah" x 87`."""
    words = re.sub(r"[^\w' ]", " ", text.lower()).split()
    found = [(1, words[:1])]
    for length in range(1, len(words) // 2 + 1):
        for first in range(length):
            parts = [tuple(words[at : at + length]) for at in range(first, len(words) - length + 1, length)]
            run, phrase = max((sum(1 for _ in run), phrase) for phrase, run in itertools.groupby(parts))
            found.append((run, list(phrase)))
    count, best = max(found, key=lambda each: (each[0] - 1) * len(each[1]))
    return f'"{" ".join(best)}" x {count}'


def _earlier(word: Word, seconds: float) -> Word:
    return replace(word, start=(word.start or 0.0) - seconds, end=(word.end or 0.0) - seconds)


def table(loops: Sequence[Loop]) -> str:
    """Return the loops that repeat themselves most, one of each recording and disturbance, in Markdown."""
    lines = [["recording", "disturbed by", "window", "Whisper, once", "SpeakerPlug"]]
    for each in sorted(loops, key=lambda loop: -compression_ratio(loop.text)):
        if [each.recording, each.disturbance] not in [line[:2] for line in lines] and len(lines) <= SHOWN:
            place = f"{each.window[0][0]:.0f} to {each.window[-1][1]:.0f} s"
            lines.append([each.recording, each.disturbance, place, repeated(each.text), each.became])
    return markdown(lines)


def summary(total: Mapping[str, int], recordings: int) -> str:
    """Return the sum of all recordings, in Markdown."""
    lines = [
        [
            f"`python benchmarks/loops.py`: {recordings} recordings, {total['words']:,} words",
            "wrong, missing, inserted",
        ],
        ["the same windows, decoded once", f"{total['errors as it is']:,}"],
        [f"recognized again; {total['left out, s']} s were left out", f"{total['errors']:,}"],
    ]
    return markdown(lines)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="open recordings [%(default)s]")
    parser.add_argument("--variants", type=int, default=12, metavar="N", help="of each recording [%(default)s]")
    options = parser.parse_args()
    found, loops = [], []
    for each, windows in compared(options.data, options.variants):
        print(json.dumps(each), flush=True)
        found.append(each)
        loops += windows
    total = {key: sum(each[key] for each in found) for key in ("words", "errors as it is", "errors", "left out, s")}
    print(json.dumps({"recordings": len(found), "loops": len(loops), **total}))
    page = PAGE.read_text(encoding="utf-8")
    write_whole(PAGE, filled(page, {"loops": f"{summary(total, len(found))}\n\n{WORST}\n\n{table(loops)}"}))


if __name__ == "__main__":
    main()
