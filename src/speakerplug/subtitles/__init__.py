"""Cues: short pieces of one speaker, laid out to be read at a glance, by rules that are published or your own."""

from __future__ import annotations

from .build import Cue, cues_from
from .rules import PROFILES, CueRules, profile

__all__ = ["PROFILES", "Cue", "CueRules", "cues_from", "profile"]
