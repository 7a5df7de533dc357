"""Check subtitles of any origin against published rules. Pure: cues in, findings out."""

from __future__ import annotations

from .measure import Finding, check, rounding_ms
from .report import document, lines, text

__all__ = ["Finding", "check", "document", "lines", "rounding_ms", "text"]
