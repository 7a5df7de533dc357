"""Whether SpeakerPlug and pyannote give the same turns: the same pipeline through both, on a whole manifest."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speakerplug_evaluate.manifest import read_manifest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

Segment = tuple[float, float, str]


def through_speakerplug(path: Path) -> tuple[list[Segment], list[Segment]]:
    """Return the regular and exclusive turns of the library, from the file."""
    import speakerplug

    found = speakerplug.diarize(path, diarizer="bundled", exact=True, device="cpu")
    regular, exclusive = ([(t.start, t.end, t.speaker) for t in turns] for turns in (found.turns, found.exclusive))
    return regular, exclusive


def through_pyannote(pipeline: Any, path: Path) -> tuple[list[Segment], list[Segment]]:
    """Return the regular and exclusive turns of pyannote's own API, from the decoded file."""
    import torch

    from speakerplug import read_waveform

    audio = torch.tensor(read_waveform(path).samples)[None]
    output = pipeline({"waveform": audio, "sample_rate": 16_000})
    return _segments(output.speaker_diarization), _segments(output.exclusive_speaker_diarization)


def _segments(annotation: Any) -> list[Segment]:
    return sorted((s.start, s.end, label) for s, _, label in annotation.itertracks(yield_label=True) if s.end > s.start)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 1 if anything differs."""
    parser = argparse.ArgumentParser(
        description="pyannote's pipeline on the bundled networks, with and without SpeakerPlug."
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="FOLDER", help="folder of manifest.json [%(default)s]"
    )
    parser.add_argument("--items", nargs="+", metavar="ID", help="only these recordings")
    options = parser.parse_args(arguments)
    from speakerplug_bundled.pipeline import load_exact_pipeline

    pipeline = load_exact_pipeline()
    pipeline.segmentation_batch_size = pipeline.embedding_batch_size = 8
    differ = 0
    for item in read_manifest(options.data / "manifest.json"):
        if options.items and item.id not in options.items:
            continue
        ours, theirs = through_speakerplug(Path(item.audio)), through_pyannote(pipeline, Path(item.audio))
        same = ours == theirs
        differ += not same
        print(
            f"{item.id}: {len(ours[0])} turns, {len(ours[1])} exclusive: {'the same' if same else 'DIFFERENT'}",
            flush=True,
        )
    return 1 if differ else 0


if __name__ == "__main__":
    raise SystemExit(main())
