"""Checks subtitles, whoever made them, against published rules: pure measurement of what a file says."""

from __future__ import annotations

from .measure import Finding, check, rounding_ms
from .report import document, lines, text

__all__ = ["Finding", "check", "document", "lines", "rounding_ms", "text"]
