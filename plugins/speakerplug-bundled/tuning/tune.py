"""Chooses the parameters of the bundled pipeline on open recordings, and prints the tables of the README.

    python tuning/tune.py ../../../shared/data [--cache FOLDER]

The first run embeds every recording (about ten minutes on two cores); later ones read the cache.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from cache import CachingDiarization, file_of
from crowds import crowd, real_utterances
from pyannote.audio.pipelines import SpeakerDiarization
from pyannote.audio.pipelines.clustering import AgglomerativeClustering
from recordings import Recording, conversation, noisy, open_recordings, part, utterances
from score import Score, pooled, score

from speakerplug.diarizers.pyannote.parameters import adjust
from speakerplug_bundled.pipeline import PARAMETERS, load_exact_pipeline

Scored = tuple[Recording, dict[str, Any]]

GRID = {
    "changes.distance": (0.58, 0.62, 0.66),
    "clustering.threshold": (0.5, 0.54, 0.56),
    "clustering.min_speech": (0.6, 0.8, 1.0),
}
ONE_AT_A_TIME = {
    "changes.distance": (0.54, 0.58, 0.62, 0.66, 0.7, 2.0),
    "changes.shortest": (0.6, 0.8, 1.0, 1.5),
    "clustering.threshold": (0.46, 0.5, 0.52, 0.54, 0.56, 0.58, 0.62),
    "clustering.min_piece": (0.6, 0.8, 1.0, 1.25, 1.5),
    "clustering.min_speech": (0.4, 0.6, 0.8, 1.0, 1.2),
    "clustering.distinct": (0.27, 0.33, 0.4),
}
REFERENCE = {"method": "centroid", "threshold": 0.6, "min_cluster_size": 12}


def everything(data: Path) -> list[Recording]:
    """Return the open recordings, parts of them, the real ones under noise, 40 new conversations, and 64 of crowds."""
    known = open_recordings(data)
    conversations = [recording for recording in known if recording.kind == "stitched-conversation"]
    real = [recording for recording in known if not recording.kind.startswith("stitched")]
    parts = [part(recording, *span) for recording in conversations for span in ((0, 30), (0, 60), (45, 105))]
    pool = utterances(known, data)
    new = [conversation(pool, seed) for seed in range(40)]
    single = real_utterances(known)
    crowds = [crowd(pool, single, seed) for seed in range(64)]
    return [*known, *parts, *(noisy(recording, 15) for recording in real), *new, *crowds]


def family(recording: Recording) -> str:
    """Return the group under which a recording is reported."""
    return recording.kind if recording.kind in ("part", "noisy", "mixed", "crowd") else recording.kind.split("-")[0]


def source(recording: Recording) -> str:
    """Return the id of the recording that this one is made of; all of one source are left out together."""
    return recording.id.split("@")[0].split("+")[0]


def scores(pipeline: SpeakerDiarization, files: Sequence[Scored], parameters: Mapping[str, Any]) -> list[Score]:
    """Return the score of each recording with some parameters of the pipeline changed."""
    pipeline.instantiate(PARAMETERS)
    adjust(pipeline, parameters)
    return [_score(pipeline, recording, file) for recording, file in files]


def reference_scores(pipeline: SpeakerDiarization, files: Sequence[Scored]) -> list[Score]:
    """Return the score of each recording with pyannote's own clustering."""
    ours, pipeline.clustering = pipeline.clustering, AgglomerativeClustering()
    pipeline.instantiate({**PARAMETERS, "clustering": REFERENCE})
    found = [_score(pipeline, recording, file) for recording, file in files]
    pipeline.clustering = ours
    return found


def _score(pipeline: SpeakerDiarization, recording: Recording, file: Mapping[str, Any]) -> Score:
    output = pipeline.apply(dict(file))
    return score(recording, output.speaker_diarization, output.exclusive_speaker_diarization)


def row(name: str, files: Sequence[Scored], found: Sequence[Score]) -> str:
    """Return a line of the table: WDER, DER and miscounted recordings for each family, and for all."""
    families = dict.fromkeys(family(recording) for recording, _ in files)
    cells = []
    for kind in families:
        total = pooled(s for (recording, _), s in zip(files, found, strict=True) if family(recording) == kind)
        cells.append(f"{total.wder:.1f} / {total.der:.1f} / {total.miscounted} of {total.recordings}")
    total = pooled(found)
    return f"| {name} | {' | '.join(cells)} | {total.wder:.2f} / {total.der:.2f} / {total.der_collar:.2f} |"


def header(files: Sequence[Scored]) -> str:
    """Return the head of the table of `row`."""
    families = list(dict.fromkeys(family(recording) for recording, _ in files))
    return f"| | {' | '.join(families)} | all |\n|---|{'---|' * (len(families) + 1)}"


def left_out(files: Sequence[Scored], table: Mapping[str, Sequence[Score]]) -> tuple[list[Score], dict[str, int]]:
    """Return each recording's score with what is best (least WDER) on all other sources, and how often each was."""
    found, chosen = [], dict.fromkeys(table, 0)
    for left in dict.fromkeys(source(recording) for recording, _ in files):
        others = [index for index, (recording, _) in enumerate(files) if source(recording) != left]
        best = min(table, key=lambda name: pooled(table[name][index] for index in others).wder)
        chosen[best] += 1
        found += [table[best][index] for index in range(len(files)) if index not in set(others)]
    return found, {name: times for name, times in chosen.items() if times}


def main() -> None:
    """Score every choice of parameters and print the tables of the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder that holds manifest.json")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir(), "speakerplug-tuning"))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    pipeline = load_exact_pipeline()
    pipeline.__class__ = CachingDiarization
    files = [(recording, file_of(pipeline, recording, arguments.cache)) for recording in everything(arguments.data)]
    pipeline.training = True  # takes the running sums from the file

    print(header(files))
    print(row(f"pyannote's AHC {REFERENCE}", files, reference_scores(pipeline, files)), flush=True)
    for name, values in ONE_AT_A_TIME.items():
        for value in values:
            print(row(f"{name} {value}", files, scores(pipeline, files, {name: value})), flush=True)
    combinations = [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]
    table = {str(each): scores(pipeline, files, each) for each in combinations}
    print(f"\nLeave one recording out, of {len(table)} combinations:", left_out_line(files, table))
    print("\n| recording | speakers | off by | wrong words | DER | DER, collar |\n|---|---|---|---|---|---|")
    for (recording, _), s in zip(files, scores(pipeline, files, {}), strict=True):
        wrong = f"{s.wrong_words} of {s.words}"
        count = len(recording.reference.labels())
        print(f"| {recording.id} | {count} | {s.off_by} | {wrong} | {s.der:.1f} | {s.der_collar:.1f} |")


def left_out_line(files: Sequence[Scored], table: Mapping[str, Sequence[Score]]) -> str:
    """Return the result of `left_out` as a sentence."""
    found, chosen = left_out(files, table)
    total = pooled(found)
    return f"WDER {total.wder:.2f}, DER {total.der:.2f}; chosen {chosen}"


if __name__ == "__main__":
    main()
