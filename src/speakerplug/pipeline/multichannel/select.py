"""Decide what happens to the channels of a recording: mix them for a diarizer, or treat each as one speaker."""

from __future__ import annotations

import logging

from ...errors import UsageError
from ...media.excerpts import MOST
from ...media.recording import Recording
from ...media.waveform import Waveform
from ...system.progress import Progress
from ..options import CHANNELS
from .detect import FindSpeech, Verdict, are_same, judge

log = logging.getLogger(__name__)

MIX, SPEAKERS, AUTO = CHANNELS

_REMEDY = "leave --channels speakers out, so that a diarizer finds the speakers"


def are_speakers(recording: Recording, find_speech: FindSpeech, progress: Progress) -> bool:
    """Return whether each channel is one speaker, judging by the audio; log the reason."""
    verdict = _verdict(recording, find_speech, progress)
    if verdict is None:
        return False
    message = "Each channel is one speaker: %s." if verdict.separate_speakers else "The channels are mixed: %s."
    log.info(message, verdict.why)
    return verdict.separate_speakers


def hint_at_speakers(recording: Recording, find_speech: FindSpeech, progress: Progress) -> None:
    """Log a hint if channels that are mixed look like separate speakers."""
    verdict = _verdict(recording, find_speech, progress)
    if verdict is not None and verdict.separate_speakers:
        log.info("The channels look like separate speakers; to use that, add --channels speakers.")


def separate(recording: Recording, progress: Progress) -> tuple[Waveform, ...]:
    """Return each channel of a recording; raises UsageError if they cannot be speakers, and MediaError like `mono`."""
    recording.settle(progress)
    count = recording.channel_count
    if count < 2:
        raise UsageError(f"{recording.title} has only one channel, and each speaker needs one; {_REMEDY}.")
    if count > MOST:
        raise UsageError(f"{recording.title} has {count} channels, and at most {MOST} can be speakers; {_REMEDY}.")
    waveforms = recording.channels(progress)
    if are_same(waveforms):
        raise UsageError(f"{recording.title} has the same audio in all channels; {_REMEDY}.")
    return waveforms


def _verdict(recording: Recording, find_speech: FindSpeech, progress: Progress) -> Verdict | None:
    """Judge the channels by excerpts; None for a recording with one channel."""
    recording.settle(progress)
    if recording.channel_count < 2:
        return None
    excerpts = recording.excerpts(progress)
    progress("channels", 0, 1)
    verdict = judge(excerpts, find_speech)
    progress("channels", 1, 1)
    return verdict
