"""What is made of the channels of a recording: mixed for a diarizer, or each taken for one speaker."""

from __future__ import annotations

import logging

from ...errors import UsageError
from ...media.excerpts import MOST
from ...media.recording import Recording
from ...system.progress import Progress
from ...waveform import Waveform
from ..options import CHANNELS
from .detect import FindSpeech, Verdict, are_same, judge

log = logging.getLogger(__name__)

MIX, SPEAKERS, AUTO = CHANNELS

_REMEDY = "leave --channels speakers out, and a diarizer tells who speaks"


def are_speakers(recording: Recording, find_speech: FindSpeech, progress: Progress) -> bool:
    """Judge whether each channel is one speaker, where nobody said so; say why."""
    verdict = _verdict(recording, find_speech, progress)
    if verdict is None:
        return False
    said = "Each channel is one speaker: %s." if verdict.different_people else "The channels are mixed: %s."
    log.info(said, verdict.why)
    return verdict.different_people


def hint_at_speakers(recording: Recording, find_speech: FindSpeech, progress: Progress) -> None:
    """Say it if channels that are mixed look like different people."""
    verdict = _verdict(recording, find_speech, progress)
    if verdict is not None and verdict.different_people:
        log.info("The channels look like different people; --channels speakers would use that.")


def separate(recording: Recording, progress: Progress) -> tuple[Waveform, ...]:
    """Return each channel of a recording. Raises UsageError where they cannot be speakers, and MediaError as `mono`."""
    count = recording.channel_count
    if count < 2:
        raise UsageError(f"{recording.title} has one channel, which cannot tell speakers apart; {_REMEDY}.")
    if count > MOST:
        raise UsageError(f"{recording.title} has {count} channels, and at most {MOST} can be speakers; {_REMEDY}.")
    waveforms = recording.channels(progress)
    if are_same([waveform.samples for waveform in waveforms]):
        raise UsageError(f"{recording.title} holds the same sound in all channels; {_REMEDY}.")
    return waveforms


def _verdict(recording: Recording, find_speech: FindSpeech, progress: Progress) -> Verdict | None:
    """What the channels are, by excerpts; None of one channel."""
    if recording.channel_count < 2:
        return None
    excerpts = recording.excerpts(progress)
    progress("channels", 0, 1)
    verdict = judge(excerpts, find_speech)
    progress("channels", 1, 1)
    return verdict
