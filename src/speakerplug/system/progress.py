"""How far a piece of work is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float, float], None]
"""Called as `progress(step, completed, total)`; `step` names what is being done, in a word or two."""
