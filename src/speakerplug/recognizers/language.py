"""Detect the language of a recording in several of its windows, and say where it is not the expected one.

The first window alone may be a greeting, or music.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..media.waveform import Waveform
from ..system.arguments import named
from ..transcript import Word
from .windows import Span, windows

log = logging.getLogger(__name__)

PLACES = (0.5, 0.1, 0.9, 0.3, 0.7)
"""Of the windows, as a share of their number; in this order."""
SHARE = 20
"""At least one window in so many is asked, up to one at each place: a detection costs less than half a recognition."""
SURE = 0.8
"""More windows are asked while no language has this probability on average; from it on a given one is contradicted."""
PRIOR = {"la": 0.2, "sa": 0.2}
"""Latin and Sanskrit, which hardly anybody speaks, must be five times as probable as another language: base takes 31 of
84 synthesized voices of 28 other languages for Latin, and with this prior 10."""
FEWEST_WORDS, UNSURE = 20, 0.42
"""An English model that has found so many words is less sure of them on average where the speech is not English:
tiny.en writes synthesized German, Spanish and Catalan with 0.30 to 0.37, English with 0.90, and open meetings in noise
at 3 dB with 0.46 to 0.61."""


def detected_language(
    model: Any, waveform: Waveform, speech: Sequence[Span], given: str | None = None
) -> tuple[str, float] | None:
    """Return the language that is most probable on average, and its probability; None without speech.

    `model` is a multilingual one of faster-whisper. Where the `given` language is the most probable, fewer are asked.
    """
    found = windows(speech, waveform.duration)
    total: Counter[str] = Counter()
    best: tuple[str, float] | None = None
    for asked, index in enumerate(dict.fromkeys(int(place * len(found)) for place in PLACES if found), start=1):
        samples = np.concatenate([waveform.span(start, end) for start, end in found[index]])
        total.update(_with_prior(model.detect_language(samples)[2]))
        language, probability = total.most_common(1)[0]
        best = language, float(probability) / asked
        if asked > len(found) // SHARE and (best[1] >= SURE or language == given):
            break
    return best


def _with_prior(probabilities: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the probability of each language of a window, where those of PRIOR are less likely than the others."""
    given = dict(probabilities)
    weighted = {language: probability * PRIOR.get(language, 1.0) for language, probability in given.items()}
    rest = 1.0 - sum(given[language] - weighted[language] for language in given)
    return {language: probability / rest for language, probability in weighted.items()}


def tell_other_language(given: str | None, detected: tuple[str, float] | None) -> None:
    """Log one line if what was `detected`, with its probability, is surely another language than the given one."""
    if given is not None and detected is not None and detected[0] != given and detected[1] >= SURE:
        told = _name(detected[0]), 100 * detected[1], named("language"), _name(given)
        log.warning("The recording sounds like %s (%.0f %% sure), but %s says %s.", *told)


def tell_not_english(words: Sequence[Word], model: str) -> None:
    """Log one line if the `words` of an English model are so uncertain that the speech may not be English."""
    confidences = [word.confidence for word in words if word.confidence is not None]
    if len(confidences) >= FEWEST_WORDS and sum(confidences) < UNSURE * len(confidences):
        log.warning(
            "The text is very uncertain. Model %s supports only English; for speech in another language, choose a "
            "multilingual one, such as base or small.",
            model,
        )


def _name(code: str) -> str:
    import langcodes

    return langcodes.Language.get(code).display_name("en")
