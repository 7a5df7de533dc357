"""Fits the confidence on the turns of the bundled diarizer, and prints how often words of each confidence are right.

    python tuning/attribution/calibrate.py ../shared/data FOLDER

with the PYTHONPATH of results.py, which filled FOLDER. The weights that it prints go into
speakerplug/attribution/parameters.py.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from results import read
from situations import Situation, situations

from speakerplug.attribution.attribute import decided
from speakerplug.attribution.confidence import probability

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 1.0001)
RIDGE = 1.0

Evidence = tuple[np.ndarray, np.ndarray, np.ndarray]


def evidence(cases: Sequence[Situation]) -> Evidence:
    """Return the features (words, 4), whether each word is right, and the number of its recording."""
    recordings = {id: n for n, id in enumerate(dict.fromkeys(case.id for case in cases))}
    features, right, recording = [], [], []
    for case in cases:
        _, names, decisions = decided(case.words, case.diarization)
        speakers = [names[number] for number in decisions.speaker]
        for index, is_right in case.right(speakers, case.names(speakers)).items():
            features.append(decisions.features[index])
            right.append(is_right)
            recording.append(recordings[case.id])
    return np.array(features), np.array(right, dtype=np.float64), np.array(recording)


def fitted(features: np.ndarray, right: np.ndarray, prior: np.ndarray | None = None) -> np.ndarray:
    """Return the constant and weights of a logistic regression, by Newton's method, with a slight ridge to `prior`."""
    design = np.column_stack([np.ones(len(features)), features])
    ridge = RIDGE * np.diag([0.0] + [1.0] * features.shape[1])
    prior = np.zeros(design.shape[1]) if prior is None else prior
    weights = prior.copy()
    for _ in range(30):
        guess = 1 / (1 + np.exp(-design @ weights))
        curvature = design.T @ (design * (guess * (1 - guess))[:, None]) + ridge
        weights += np.linalg.solve(curvature, design.T @ (right - guess) - ridge @ (weights - prior))
    return weights


def table(confidence: np.ndarray, right: np.ndarray) -> str:
    """Return a line for each range of confidences: words, mean confidence, and the share that is right; and the ECE."""
    lines, error = ["| confidence | words | mean confidence | right |", "|---|---|---|---|"], 0.0
    for low, high in pairwise(EDGES):
        within = (confidence >= low) & (confidence < high)
        if count := int(within.sum()):
            said, true = confidence[within].mean(), right[within].mean()
            error += count * abs(said - true) / len(right)
            lines.append(f"| {low:.2f} to {min(high, 1):.2f} | {count} | {said:.3f} | {true:.3f} |")
    return "\n".join(
        [*lines, f"Expected calibration error {error:.4f}, Brier {np.mean((confidence - right) ** 2):.4f}"]
    )


def left_out(features: np.ndarray, right: np.ndarray, recording: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Return the confidence of each word by weights that were fitted without its recording."""
    confidence = np.zeros(len(right))
    for number in np.unique(recording):
        own = recording == number
        confidence[own] = probability(features[own], fitted(features[~own], right[~own], prior))
    return confidence


def main(data: Path, folder: Path) -> None:
    """Print the weights and the tables.

    Few words lie outside the turns of the bundled diarizer, so what they do not tell comes from perturbed true turns.
    """
    cases = list(situations(read(folder, data)))
    perturbed = evidence([case for case in cases if case.kind == "mixed" and case.turns not in ("bundled", "slip 0")])
    prior = fitted(*perturbed[:2])
    present = [case for case in cases if case.turns == "bundled"]
    features, right, recording = evidence(present)
    print("CALIBRATION =", tuple(fitted(features, right, prior).round(2).tolist()))
    confidence = left_out(features, right, recording, prior)
    kinds = [case.kind for case in present]
    for name, kind in (("Mixed", {"mixed"}), ("Open", set(kinds) - {"mixed"}), ("Real", {"real-meeting"})):
        own = np.isin(recording, [number for number, each in enumerate(kinds) if each in kind])
        print(f"\n{name}, each recording by the weights of the others:\n" + table(confidence[own], right[own]))
    print("\nAll, as the package has it:\n" + table(probability(features), right))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
