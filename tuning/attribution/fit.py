"""Chooses the parameters of attribution, and prints how much they help.

    python tuning/attribution/fit.py ../shared/data FOLDER

with the PYTHONPATH of results.py, which filled FOLDER. Parameters are chosen on the mixed conversations;
the open recordings only check them.
"""

from __future__ import annotations

import itertools
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from results import read
from situations import Situation, situations

from speakerplug.attribution.parameters import MODEL, Model
from speakerplug.transcript import Diarization, Word

GRID = {"tolerance_s": (0.2, 0.3), "regular": (0.4, 0.6, 0.8), "switch_penalty": (1.0, 1.5, 2.0)}
ONE_AT_A_TIME = {
    "tolerance_s": (0.1, 0.2, 0.4, 0.6),
    "regular": (0.0, 0.3, 0.5, 0.7, 0.8, 1.0),
    "floor": (0.03, 0.2, 0.4),
    "distance_s": (0.25, 1.0),
    "full_weight_s": (0.01, 0.15, 0.6),
    "switch_penalty": (0.0, 0.5, 1.0, 2.0, 3.0),
    "pause_s": (0.3, 1.0, 2.0),
}

Speakers = list[str | None]


def plain(words: Sequence[Word], diarization: Diarization) -> Speakers:
    """Return the speakers by the baseline: most overlap with exclusive turns, else the nearest edge."""
    turns = diarization.exclusive
    speakers: Speakers = []
    for word in words:
        shared: dict[str, float] = defaultdict(float)
        for turn in turns:
            shared[turn.speaker] += max(0.0, min(word.end, turn.end) - max(word.start, turn.start))
        near = min(turns, key=lambda turn: max(turn.start - word.end, word.start - turn.end))
        best = max(shared, key=shared.__getitem__)
        speakers.append(best if shared[best] else near.speaker)
    return speakers


class Judge:
    """Wrong words of a model in situations, against the plain rule and under its mapping of names."""

    def __init__(self, cases: Sequence[Situation]) -> None:
        self.cases = cases
        self.base = [plain(case.words, case.diarization) for case in cases]
        self.names = [case.names(base) for case, base in zip(cases, self.base, strict=True)]

    def line(self, model: Model | None, belongs: Callable[[Situation], bool]) -> str:
        """Return a line with the wrong words by kind of turns, and the words repaired and broken."""
        wrong: dict[str, int] = defaultdict(int)
        words: dict[str, int] = defaultdict(int)
        repaired = broken = 0
        for case, base, names in zip(self.cases, self.base, self.names, strict=True):
            if belongs(case):
                speakers = base if model is None else [word.speaker for word in case.attributed(model)]
                before, now = case.right(base, names), case.right(speakers, names)
                wrong[case.turns] += sum(not right for right in now.values())
                words[case.turns] += len(now)
                repaired += sum(now[i] and not before[i] for i in now)
                broken += sum(before[i] and not now[i] for i in now)
        rates = " | ".join(f"{100 * wrong[turns] / words[turns]:.2f}" for turns in wrong)
        return f"{rates} | {sum(wrong.values())} | +{repaired} -{broken}"

    def wrong(self, model: Model) -> list[int]:
        """Return the number of wrong words in each situation."""
        return [
            sum(not right for right in case.right([w.speaker for w in case.attributed(model)], names).values())
            for case, names in zip(self.cases, self.names, strict=True)
        ]


def left_out(cases: Sequence[Situation], models: Sequence[Model], wrong: np.ndarray) -> int:
    """Return the wrong words if each recording has the model that is best on the others; `wrong` is (models, cases)."""
    total = 0
    for id in {case.id for case in cases}:
        own = np.array([case.id == id for case in cases])
        total += int(wrong[int(wrong[:, ~own].sum(axis=1).argmin())][own].sum())
    return total


def without_punctuation(case: Situation) -> Situation:
    """Return the situation as of a recognizer without punctuation."""
    return replace(case, words=tuple(replace(word, text=word.text.strip(".,?!") or "-") for word in case.words))


def in_letters(case: Situation) -> Situation:
    """Return the situation as in a script without spaces or punctuation: each letter or two is a joined word."""
    words, truths = [], {}
    for index, word in enumerate(case.words):
        letters = max(1, len(word.text) // 2)
        step = (word.end - word.start) / letters
        if index in case.truths:
            truths |= dict.fromkeys(range(len(words), len(words) + letters), case.truths[index])
        words += [Word("字", word.start + n * step, word.start + (n + 1) * step, joined=True) for n in range(letters)]
    return replace(case, words=tuple(words), truths=truths)


def main(data: Path, folder: Path) -> None:
    """Print every table."""
    cases = list(situations(read(folder, data)))
    judge = Judge(cases)
    parts = {
        "mixed": lambda case: case.kind == "mixed",
        "stitched": lambda case: case.kind.startswith("stitched"),
        "real": lambda case: case.kind.startswith("real"),
    }
    for name, belongs in parts.items():
        print(f"{name} plain | {judge.line(None, belongs)}\n{name} decoder | {judge.line(MODEL, belongs)}", flush=True)
    for name, change in (("without punctuation", without_punctuation), ("in letters", in_letters)):
        changed = Judge([change(case) for case in cases])
        for part, belongs in parts.items():
            print(f"{name}, {part} plain | {changed.line(None, belongs)}")
            print(f"{name}, {part} decoder | {changed.line(MODEL, belongs)}", flush=True)
    tuning = Judge([case for case in cases if case.kind == "mixed"])
    for key, values in ONE_AT_A_TIME.items():
        for value in values:
            print(f"{key} {value} | {tuning.line(replace(MODEL, **{key: value}), lambda case: True)}", flush=True)
    models = [replace(MODEL, **dict(zip(GRID, values, strict=True))) for values in itertools.product(*GRID.values())]
    wrong = np.array([tuning.wrong(model) for model in models])
    order = wrong.sum(axis=1).argsort(kind="stable")
    print(*(f"{wrong[i].sum()} {models[i]}" for i in order[:5]), sep="\n")
    print("this model:", sum(tuning.wrong(MODEL)), "left out:", left_out(tuning.cases, models, wrong))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
