"""The dendrogram of turns by speaker similarity, from synthetic windows and embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from speakerplug.diarizers.artifacts import Framed
from speakerplug.diarizers.pyannote.turn_embeddings import tree_of_run, tree_of_windows
from speakerplug.transcript import SpeakerTree, Turn

FRAMES = 100
WINDOW_S, STEP_S = 10.0, 5.0


def activity_and_embeddings(
    spans: Sequence[tuple[float, float, int]], seed: int = 0
) -> tuple[Framed, NDArray[np.float64]]:
    """Return activity and noisy embeddings of windows over `spans` (start, end, speaker): a track per speaker."""
    noise = np.random.default_rng(seed)
    centers = noise.normal(size=(1 + max(speaker for *_, speaker in spans), 16))
    windows = 1 + int(max(end for _, end, _ in spans) // STEP_S)
    activity = np.zeros((windows, FRAMES, len(centers)))
    times = np.arange(windows)[:, None] * STEP_S + np.arange(FRAMES) * WINDOW_S / FRAMES
    for start, end, speaker in spans:
        activity[:, :, speaker] += (start <= times) & (times < end)
    embeddings = centers + noise.normal(scale=0.1, size=(windows, *centers.shape))
    embeddings[~activity.any(axis=1)] = np.nan
    return Framed(activity, 0.0, WINDOW_S, STEP_S), embeddings


def cut(tree: SpeakerTree, number: int) -> list[int]:
    """Return the group of each turn when `number` groups are left."""
    groups = list(tree.groups)
    for stays, joins in tree.joins[: len(tree.joins) + 1 - number]:
        groups = [stays if group == joins else group for group in groups]
    return groups


SPANS = [(6.0 * turn, 6.0 * turn + 5.0, turn % 3) for turn in range(12)]


def test_speaker_tree_of_two_merged_speakers_has_their_groups() -> None:
    """Cut at the number of the diarizer it gives its speakers, at one more the two that it confused."""
    found = [Turn(start, end, "A" if speaker < 2 else "B") for start, end, speaker in SPANS]
    tree = tree_of_windows(found, *activity_and_embeddings(SPANS))
    assert tree is not None
    two, three = cut(tree, 2), cut(tree, 3)
    assert len({(turn.speaker, speaker) for turn, speaker in zip(found, two, strict=True)}) == len(set(two)) == 2
    assert len({(speaker, group) for (*_, speaker), group in zip(SPANS, three, strict=True)}) == len(set(three)) == 3


def test_speaker_tree_of_one_split_speaker_joins_its_parts_first() -> None:
    """With one speaker less, the two with similar embeddings are one."""
    names = {0: "A", 1: "B", 2: "C"}
    found = [Turn(start, end, names[speaker]) for start, end, speaker in SPANS]
    found[3], found[9] = Turn(found[3].start, found[3].end, "D"), Turn(found[9].start, found[9].end, "D")
    tree = tree_of_windows(found, *activity_and_embeddings(SPANS))
    assert tree is not None
    assert len({(speaker, group) for (*_, speaker), group in zip(SPANS, cut(tree, 3), strict=True)}) == 3


def test_speaker_tree_joins_every_group_once() -> None:
    """One group is left, and each other group joins another once."""
    found = [Turn(start, end, "AB"[speaker % 2]) for start, end, speaker in SPANS]
    tree = tree_of_windows(found, *activity_and_embeddings(SPANS))
    assert tree is not None
    assert set(cut(tree, 1)) == {0}
    joining = [joins for _, joins in tree.joins]
    assert sorted(joining) == list(range(1, len(set(tree.groups))))


def test_speaker_tree_with_a_turn_without_embedding_keeps_it_with_its_speaker() -> None:
    """It is in a group of its speaker."""
    found = [Turn(start, end, "AB"[speaker % 2]) for start, end, speaker in SPANS] + [Turn(500.0, 501.0, "A")]
    tree = tree_of_windows(found, *activity_and_embeddings(SPANS))
    assert tree is not None
    mine = {group for turn, group in zip(found[:-1], tree.groups, strict=False) if turn.speaker == "A"}
    assert tree.groups[-1] in mine


def test_tree_of_run_without_usable_embeddings_is_none() -> None:
    """They are missing, or have another shape, or the recording has no turns."""
    activity, embeddings = activity_and_embeddings(SPANS)
    turns = [Turn(0.0, 5.0, "A")]
    assert tree_of_run({}, turns) is None
    assert tree_of_run({"segmentation": activity}, turns) is None
    assert tree_of_run({"segmentation": activity, "embeddings": embeddings[:, :1]}, turns) is None
    assert tree_of_run({"segmentation": activity, "embeddings": np.full_like(embeddings, np.nan)}, turns) is None
    assert tree_of_windows([], activity, embeddings) is None
    assert tree_of_run({"segmentation": activity, "embeddings": embeddings}, turns) == SpeakerTree((0,), ())


def test_tree_of_run_with_subsegments_prefers_them() -> None:
    """The embeddings of the bundled pipeline belong to its subsegments."""
    activity, embeddings = activity_and_embeddings(SPANS)
    other = Framed(activity.data[:, :, :1], 0.0, WINDOW_S, STEP_S)
    found = [Turn(start, end, "A") for start, end, _ in SPANS]
    kept = {"segmentation": other, "subsegments": activity, "embeddings": embeddings}
    assert tree_of_run(kept, found) == tree_of_windows(found, activity, embeddings)
    assert tree_of_run({**kept, "subsegments": other}, found) is None


@pytest.mark.parametrize("seed", range(3))
def test_speaker_tree_of_any_embeddings_has_a_group_for_each_turn(seed: int) -> None:
    """This holds for noise, copies and zeros."""
    noise = np.random.default_rng(seed)
    found = [Turn(start, end, "ABC"[noise.integers(3)]) for start, end, _ in SPANS]
    activity, embeddings = activity_and_embeddings(SPANS, seed)
    for values in (noise.normal(size=embeddings.shape), np.ones_like(embeddings), np.zeros_like(embeddings)):
        tree = tree_of_windows(found, activity, values)
        assert tree is None or len(tree.groups) == len(found)
