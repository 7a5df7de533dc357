"""Measures `--channels speakers` and a diarizer on the mix: `python benchmarks/stereo_calls.py --help`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from calls import Call, Line, call_of
from speakerplug_evaluate.hypotheses import Hypothesis
from speakerplug_evaluate.manifest import read_manifest
from speakerplug_evaluate.measures import Result as Scores
from speakerplug_evaluate.measures import score
from speakerplug_evaluate.rates import pooled
from speakerplug_evaluate.reading import read_stm
from speakerplug_evaluate.truth import Item

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
ITEMS = ("open_conv2a", "open_conv4a")
"""Conversations without overlap, so that each speaker can be cut out."""
LINES = {
    "5 %": Line(0.05),
    "10 %, room": Line(0.1, 0.008, room=True),
    "15 %, room, noise": Line(0.15, 0.004, room=True, noise_db=-55.0),
    "10 %, no overlap": Line(0.1, overlap_s=0.0),
}


@dataclass(frozen=True, slots=True)
class Result:
    """The scores of both ways on a call, and the wall time of each in seconds."""

    name: str
    line: str
    mixed: Scores
    apart: Scores
    seconds: tuple[float, float]


def measured(data: Path, items: Sequence[str], model: str, diarizer: str) -> Iterator[Result]:
    """Yield the results of each item over each line; models stay loaded."""
    from speakerplug import Transcriber, read_waveform

    with (
        Transcriber(model=model, diarizer=diarizer) as mixing,
        Transcriber(model=model, channels="speakers", devices=mixing.devices) as parting,
    ):
        for item in read_manifest(data / "manifest.json"):
            if item.id not in items:
                continue
            samples = read_waveform(item.audio).samples
            utterances = read_stm(item.audio.with_suffix(".stm").read_text(encoding="utf-8"))
            for seed, (line, made) in enumerate(LINES.items()):
                print(item.id, line, file=sys.stderr)
                call = call_of(samples, utterances, item.truth.words, made, seed)
                yield _result(item, line, call, mixing, parting)


def _result(item: Item, line: str, call: Call, *systems: object) -> Result:
    scores, seconds = [], []
    for system in systems:
        began = time.perf_counter()
        transcript = system.transcribe(call.samples)  # type: ignore[attr-defined]
        seconds.append(time.perf_counter() - began)
        moved = replace(item, truth=call.truth, duration=call.truth.region[1])
        scores.append(score(moved, Hypothesis(transcript.words, transcript.turns)))
    return Result(item.id, line, scores[0], scores[1], (seconds[0], seconds[1]))


def table(results: Sequence[Result]) -> str:
    """Return a Markdown table, in percent."""
    lines = [
        "| conversation | crosstalk | | WER | WDER | cpWER | DER | wall s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for result in results:
        for way, scores, seconds in zip(
            ("diarizer", "channels"), (result.mixed, result.apart), result.seconds, strict=True
        ):
            rates = (pooled(scores.measures[name]) for name in ("wer", "wder", "cpwer", "der"))
            shown = " | ".join(f"{100 * (rate.value or 0.0):.1f}" for rate in rates)
            lines.append(f"| {result.name} | {result.line} | {way} | {shown} | {seconds:.0f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a wrong option ends it with status 2."""
    parser = argparse.ArgumentParser(description="Stereo calls built from conversations, with crosstalk and overlap.")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="folder of manifest.json")
    parser.add_argument("--items", nargs="+", default=ITEMS, metavar="ID", help="conversations without overlap")
    parser.add_argument("--model", default="tiny.en", help="recognition model [%(default)s]")
    parser.add_argument("--diarizer", default="bundled", help="for the mix [%(default)s]")
    options = parser.parse_args(arguments)
    if not (options.data / "manifest.json").is_file():
        parser.error(f"{options.data} has no manifest.json; name the folder of the recordings with --data")
    print(table(list(measured(options.data, options.items, options.model, options.diarizer))))


if __name__ == "__main__":
    main()
