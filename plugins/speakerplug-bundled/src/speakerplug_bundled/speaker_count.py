"""How sure the number of voices is: it is not where a slightly different choice of parameters finds another one."""

from __future__ import annotations

import logging
from collections.abc import Iterable

log = logging.getLogger(__name__)

CHOICES = ((0.9, 1.0), (1.1, 1.0), (1.0, 0.5))
"""By how much the threshold and the least speech of a voice are changed to see whether the number stays."""


def warn_if_doubtful(found: int, others: Iterable[int]) -> None:
    """Log one warning where `others`, the numbers that other choices find, are not all what was `found`."""
    doubt = doubt_about(found, others)
    if doubt:
        log.warning("%s", doubt)


def doubt_about(found: int, others: Iterable[int]) -> str | None:
    """A sentence that names the other numbers, None where there are none."""
    rest = [str(number) for number in sorted(set(others) - {found}) if number > 0]
    if not rest:
        return None
    listed = " or ".join(filter(None, [", ".join(rest[:-1]), rest[-1]]))
    speakers = "1 speaker" if found == 1 else f"{found} speakers"
    return f"Found {speakers}; it may also be {listed}: give --num-speakers if you know."
