"""Subtitles: cut a transcript into cues by published rules or your own. It knows no model and no file format."""

from __future__ import annotations

from .build import Cue, cues_from
from .rules import PROFILES, CueRules, profile

__all__ = ["PROFILES", "Cue", "CueRules", "cues_from", "profile"]
