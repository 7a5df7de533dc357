"""Which audio track of a recording to take: the best one that has speech."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..errors import MediaError
from ..system.arguments import named
from .tracks import AudioTrack, TrackChoice, preference
from .vad import seconds_of_speech

if TYPE_CHECKING:
    from .file import MediaFile
    from .waveform import Waveform

log = logging.getLogger(__name__)

ENOUGH_S = 1.0
"""Seconds of speech from which a track is taken; less is often a mistake of the detector."""

Decoded = TypeVar("Decoded")


def take_spoken(media: MediaFile, decode: Callable[[], Decoded], mix_of: Callable[[Decoded], Waveform]) -> Decoded:
    """Take the best track that has speech, or the one with most; return what `decode` returns for it.

    `mix_of` gives the mix of that. A file with one track is decoded without looking for speech. Says so in the log if
    the choice is not obvious. Raises MediaError where no track can be decoded.
    """
    tracks = media.tracks
    if len(tracks) == 1:
        return decode()
    best: tuple[float, AudioTrack, Decoded] | None = None
    without: list[AudioTrack] = []
    failed: MediaError | None = None
    for track in tracks:
        media.take(track)
        try:
            decoded = decode()
        except MediaError as error:
            failed = failed or error
            without.append(track)
            continue
        seconds = seconds_of_speech(mix_of(decoded), ENOUGH_S)
        if best is None or seconds > best[0]:
            best = seconds, track, decoded
        if seconds >= ENOUGH_S:
            break
        without.append(track)
    if best is None:
        raise failed or MediaError(f"{media.title} has no audio that can be decoded: copy or export it again.")
    seconds, track, decoded = best
    media.take(track)
    without = [other for other in without if other != track]
    why = _why(track, tracks, without, media.choice) if seconds > 0 else f"as none of {len(tracks)} has speech"
    if why:
        choose = f"{named('audio_track')} chooses another"
        log.info("%s: audio track %s is taken, %s; %s.", media.name or media.title, track, why, choose)
    return decoded


def _why(track: AudioTrack, tracks: Sequence[AudioTrack], without: Sequence[AudioTrack], choice: TrackChoice) -> str:
    """Return why a track was taken, other than those `without` speech; "" where that is obvious."""
    if without:
        numbers = " and ".join(str(other.number) for other in without)
        return f"as track{'s' * (len(without) > 1)} {numbers} {'have' if len(without) > 1 else 'has'} no speech"
    if choice.track is None and choice.language is not None:
        rank = preference(track, choice)[0]
        if rank < 2 and any(other.language for other in tracks):
            return f"as none is tagged with the language {choice.language}"
        if any(other.default and not track.default for other in tracks):
            return f"for its language is {choice.language}"
    rivals = [other for other in tracks if preference(other, choice) == preference(track, choice)]
    return f"the first of {len(rivals)}" if len(rivals) > 1 else ""
