"""Diarization errors where the segmentation network misses speech: open recordings with noise, an echo and the like.

`python benchmarks/missed_speech.py` diarizes each twice, with and without what voice activity detection finds where the
network finds no speaker, and prints a table.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate

from accuracy import DATA
from loops import DISTURBANCES, disturbed
from speakerplug import Transcriber, Turn, Waveform, read_waveform
from speakerplug.diarizers.single_pass import diarizer
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.report import markdown


@dataclass
class Sums:
    """Seconds of speech, of all errors, and of missed speech; how many numbers of speakers are wrong."""

    speech: float = 0.0
    errors: float = 0.0
    missed: float = 0.0
    counts: int = 0

    def add(self, reference: Annotation, turns: Sequence[Turn], region: Timeline, num_speakers: int) -> None:
        """Add a recording."""
        found = DiarizationErrorRate()(reference, annotation(turns, 0.0), uem=region, detailed=True)
        self.speech += found["total"]
        self.errors += found["missed detection"] + found["false alarm"] + found["confusion"]
        self.missed += found["missed detection"]
        self.counts += len({turn.speaker for turn in turns}) != num_speakers

    def __str__(self) -> str:
        return f"{100 * self.errors / self.speech:.1f} / {100 * self.missed / self.speech:.1f} / {self.counts}"


def annotation(turns: Sequence[Turn], cut_s: float) -> Annotation:
    """Return turns as pyannote has them, in a recording of which the first seconds were cut off."""
    found = Annotation()
    for track, turn in enumerate(turns):
        if turn.end > cut_s:
            found[Segment(max(0.0, turn.start - cut_s), turn.end - cut_s), track] = turn.speaker
    return found


def measured(data: Path) -> dict[tuple[str, bool], Sums]:
    """Return the errors by disturbance, without and with what voice activity detection finds."""
    module: Any = diarizer
    complete, found = module.with_missed_speech, defaultdict[tuple[str, bool], Sums](Sums)
    with Transcriber(diarizer="bundled", device="cpu") as transcriber:
        for item in read_set(data):
            samples = read_waveform(item.audio).samples
            for number, kind in enumerate(DISTURBANCES if item.truth.turns and item.kind != "video" else ()):
                cut_s, changed = disturbed(samples, number, item.id)
                reference = annotation(item.truth.turns, cut_s)
                start, end = item.truth.region
                region = Timeline([Segment(max(0.0, start - cut_s), end - cut_s)])
                for with_missed in (False, True):
                    module.with_missed_speech = complete if with_missed else lambda passed, *_: passed
                    turns = transcriber.diarize(Waveform.of(changed, name=item.id)).turns
                    found[kind, with_missed].add(reference, turns, region, item.num_speakers)
    module.with_missed_speech = complete
    return found


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="open recordings [%(default)s]")
    found = measured(parser.parse_args().data)
    head = ["DER / missed / wrong numbers of speakers", "the network alone", "and voice activity"]
    print(markdown([head, *([kind, str(found[kind, False]), str(found[kind, True])] for kind in DISTURBANCES)]))


if __name__ == "__main__":
    main()
