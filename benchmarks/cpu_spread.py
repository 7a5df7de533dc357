"""How far the result depends on the processor: `python benchmarks/cpu_spread.py` prints a table.

The open recordings are transcribed with the kernels that CTranslate2 and torch would choose on other processors. What
this processor does not support is left out; ONNX Runtime and numpy cannot be set.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import torch

from speakerplug import Transcriber, Word
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.measures import evaluate
from speakerplug_evaluate.normalization import normalized
from speakerplug_evaluate.pools import ALL, pools, rows
from speakerplug_evaluate.systems import saved_systems
from speakerplug_evaluate.truth import Item

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
KEEP = ROOT / ".cache" / "cpu_spread"

AVX2 = {"CT2_FORCE_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
KERNELS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "AVX512": ("AVX512", {"CT2_FORCE_CPU_ISA": "AVX512", "ATEN_CPU_CAPABILITY": "avx512"}),
    "AVX2-Intel": ("AVX2", {**AVX2, "CT2_USE_MKL": "1", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}),
    "AVX2-AMD": ("AVX2", {**AVX2, "CT2_USE_MKL": "0"}),
    "AVX": ("DEFAULT", {"CT2_FORCE_CPU_ISA": "AVX", "ATEN_CPU_CAPABILITY": "default"}),
    "GENERIC": ("DEFAULT", {"CT2_FORCE_CPU_ISA": "GENERIC", "ATEN_CPU_CAPABILITY": "default"}),
}
"""What torch must report of a processor that can run them, and the environment in which CTranslate2 and torch choose
them. Matrices are multiplied by MKL on Intel's processors and by oneDNN on AMD's."""
RANKS = ("DEFAULT", "AVX2", "AVX512")
RATES = ("wer", "cpwer", "wder")
HEAD = "| recordings | kernels | WER | cpWER | WDER | speakers right | words unlike the first row's |"


def transcribed(items: Sequence[Item], folder: Path, model: str, compute_type: str) -> None:
    """Save the transcript and the turns of each recording in a folder."""
    with Transcriber(model=model, compute_type=compute_type, diarizer="bundled", device="cpu") as transcriber:
        for item in items:
            transcript = transcriber.transcribe(item.audio)
            transcript.save(folder / f"{item.id}.json")
            transcript.save(folder / f"{item.id}.rttm")


def lines(items: Sequence[Item], folders: Sequence[Path]) -> Iterator[str]:
    """Yield the lines of a table: the rates with each kind of kernels, for each kind of recordings."""
    systems = saved_systems(folders, items)
    words = {
        system.name: {item.id: normalized(system.answer(item)[0].words or (), item.language) for item in items}
        for system in systems
    }
    first = words[systems[0].name]
    for system in systems:
        results = evaluate(items, system)
        for row in rows(system.name, results):
            if row.kind is None and (row.name != ALL or len({item.kind for item in items}) > 1):
                rates = " | ".join(f"{100 * (row.measures[key].rate.value or 0.0):.1f} %" for key in RATES)
                ids = [result.item.id for result in pools(results)[row.name]]
                changed = share_changed(first, words[system.name], ids)
                yield f"| {row.name} | {system.name} | {rates} | {row.right} of {row.recordings} | {changed:.1f} % |"


def share_changed(
    first: Mapping[str, Sequence[Word]], other: Mapping[str, Sequence[Word]], ids: Iterable[str]
) -> float:
    """Return how many words of a hundred, in the recordings `ids`, are others, more or fewer than the first ones."""
    pairs = [(name, pair) for name in ids for pair in align(first[name], other[name])]
    kept = sum(
        one is not None and two is not None and first[name][one].text == other[name][two].text
        for name, (one, two) in pairs
    )
    return 100 * (len(pairs) - kept) / max(1, sum(one is not None for _, (one, _) in pairs))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="open recordings [%(default)s]")
    parser.add_argument("--kind", metavar="KIND", help="recordings of this kind, such as real-meeting [all]")
    parser.add_argument("--model", default="tiny.en", help="recognition model [%(default)s]")
    parser.add_argument("--compute-type", default="int8", help="precision of the model [%(default)s]")
    parser.add_argument("--keep", type=Path, default=KEEP, metavar="FOLDER", help="all results [%(default)s]")
    parser.add_argument("--kernels", choices=KERNELS, help=argparse.SUPPRESS)  # transcribe with those of this process
    options = parser.parse_args()
    items = [item for item in read_set(options.data) if options.kind in (None, item.kind)]
    if options.kernels is not None:
        transcribed(items, options.keep / options.kernels, options.model, options.compute_type)
        return
    own = torch.backends.cpu.get_cpu_capability()
    supported = [name for name, (rank, _) in KERNELS.items() if RANKS.index(rank) <= RANKS.index(own)]
    for name in supported:
        print(name, file=sys.stderr, flush=True)
        (options.keep / name).mkdir(parents=True, exist_ok=True)
        command = [sys.executable, __file__, *sys.argv[1:], "--kernels", name]
        subprocess.run(command, env={**os.environ, **KERNELS[name][1]}, check=True)
    print(HEAD, "|---|---|--:|--:|--:|--:|--:|", sep="\n")
    found = lines(items, [options.keep / name for name in supported])
    print(*sorted(found, key=lambda line: line.split("|")[1]), sep="\n")


if __name__ == "__main__":
    main()
