"""The entry point `pyannoteai`; it imports nothing heavy until a factory is called."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from speakerplug.plugin import Diarizer, DiarizerRegistration, DiarizerSettings, hookimpl

from .names import HUB_ID, MODEL, VARIABLE


@hookimpl
def register_diarizers(register: Callable[[DiarizerRegistration], None]) -> None:
    """Register precision-2."""
    register(
        DiarizerRegistration(
            MODEL,
            precision,
            description=f"pyannoteAI's cloud: uploads the recording; needs {VARIABLE}",
            needs=("network", "key"),
            parameters=("timeout_s", "poll_s"),
            takes=is_precision,
            check=why_not,
        )
    )


def precision(settings: DiarizerSettings) -> Diarizer:
    """Return the diarizer."""
    from .diarizer import CloudDiarizer

    return CloudDiarizer(settings)


def is_precision(source: str | Mapping[str, Any]) -> bool:
    """Return whether this is the model's id on the hub, with or without a revision."""
    return isinstance(source, str) and source.partition("@")[0].lower() == HUB_ID and not os.path.exists(source)


def why_not(settings: DiarizerSettings) -> str | None:
    """Return why it cannot run now, or None if it can; without any request."""
    if not os.environ.get(VARIABLE, "").strip():
        return f"{VARIABLE} is not set"
    return "needs the network" if settings.offline else None
