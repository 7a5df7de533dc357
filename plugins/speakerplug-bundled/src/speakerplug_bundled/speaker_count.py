"""Whether the number of speakers is in doubt: slightly different parameters find another one."""

from __future__ import annotations

import logging
from collections.abc import Iterable

log = logging.getLogger(__name__)

CHOICES = ((0.9, 1.0), (1.1, 1.0), (1.0, 0.5))
"""Factors of the threshold and the minimum speech of a speaker with which the number is checked."""


def warn_if_doubtful(found: int, others: Iterable[int]) -> None:
    """Log one warning if `others`, the numbers with different parameters, are not all equal to `found`."""
    doubt = doubt_about(found, others)
    if doubt:
        log.warning("%s", doubt)


def doubt_about(found: int, others: Iterable[int]) -> str | None:
    """Return a sentence that names the other numbers; None if there are none."""
    rest = [str(number) for number in sorted(set(others) - {found}) if number > 0]
    if not rest:
        return None
    listed = " or ".join(filter(None, [", ".join(rest[:-1]), rest[-1]]))
    speakers = "1 speaker" if found == 1 else f"{found} speakers"
    return f"Found {speakers}; it may also be {listed}: give --num-speakers if you know."
