"""Measures who-said-what on recordings whose truth is known: `python benchmarks/accuracy.py --help`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hypotheses import Hypothesis, from_transcript, read_hypothesis
from measures import Result, rows, score
from report import document, table
from truth import Item, read_manifest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

System = Callable[[Item], tuple[Hypothesis, float | None]]
"""Answers for a recording: words and turns, and the wall seconds that took."""


def library(model: str, diarizer: str, keep: Path | None) -> System:
    """The installed SpeakerPlug, run on the sound; with `keep`, ID.json and ID.vtt are written there."""
    import speakerplug

    def run(item: Item) -> tuple[Hypothesis, float]:
        """Words and turns of the sound, and the seconds from path to transcript."""
        began = time.perf_counter()
        transcript = speakerplug.transcribe(item.audio, model=model, diarizer=diarizer)
        seconds = time.perf_counter() - began
        if keep:
            for suffix in ("json", "vtt"):
                transcript.save(keep / f"{item.id}.{suffix}")
        return from_transcript(transcript), seconds

    return run


def saved(folder: Path) -> System:
    """Results that a system has written before: the ID.json files of a folder."""

    def read(item: Item) -> tuple[Hypothesis, None]:
        """Words and turns out of the item's file."""
        return read_hypothesis((folder / f"{item.id}.json").read_text(encoding="utf-8")), None

    return read


def evaluate(items: Sequence[Item], system: System) -> list[Result]:
    """The system's scores on each recording, in order; tells on stderr which one is being done."""
    results = []
    for number, item in enumerate(items, start=1):
        print(f"{number}/{len(items)} {item.id}", file=sys.stderr)
        hypothesis, seconds = system(item)
        results.append(Result(item, hypothesis.num_speakers, score(item.truth, hypothesis), seconds))
    return results


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="WER, WDER, cpWER and DER on the recordings of a manifest.json.")
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="FOLDER", help="folder of manifest.json [%(default)s]"
    )
    parser.add_argument("--model", default="tiny.en", help="recognition model [%(default)s]")
    parser.add_argument("--diarizer", default="bundled", help="name, hub id or folder [%(default)s]")
    parser.add_argument("--items", nargs="+", metavar="ID", help="only these recordings")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write ID.json and ID.vtt of each recording there")
    parser.add_argument(
        "--systems", type=Path, metavar="FOLDER", help="run nothing, score its ID.json (SpeakerPlug's or WhisperX's)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a wrong option ends it with status 2."""
    parser = _options()
    options = parser.parse_args(arguments)
    if not (options.data / "manifest.json").is_file():
        parser.error(f"{options.data} has no manifest.json; name the folder of the recordings with --data")
    items = read_manifest(options.data)
    if unknown := set(options.items or ()) - {item.id for item in items}:
        parser.error(f"not in the manifest: {', '.join(sorted(unknown))}")
    chosen = [item for item in items if not options.items or item.id in options.items]
    if options.systems and (missing := [i.id for i in chosen if not (options.systems / f"{i.id}.json").is_file()]):
        parser.error(f"{options.systems} has no JSON for {', '.join(missing)}; name the ones it has with --items")
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    system = saved(options.systems) if options.systems else library(options.model, options.diarizer, options.keep)
    report = rows(evaluate(chosen, system))
    print(document(report) if options.json else table(report))


if __name__ == "__main__":
    main()
