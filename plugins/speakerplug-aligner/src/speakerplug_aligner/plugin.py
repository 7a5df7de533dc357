"""What SpeakerPlug finds under the entry point `aligner`; it imports nothing heavy until a factory is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speakerplug.plugin.hooks import hookimpl

if TYPE_CHECKING:
    from speakerplug.plugin.hooks import RegisterAligner
    from speakerplug.plugin.roles import Aligner, AlignerSettings


def ctc_aligner(settings: AlignerSettings) -> Aligner:
    """Forced alignment by CTC."""
    from .aligner import CtcAligner

    return CtcAligner(settings)


@hookimpl
def register_aligners(register: RegisterAligner) -> None:
    """Offer the aligner."""
    register("ctc", ctc_aligner, "forced alignment on phonemes (English), or on a wav2vec2 checkpoint of yours")
