"""Checks subtitles, whoever made them, against published rules: pure measurement of what a file says."""

from __future__ import annotations

from .measure import Finding, check, rounding_ms
from .read import Shown, read
from .report import document, lines, text

__all__ = ["Finding", "Shown", "check", "document", "lines", "read", "rounding_ms", "text"]
