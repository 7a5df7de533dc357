"""The bounds on the number of speakers, which a recording may be too short to meet."""

from __future__ import annotations

import logging

from ..plugin.roles import DiarizationRequest

log = logging.getLogger(__name__)


def warn_of_too_few(found: int, request: DiarizationRequest) -> None:
    """Log one warning if fewer speakers were found than requested."""
    low = request.num_speakers or request.min_speakers
    if low is not None and found < low:
        log.warning("Found %d of at least %d speakers; the recording may be too short to distinguish more.", found, low)
