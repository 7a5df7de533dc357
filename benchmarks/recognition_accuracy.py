"""Fills in the table of words in docs/explanation/accuracy.md: SpeakerPlug and faster-whisper itself, for each model.

All recordings are recognized without speakers, in turn, by the same model on the CPU: SpeakerPlug as
`speakerplug transcribe --no-diarize` has it, faster-whisper's sequential decoding (its default, with the fallback to
higher temperatures), and its batched pipeline; both with voice activity detection and word times, as their README says.
"""

from __future__ import annotations

import argparse
import datetime
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accuracy import DATA, PAGE, _commit, filled
from speakerplug import Transcriber, Word
from speakerplug.system.files import write_whole
from speakerplug_evaluate.alignment import Pair, align
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.measures import Result
from speakerplug_evaluate.normalization import normalized
from speakerplug_evaluate.pools import Row, pools, rows
from speakerplug_evaluate.report import Table, markdown, method, rate_of
from speakerplug_evaluate.scoring import wer
from speakerplug_evaluate.timing import num_blocks, within
from speakerplug_evaluate.truth import Item

BATCH = 8
Recognize = Callable[[Item], list[Word]]


@dataclass(frozen=True)
class Scored:
    """The word errors of one system on all recordings: `results` for rates, `edits` by recording and kind of edit."""

    results: Sequence[Result]
    edits: dict[str, Counter[str]]


def systems(model: str, without_vad: bool = False) -> Iterator[tuple[str, Recognize]]:
    """Yield the compared systems with a model, by name; also faster-whisper `without_vad`, which is its default."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    from speakerplug.pipeline.build import make_recognizer
    from speakerplug.recognizers.faster_whisper import WhisperModelHandle

    ours = Transcriber(model=model, diarizer=None, device="cpu", batch_size=BATCH)
    yield "speakerplug", lambda item: list(ours.with_options(language=item.language).transcribe(item.audio).words)
    handle = make_recognizer(ours.options, ours.plugins).prepare(ours.devices, lambda *_: None)
    assert isinstance(handle, WhisperModelHandle)
    place = ours.devices.plan([handle]).placements[0]
    loaded = WhisperModel(str(handle.folder), "cpu", compute_type=place.compute_type, cpu_threads=place.threads)
    batched = BatchedInferencePipeline(loaded)

    def recognized(call: Callable[..., Any], item: Item, **more: Any) -> list[Word]:
        """Return what faster-whisper recognizes."""
        options = {"word_timestamps": True, "vad_filter": True, "language": item.language, **more}
        segments, _ = call(str(item.audio), **options)
        return [Word(word.word.strip(), word.start, word.end) for segment in segments for word in segment.words]

    if without_vad:
        yield "faster-whisper, no VAD", lambda item: recognized(loaded.transcribe, item, vad_filter=False)
    yield "faster-whisper", lambda item: recognized(loaded.transcribe, item)
    yield "faster-whisper, batched", lambda item: recognized(batched.transcribe, item, batch_size=BATCH)


def scored(items: Sequence[Item], recognize: Recognize) -> Scored:
    """Recognize all recordings and compare their words with the true ones."""
    results, edits = [], {}
    for item in items:
        truth = item.truth
        assert truth.words is not None
        words = within(recognize(item), truth.words_region, truth.ignored)
        reference, found = normalized(truth.words, item.language), normalized(words, item.language)
        pairs = align(reference, found)
        results.append(
            Result(item, item.num_speakers, {"wer": wer(reference, found, pairs, num_blocks(item.duration))})
        )
        edits[item.id] = Counter(map(_edit, pairs))
    return Scored(results, edits)


def _edit(pair: Pair) -> str:
    true, found = pair
    return "inserted" if true is None else "missing" if found is None else "paired"


def table(all_scored: dict[tuple[str, str], Scored]) -> Table:
    """Return a line for each model, system and pool of recordings: the word error rate, missing and inserted words."""
    lines = [["model", "system", "recordings", "WER", "missing", "inserted"]]
    for (model, system), each in all_scored.items():
        members = pools(each.results)
        for row in _pooled(system, each):
            edits = sum((each.edits[result.item.id] for result in members[row.name]), Counter[str]())
            total = row.measures["wer"].rate.total
            shares = [f"{100 * edits[kind] / total:.1f}" for kind in ("missing", "inserted")]
            lines.append([model, system, row.name, rate_of(row, "wer"), *shares])
    return lines


def _pooled(system: str, each: Scored) -> list[Row]:
    return [row for row in rows(system, each.results) if row.kind is None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Compare recognized words, and fill in the page.")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="as speakerplug evaluate has it")
    parser.add_argument("--model", nargs="+", default=["tiny.en", "base"], help="names or folders [tiny.en base]")
    options = parser.parse_args(arguments)
    items = [item for item in read_set(options.data) if item.truth.words]
    found = {}
    for model in options.model:
        for system, recognize in systems(model):
            print(Path(model).name, system, flush=True)
            found[Path(model).name, system] = scored(items, recognize)
    first = next(iter(found.values()))
    models = " ".join(Path(model).name for model in options.model)
    command = f"python benchmarks/recognition_accuracy.py --model {models}"
    made = f"{datetime.date.today()}, commit {_commit()}; `{command}`"
    text = "\n\n".join((made, markdown(table(found)), method(_pooled("", first))))
    write_whole(PAGE, filled(PAGE.read_text(encoding="utf-8"), {"words": text}))
    print(text)


if __name__ == "__main__":
    main()
