from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from speakerplug.media.decode_pyav import decode
from speakerplug.media.file import MediaFile

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture(scope="module")
def words() -> list[dict[str, object]]:
    return json.loads((SAMPLES / "talk.words.json").read_text())


def level(start: float, end: float, audio: np.ndarray) -> float:
    return float(np.sqrt(np.mean(audio[round(start * 16_000) : round(end * 16_000)] ** 2)))


def test_talk_is_loud_in_its_turns_and_silent_between_them() -> None:
    """The reference of talk.mp4 matches its audio: speech in every turn, next to nothing in every pause."""
    (audio,), _ = decode(MediaFile(SAMPLES / "talk.mp4"))
    rows = [line.split() for line in (SAMPLES / "talk.rttm").read_text().splitlines()]
    turns = [(float(row[3]), float(row[3]) + float(row[4])) for row in rows]
    assert {row[7] for row in rows} == {"Ada", "Ben"}
    assert 30 < len(audio) / 16_000 < 60
    assert all(level(start, end, audio) > 0.05 for start, end in turns)
    pauses = [(before[1] + 0.06, after[0] - 0.06) for before, after in itertools.pairwise(turns)]
    assert all(level(start, end, audio) < 0.005 for start, end in pauses)


def test_words_of_the_talk_fill_its_turns(words: list[dict[str, object]]) -> None:
    """Words come in order, do not overlap, and each is inside a turn of its speaker."""
    times = [(word["start"], word["end"]) for word in words]
    assert times == sorted(times)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(times))
    turns = [line.split() for line in (SAMPLES / "talk.rttm").read_text().splitlines()]
    for word in words:
        assert any(
            row[7] == word["speaker"]
            and float(row[3]) <= word["start"]
            and word["end"] <= float(row[3]) + float(row[4]) + 0.001
            for row in turns
        ), word


def test_talk_is_small() -> None:
    """A clone of the repository stays small with the sample."""
    assert (SAMPLES / "talk.mp4").stat().st_size < 1_500_000
