"""What SpeakerPlug finds under the entry point `aligner`; it imports nothing heavy until a factory is called."""

from __future__ import annotations

from collections.abc import Callable

from speakerplug.plugin import Aligner, AlignerRegistration, AlignerSettings, hookimpl


def ctc_aligner(settings: AlignerSettings) -> Aligner:
    """Forced alignment by CTC."""
    from .aligner import CtcAligner

    return CtcAligner(settings)


@hookimpl
def register_aligners(register: Callable[[AlignerRegistration], None]) -> None:
    """Offer the aligner."""
    description = "forced alignment on phonemes (English), or on a wav2vec2 checkpoint of yours"
    register(AlignerRegistration("ctc", ctc_aligner, description=description))
