"""The report of a check, as text and as JSON: each finding, then pass rates and quantiles."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..parsed import ParsedCue
from .measure import RULES, Finding, columns_of, cps_of


def document(cues: Sequence[ParsedCue], findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the report for programs: `passed` is the share (0 to 1) of cues that keep each rule; times in seconds."""
    broken = {rule: len({found.number for found in findings if found.rule == rule}) for rule in RULES}
    return {
        "cues": len(cues),
        "ok": not any(found.hard for found in findings),
        "passed": {rule: round(1 - count / len(cues), 4) if cues else 1.0 for rule, count in broken.items()},
        "measures": {name: _quantiles(values) for name, values in _measures(cues).items()},
        "findings": [
            {
                "cue": found.number,
                "start": found.start,
                "rule": found.rule,
                "hard": found.hard,
                "measured": found.measured,
                "allowed": found.allowed,
                "remedy": found.remedy,
            }
            for found in findings
        ],
    }


def text(cues: Sequence[ParsedCue], findings: Sequence[Finding]) -> str:
    """Return the report for people."""
    return "\n".join([*lines(findings), *_summary(document(cues, findings))])


def lines(findings: Sequence[Finding]) -> list[str]:
    """Return a line per finding: when, which rule, by how much, and how to repair it."""
    return [_line(found) for found in findings]


def _line(found: Finding) -> str:
    minutes, seconds = divmod(found.start, 60)
    at = f"{int(minutes // 60):02}:{int(minutes % 60):02}:{seconds:06.3f}"
    kind = "" if found.hard else " (soft)"
    return (
        f"{at}  cue {found.number}: {found.rule} {found.measured:g} instead of {found.allowed:g}{kind}; {found.remedy}."
    )


def _summary(report: Mapping[str, Any]) -> Iterator[str]:
    count = report["cues"]
    yield f"{count} cue{'' if count == 1 else 's'}: " + (
        "all keep every hard rule." if report["ok"] else "hard rules are broken."
    )
    for rule, share in report["passed"].items():
        # Rounded down, so that only a full share reads 100 %.
        yield f"  {rule:<14}{math.floor(share * 1000) / 10:6.1f} % pass"
    yield f"  {'':<14}{'p50':>8}{'p95':>8}{'max':>8}"
    for name, values in report["measures"].items():
        yield f"  {name:<14}" + "".join(f"{values[key]:8.2f}" for key in ("p50", "p95", "max"))


def _measures(cues: Sequence[ParsedCue]) -> dict[str, list[float]]:
    return {
        "duration s": [(cue.end_ms - cue.start_ms) / 1000 for cue in cues],
        "columns": [columns_of(cue) for cue in cues],
        "lines": [len(cue.lines) for cue in cues],
        "cps": [cps_of(cue) for cue in cues if cue.end_ms > cue.start_ms],
    }


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values) or [0.0]

    def quantile(share: float) -> float:
        """Return the smallest value that at least `share` of the values do not exceed."""
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3)

    return {"p50": quantile(0.5), "p95": quantile(0.95), "max": quantile(1.0)}
