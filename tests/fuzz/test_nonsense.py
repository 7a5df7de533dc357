"""A hundred transcripts beside plugins and stages that give back nonsense at random."""

from __future__ import annotations

import logging
from collections import Counter
from random import Random

import pytest

from tests.fuzz.nonsense import one_try


@pytest.mark.parametrize("seed", range(2))
def test_a_transcript_beside_random_nonsense_is_whole_or_one_error(seed: int) -> None:
    """Whatever plugins and stages do, nothing but a SpeakerPlugError comes out, and what does is sound."""
    random = Random(seed)
    logging.disable(logging.CRITICAL)
    try:
        endings = Counter(one_try(random) for _ in range(50))
    finally:
        logging.disable(logging.NOTSET)
    assert endings.keys() == {"a transcript", "an error", "an error with what was done"}
