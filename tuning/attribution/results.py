"""The tuning set of attribution: recognized words and turns of recordings whose true words are known, in a folder.

Run it to fill the folder (slow, once): the open recordings, and new conversations made of their turns.

    PYTHONPATH=plugins/speakerplug-bundled/tuning python tuning/attribution/results.py ../shared/data FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from recordings import conversation, open_recordings, utterances

import speakerplug
from speakerplug.media.waveform import Waveform
from speakerplug.transcript import Diarization, Transcript, Word
from speakerplug_evaluate.manifest import read_manifest
from speakerplug_evaluate.timing import Region

SEEDS = range(200, 226)
"""Conversations that the clustering was not tuned on, which used 0 to 39."""


@dataclass(frozen=True, slots=True)
class Result:
    """A recording's true words, the recognized ones, and the turns of the bundled diarizer."""

    id: str
    kind: str
    truth: tuple[Word, ...]
    words: tuple[Word, ...]
    diarization: Diarization
    region: Region | None


def main(data: Path, folder: Path) -> None:
    """Recognize and diarize what is not in `folder` yet."""
    folder.mkdir(parents=True, exist_ok=True)
    with speakerplug.Transcriber(model="tiny.en", diarizer="bundled", device="cpu") as transcriber:
        for kind, id, truth, waveform in _recordings(data):
            path = folder / f"{kind}.{id}.json"
            if not path.exists():
                found = transcriber.transcribe(waveform())
                unattributed = tuple(
                    replace(word, speaker=None, method=None, speaker_confidence=None) for word in found.words
                )
                Transcript(truth).save(folder / f"{kind}.{id}.truth.json")
                replace(found, words=unattributed).save(path)
                print(id, file=sys.stderr, flush=True)


def _recordings(data: Path) -> Iterator[tuple]:
    for item in read_manifest(data / "manifest.json"):
        if item.kind != "video":  # its audio is that of another item
            yield item.kind, item.id, item.truth.words, lambda item=item: item.audio
    known = open_recordings(data)
    pool = utterances(known, data)
    for seed in SEEDS:
        mixed = conversation(pool, seed)
        yield "mixed", mixed.id, mixed.words or (), lambda mixed=mixed: Waveform.of(mixed.samples, name=mixed.id)


def read(folder: Path, data: Path) -> list[Result]:
    """Return the results in `folder`, sorted by name."""
    regions = {item.id: item.truth.words_region for item in read_manifest(data / "manifest.json")}
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith(".truth.json"):
            continue
        kind, id = path.stem.split(".", 1)
        result, truth = speakerplug.load(path), speakerplug.load(path.with_name(f"{path.stem}.truth.json"))
        diarization = Diarization(result.turns, result.exclusive)
        found.append(Result(id, kind, truth.words, result.words, diarization, regions.get(id)))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
