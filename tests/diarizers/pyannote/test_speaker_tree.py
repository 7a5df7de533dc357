"""Which turns sound alike, from made-up windows of made-up voices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from speakerplug.diarizers.artifacts import Framed
from speakerplug.diarizers.pyannote.speaker_tree import voices_of, voices_shown
from speakerplug.transcript import SpeakerTree, Turn

FRAMES = 100
WINDOW_S, STEP_S = 10.0, 5.0


def heard(spans: Sequence[tuple[float, float, int]], seed: int = 0) -> tuple[Framed, NDArray[np.float64]]:
    """Activity and embeddings of windows over `spans` (start, end, voice): a track for each voice, somewhat noisy."""
    noise = np.random.default_rng(seed)
    voices = noise.normal(size=(1 + max(voice for *_, voice in spans), 16))
    windows = 1 + int(max(end for _, end, _ in spans) // STEP_S)
    activity = np.zeros((windows, FRAMES, len(voices)))
    times = np.arange(windows)[:, None] * STEP_S + np.arange(FRAMES) * WINDOW_S / FRAMES
    for start, end, voice in spans:
        activity[:, :, voice] += (start <= times) & (times < end)
    embeddings = voices + noise.normal(scale=0.1, size=(windows, *voices.shape))
    embeddings[~activity.any(axis=1)] = np.nan
    return Framed(activity, 0.0, WINDOW_S, STEP_S), embeddings


def cut(voices: SpeakerTree, number: int) -> list[int]:
    """The voice of each turn when so many are left."""
    groups = list(voices.groups)
    for stays, joins in voices.joins[: len(voices.joins) + 1 - number]:
        groups = [stays if group == joins else group for group in groups]
    return groups


SPANS = [(6.0 * turn, 6.0 * turn + 5.0, turn % 3) for turn in range(12)]


def test_two_voices_taken_for_one_are_groups() -> None:
    """With what the diarizer found as many speakers come out, with one more the voices that it mixed up."""
    found = [Turn(start, end, "A" if voice < 2 else "B") for start, end, voice in SPANS]
    voices = voices_of(found, *heard(SPANS))
    assert voices is not None
    two, three = cut(voices, 2), cut(voices, 3)
    assert len({(turn.speaker, voice) for turn, voice in zip(found, two, strict=True)}) == len(set(two)) == 2
    assert len({(voice, group) for (*_, voice), group in zip(SPANS, three, strict=True)}) == len(set(three)) == 3


def test_one_voice_taken_for_two_is_joined_first() -> None:
    """With one speaker less those are united who sound alike."""
    names = {0: "A", 1: "B", 2: "C"}
    found = [Turn(start, end, names[voice]) for start, end, voice in SPANS]
    found[3], found[9] = Turn(found[3].start, found[3].end, "D"), Turn(found[9].start, found[9].end, "D")
    voices = voices_of(found, *heard(SPANS))
    assert voices is not None
    assert len({(voice, group) for (*_, voice), group in zip(SPANS, cut(voices, 3), strict=True)}) == 3


def test_every_group_is_joined_once() -> None:
    """The joins leave one, and each group joins another at most once."""
    found = [Turn(start, end, "AB"[voice % 2]) for start, end, voice in SPANS]
    voices = voices_of(found, *heard(SPANS))
    assert voices is not None
    assert set(cut(voices, 1)) == {0}
    joining = [joins for _, joins in voices.joins]
    assert sorted(joining) == list(range(1, len(set(voices.groups))))


def test_a_turn_that_nobody_heard_follows_its_speaker() -> None:
    """A turn without any embedding is in a group of its speaker."""
    found = [Turn(start, end, "AB"[voice % 2]) for start, end, voice in SPANS] + [Turn(500.0, 501.0, "A")]
    voices = voices_of(found, *heard(SPANS))
    assert voices is not None
    mine = {group for turn, group in zip(found[:-1], voices.groups, strict=False) if turn.speaker == "A"}
    assert voices.groups[-1] in mine


def test_without_embeddings_nothing_is_said() -> None:
    """A pipeline that shows none, or of another shape, or a recording without turns gives None."""
    activity, embeddings = heard(SPANS)
    turns = [Turn(0.0, 5.0, "A")]
    assert voices_shown({}, turns) is None
    assert voices_shown({"segmentation": activity}, turns) is None
    assert voices_shown({"segmentation": activity, "embeddings": embeddings[:, :1]}, turns) is None
    assert voices_shown({"segmentation": activity, "embeddings": np.full_like(embeddings, np.nan)}, turns) is None
    assert voices_of([], activity, embeddings) is None
    assert voices_shown({"segmentation": activity, "embeddings": embeddings}, turns) == SpeakerTree((0,), ())


def test_pieces_go_before_the_segmentation() -> None:
    """What the bundled pipeline makes of its segmentation is what its embeddings belong to."""
    activity, embeddings = heard(SPANS)
    other = Framed(activity.data[:, :, :1], 0.0, WINDOW_S, STEP_S)
    found = [Turn(start, end, "A") for start, end, _ in SPANS]
    kept = {"segmentation": other, "subsegments": activity, "embeddings": embeddings}
    assert voices_shown(kept, found) == voices_of(found, activity, embeddings)
    assert voices_shown({**kept, "subsegments": other}, found) is None


@pytest.mark.parametrize("seed", range(3))
def test_noise_and_copies_do_no_harm(seed: int) -> None:
    """Every turn has a group, whatever the embeddings are."""
    noise = np.random.default_rng(seed)
    found = [Turn(start, end, "ABC"[noise.integers(3)]) for start, end, _ in SPANS]
    activity, embeddings = heard(SPANS, seed)
    for values in (noise.normal(size=embeddings.shape), np.ones_like(embeddings), np.zeros_like(embeddings)):
        voices = voices_of(found, activity, values)
        assert voices is None or len(voices.groups) == len(found)
