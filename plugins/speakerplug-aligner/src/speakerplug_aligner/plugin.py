"""The entry point `aligner`; it imports nothing heavy until a factory is called."""

from __future__ import annotations

from collections.abc import Callable

from speakerplug.plugin import Aligner, AlignerRegistration, AlignerSettings, hookimpl


def ctc_aligner(settings: AlignerSettings) -> Aligner:
    """Return the aligner for these settings."""
    from .aligner import CtcAligner

    return CtcAligner(settings)


@hookimpl
def register_aligners(register: Callable[[AlignerRegistration], None]) -> None:
    """Register the aligner `ctc`."""
    description = "forced alignment on phonemes (English), or on your wav2vec2 checkpoint"
    register(AlignerRegistration("ctc", ctc_aligner, description=description))
