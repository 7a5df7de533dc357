"""A plugin of llm: `llm -f speakerplug:talk.mp4 'who promised what?'`.

SpeakerPlug itself is imported when the first fragment is loaded.
"""

from __future__ import annotations

from collections.abc import Callable

import llm

from .fragment import load


@llm.hookimpl
def register_fragment_loaders(register: Callable[[str, Callable[[str], llm.Fragment]], None]) -> None:
    """Register the prefix `speakerplug:`."""
    register("speakerplug", load)
