"""What attribution is tuned on: recognized words and turns of recordings whose true words are known, kept in a folder.

Run it to fill the folder (slow, once): the open recordings, and new conversations made of their voices.

    PYTHONPATH=plugins/speakerplug-bundled/tuning python tuning/attribution/heard.py ../shared/data FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from recordings import conversation, open_recordings, utterances

import speakerplug
from speakerplug.transcript import Diarization, Transcript, Word
from speakerplug.waveform import Waveform
from speakerplug_evaluate.manifest import read_manifest
from speakerplug_evaluate.timing import Region

SEEDS = range(200, 226)
"""Conversations that the clustering was not tuned on, which used 0 to 39."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as it was heard: its true words, the recognized ones, and the turns of the bundled diarizer."""

    id: str
    kind: str
    truth: tuple[Word, ...]
    words: tuple[Word, ...]
    diarization: Diarization
    region: Region | None


def main(data: Path, folder: Path) -> None:
    """Hear what is not in `folder` yet."""
    folder.mkdir(parents=True, exist_ok=True)
    with speakerplug.Transcriber(model="tiny.en", diarizer="bundled", device="cpu") as transcriber:
        for kind, id, truth, waveform in _sounds(data):
            path = folder / f"{kind}.{id}.json"
            if not path.exists():
                heard = transcriber.transcribe(waveform())
                unattributed = tuple(
                    replace(word, speaker=None, method=None, speaker_confidence=None) for word in heard.words
                )
                Transcript(truth).save(folder / f"{kind}.{id}.truth.json")
                replace(heard, words=unattributed).save(path)
                print(id, file=sys.stderr, flush=True)


def _sounds(data: Path) -> Iterator[tuple]:
    for item in read_manifest(data / "manifest.json"):
        if item.kind != "video":  # its sound is that of another item
            yield item.kind, item.id, item.truth.words, lambda item=item: item.audio
    known = open_recordings(data)
    pool = utterances(known, data)
    for seed in SEEDS:
        mixed = conversation(pool, seed)
        yield "mixed", mixed.id, mixed.words or (), lambda mixed=mixed: Waveform.of(mixed.samples, name=mixed.id)


def read(folder: Path, data: Path) -> list[Heard]:
    """Everything that was heard into `folder`, by name."""
    regions = {item.id: item.truth.words_region for item in read_manifest(data / "manifest.json")}
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith(".truth.json"):
            continue
        kind, id = path.stem.split(".", 1)
        heard, truth = speakerplug.load(path), speakerplug.load(path.with_name(f"{path.stem}.truth.json"))
        diarization = Diarization(heard.turns, heard.exclusive)
        found.append(Heard(id, kind, truth.words, heard.words, diarization, regions.get(id)))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
