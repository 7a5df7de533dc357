"""The numbers that attribution goes by, as tuning/attribution/fit.py chose them.

docs/explanation/attribution.md explains each.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """Parameters of the attribution model; times in seconds, costs in nats.

    `tolerance_s`: how far outside a word its speaker may be active, as word times are inexact. `regular`: the weight of
    the regular turns in a speaker's activity; the exclusive turns have the rest. `floor`: the activity of a speaker
    without speech near the word. `distance_s`: how far off a turn is e times less likely, for a word outside all
    speech.
    `full_weight_s`: a shorter word counts for less. `switch_penalty`: the cost of a speaker change inside a phrase; it
    falls linearly to 0 at a pause of `pause_s`, and is 0 after the end of a sentence.
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
"""Minimum share of a word during which another speaker talks to be listed in its `others`."""
SHARE_TOLERANCE = 1e-6
"""Shares this close are equal: times are rounded to a nanosecond, which is 1e-6 of a word of one millisecond."""

LEAD = 2.4
"""The lead (nats) in score of a speaker who alone fills a word."""
DEEP_S = 0.5
FAR_S = 2.0
"""Seconds inside and outside a turn beyond which a word's confidence no longer changes."""

CALIBRATION = (2.39, 0.76, 1.54, -2.14, -2.07)
"""Intercept and weights of `confidence.features`, as tuning/attribution/calibrate.py fits them."""
