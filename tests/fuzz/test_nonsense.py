"""A hundred transcripts with plugins and stages that return random nonsense."""

from __future__ import annotations

import logging
from collections import Counter
from random import Random

import pytest

from tests.fuzz.nonsense import one_try


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_transcript_with_random_nonsense_is_valid_or_one_error(seed: int) -> None:
    """Whatever plugins and stages do, only a SpeakerPlugError is raised, and any result is valid."""
    random = Random(seed)
    logging.disable(logging.CRITICAL)
    try:
        endings = Counter(one_try(random) for _ in range(50))
    finally:
        logging.disable(logging.NOTSET)
    assert endings.keys() == {"a transcript", "an error", "an error with what was done"}
