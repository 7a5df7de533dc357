"""Rules that others have published, by name. docs/subtitles.md says where each number comes from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..errors import UsageError
from .rules import CueRules

NETFLIX = CueRules()
BBC = CueRules(columns=37, cps=16.5, shortest_ms=300, gap_ms=0, chain_ms=1000)
DCMP = CueRules(columns=32, cps=14.7, longest_ms=6000, gap_ms=0, chain_ms=0)
PODCAST = CueRules(columns=65, srt_columns=32, gap_ms=0, chain_ms=0, labels="change")
SOCIAL = CueRules(columns=21, lines=3, shortest_ms=500, longest_ms=3000, gap_ms=0, chain_ms=300, pause_ms=700)

PROFILES: Mapping[str, CueRules] = MappingProxyType(
    {"netflix": NETFLIX, "bbc": BBC, "dcmp": DCMP, "podcast": PODCAST, "social": SOCIAL}
)


def profile(name: str) -> CueRules:
    """The rules of a profile; raises UsageError for one that is not known."""
    if name not in PROFILES:
        raise UsageError(f"There is no profile {name!r}; choose one of: {', '.join(PROFILES)}.")
    return PROFILES[name]
