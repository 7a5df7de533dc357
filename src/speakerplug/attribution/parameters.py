"""The numbers that attribution goes by, as tuning/attribution/fit.py chose them.

docs/explanation/attribution.md explains each.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """Parameters of the decoder; times in seconds, costs in nats.

    `tolerance_s`: how far outside a word its speaker may be active, for times slip. `regular`: the weight of the
    regular turns in a speaker's activity; the exclusive ones have the rest. `floor`: activity of somebody who is not
    heard at all. `distance_s`: how far off a turn is e times less likely, for a word without any speech.
    `full_weight_s`: a word shorter than this counts for less. `switch_penalty`: the cost of another speaker inside a
    phrase; it falls to 0 at a pause of `pause_s`, and is nothing after the end of a sentence.
    """

    tolerance_s: float = 0.3
    regular: float = 0.6
    floor: float = 0.1
    distance_s: float = 0.5
    full_weight_s: float = 0.3
    switch_penalty: float = 1.5
    pause_s: float = 0.6


MODEL = Model()

OTHERS_SHARE = 0.3
"""Somebody who talks during this share of another's word is one of its `others`."""
SHARE_TOLERANCE = 1e-6
"""Shares this close are equal: times are rounded to a nanosecond, which is so much of a word of a millisecond."""

LEAD = 2.4
"""By how much the score of a speaker leads (nats) who alone fills a word."""
DEEP_S = 0.5
FAR_S = 2.0
"""Seconds inside and outside a turn beyond which a word becomes no surer, and no less sure."""

CALIBRATION = (2.18, 0.62, 0.58, -1.17, -1.97)
"""Constant and weights of `confidence.features`, as tuning/attribution/calibrate.py fits them."""
