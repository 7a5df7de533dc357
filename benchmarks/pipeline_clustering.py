"""One pass against pyannote's own pipeline where both have pyannote's clustering: the same networks, every recording.

`engine=single-pass` runs the networks and the clustering of any pipeline in one pass. This measures what that costs in
errors, on the bundled networks with the clustering and the parameters of the stock pipeline in speed_contenders.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speakerplug import Turn, read_waveform
from speakerplug.devices import CPU, Placement
from speakerplug.diarizers.pyannote.pipeline_clustering import PipelineClustering
from speakerplug.diarizers.pyannote.single_pass import NO_CHANGES
from speakerplug.diarizers.single_pass import SinglePass
from speakerplug.diarizers.single_pass.diarizer import diarization_of, passed_over
from speakerplug.diarizers.single_pass.saved_windows import SavedWindows
from speakerplug.diarizers.single_pass.speakers import speakers_of
from speakerplug.media.waveform import Waveform
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug_bundled.networks import load_networks
from speakerplug_evaluate.diarization_error import der
from speakerplug_evaluate.manifest import read_manifest
from speakerplug_evaluate.rates import Rate, pooled
from speed_contenders import stock_pipeline

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
WINDOW_STEP_S = 1.0
"""Of pyannote's pipeline, for both."""


def in_one_pass(waveform: Waveform, clustering: Any) -> Sequence[Turn]:
    """Return the turns of the engine with this clustering."""
    networks = load_networks(Placement("diarizer", CPU, "float32"))
    windows = SavedWindows(None, keep=True)
    windows.begin({})
    engine = SinglePass(networks, NO_CHANGES, WINDOW_STEP_S, on_window=windows.add)
    passed = passed_over(waveform, engine, windows, lambda *_: None)
    chosen = PipelineClustering(clustering, passed, windows.kept)
    request = DiarizationRequest()
    speakers = speakers_of(passed, chosen, request, shortest_s=passed.grid.frame_step_s)
    return diarization_of(passed, speakers, windows.kept, request, waveform.duration).turns


def by_pyannote(waveform: Waveform, pipeline: Any) -> Sequence[Turn]:
    """Return the turns of pyannote's pipeline."""
    import torch

    output = pipeline({"waveform": torch.tensor(waveform.samples)[None], "sample_rate": 16_000})
    found = output.speaker_diarization.itertracks(yield_label=True)
    return [Turn(segment.start, segment.end, speaker) for segment, _, speaker in found]


def percent(rates: Sequence[Rate]) -> str:
    """Return the pooled rate in percent."""
    return f"{100 * (pooled(rates).value or 0.0):.1f} %"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both on every recording and print the errors and the numbers of speakers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="FOLDER", help="folder of manifest.json [%(default)s]"
    )
    options = parser.parse_args(arguments)
    pipeline = stock_pipeline(1)
    found: dict[str, list[Rate]] = {"one pass": [], "exact": []}
    right = dict.fromkeys(found, 0)
    items = read_manifest(options.data / "manifest.json")
    for item in items:
        waveform, true = read_waveform(Path(item.audio)), item.truth
        ways = {"one pass": in_one_pass(waveform, pipeline.clustering), "exact": by_pyannote(waveform, pipeline)}
        counts = {name: len({turn.speaker for turn in turns}) for name, turns in ways.items()}
        for name, turns in ways.items():
            found[name].append(pooled(der(true.turns, turns, true.region, 0.0, gaps=true.gaps)))
            right[name] += counts[name] == item.num_speakers
        rates = ", ".join(f"{name} {percent(each[-1:])} ({counts[name]})" for name, each in found.items())
        print(f"{item.id}: {item.num_speakers} speakers; {rates}", flush=True)
    for name, each in found.items():
        print(f"{name}: DER {percent(each)}, number of speakers right in {right[name]} of {len(items)}")


if __name__ == "__main__":
    main()
