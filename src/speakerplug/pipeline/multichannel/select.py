"""What is made of the channels of a recording: mixed for a diarizer, or each taken for one speaker."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ...errors import MediaError, UsageError
from ...media.read import check_file, read_channels
from ...system.progress import Progress
from ...waveform import Samples, Waveform, array_of
from .detect import EXCERPT_S, MOST, MOST_EXCERPTS, FindSpeech, are_same, excerpts, judge

log = logging.getLogger(__name__)

MIX, SPEAKERS, AUTO = CHOICES = ("mix", "speakers", "auto")

Source = Any


def are_speakers(source: Source, wanted: str, find_speech: FindSpeech) -> bool:
    """Whether each channel of `source` is to be taken for one speaker; says why where nobody asked for either.

    Raises UsageError for a recording whose channels cannot be speakers and were asked to be.
    """
    if wanted == SPEAKERS:
        _check(source)
        return True
    try:
        if _count(source) < 2:
            return False
        verdict = judge(_excerpts(source), find_speech)
    except MediaError:
        return False  # whoever reads it says it better
    if wanted == MIX:
        if verdict.different_people:
            log.info("The channels look like different people; --channels speakers would use that.")
        return False
    if verdict.different_people:
        log.info("Each channel is one speaker: %s.", verdict.why)
    else:
        log.info("The channels are mixed: %s.", verdict.why)
    return verdict.different_people


def separate(source: Source, progress: Progress) -> tuple[Waveform, ...]:
    """Each channel of a recording; raises UsageError where all are the same, and MediaError as `read_waveform`."""
    if isinstance(source, (str, Path)):
        waveforms = read_channels(source, progress)
    else:
        waveforms = tuple(Waveform.of(channel) for channel in array_of(source))
    if are_same([waveform.samples for waveform in waveforms]):
        raise UsageError(f"{_name(source)} holds the same sound in all channels; {_REMEDY}.")
    return waveforms


_REMEDY = "leave --channels speakers out, and a diarizer tells who speaks"


def _check(source: Source) -> None:
    count = _count(source)
    if count < 2:
        raise UsageError(f"{_name(source)} has one channel, which cannot tell speakers apart; {_REMEDY}.")
    if count > MOST:
        raise UsageError(f"{_name(source)} has {count} channels, and at most {MOST} can be speakers; {_REMEDY}.")


def _count(source: Source) -> int:
    if isinstance(source, (str, Path)):
        check_file(Path(source))
        from ...media.excerpts import channels_of

        return channels_of(Path(source))
    samples = None if isinstance(source, Waveform) else array_of(source)
    return len(samples) if samples is not None and samples.ndim == 2 else 1


def _excerpts(source: Source) -> list[Samples]:
    """The channels of some excerpts."""
    if isinstance(source, (str, Path)):
        from ...media.excerpts import read_excerpts

        return read_excerpts(Path(source), MOST_EXCERPTS, EXCERPT_S)
    return [Waveform.of(channel).samples for channel in excerpts(array_of(source))[: MOST + 1]]


def _name(source: Source) -> str:
    return str(source) if isinstance(source, (str, Path)) else "The sound"
