"""Words with the wrong speaker when WhisperX's own code runs our diarizer: overlapping and exclusive turns, both rules.

    .cache/hosts/whisperx-3.8.6/bin/python benchmarks/whisperx_pipeline.py --data ../shared/data

`make test-hosts` makes the environment. Words and times are the true ones, so that recognition plays no part.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import whisperx.diarize as theirs
from scipy.optimize import linear_sum_assignment

from speakerplug import read_waveform
from speakerplug.hosts import whisperx as ours
from speakerplug.hosts.pipeline_folder import write_pipeline

RULES: dict[str, Callable[..., Any]] = {
    "WhisperX": theirs.assign_word_speakers,
    "WhisperX, fill_nearest": partial(theirs.assign_word_speakers, fill_nearest=True),
    "SpeakerPlug": ours.assign_word_speakers,
}
Words = Sequence[dict[str, Any]]


def recordings(data: Path) -> Iterator[tuple[Path, Words]]:
    """Yield each recording of a folder and its true words."""
    for path in sorted(data.glob("*.words.json")):
        name = path.name.removesuffix(".words.json")
        for recording in (data / f"{name}.flac", data / f"{name}.wav"):
            if recording.exists():
                yield recording, json.loads(path.read_text(encoding="utf-8"))


def wrong(true: Sequence[str], found: Sequence[str | None]) -> int:
    """Return the number of words with the wrong speaker, or none, by the best mapping of speakers."""
    rows, columns = sorted(set(true)), sorted({speaker for speaker in found if speaker})
    shared = np.array([[sum(pair == (a, b) for pair in zip(true, found, strict=True)) for b in columns] for a in rows])
    return len(true) - int(shared[linear_sum_assignment(-shared)].sum()) if columns else len(true)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--diarizer", default="bundled")
    given = parser.parse_args()
    words_total, errors, nobody = 0, Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    with tempfile.TemporaryDirectory() as folder:
        pipelines = {
            kind: theirs.DiarizationPipeline(
                str(write_pipeline(f"{folder}/{kind}", given.diarizer, kind == "exclusive"))
            )
            for kind in ("regular", "exclusive")
        }
        for recording, words in recordings(given.data):
            samples = np.array(read_waveform(recording).samples, dtype=np.float32)
            words_total += len(words)
            for kind, pipeline in pipelines.items():
                turns = pipeline(samples)
                for rule, assign in RULES.items():
                    spoken = [{name: word[name] for name in ("word", "start", "end")} for word in words]
                    assign(turns, {"segments": [{"start": 0.0, "end": words[-1]["end"], "words": spoken}]})
                    found = [word.get("speaker") for word in spoken]
                    errors[kind, rule] += wrong([word["speaker"] for word in words], found)
                    nobody[kind, rule] += found.count(None)
    print(f"{words_total} words\n| turns | rule | wrong | % | without a speaker |\n|---|---|---|---|---|")
    for (kind, rule), count in errors.items():
        print(f"| {kind} | {rule} | {count} | {count / words_total:.2%} | {nobody[kind, rule]} |")


if __name__ == "__main__":
    main()
