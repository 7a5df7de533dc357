"""The audio tracks of a container: what each says of itself, and which is the best to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import MediaError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

ASIDE = ("comment", "hearing_impaired", "visual_impaired", "descriptions", "karaoke", "lyrics")
"""FFmpeg's flags of tracks that are no main audio."""
NO_LANGUAGE = ("", "und", "mis", "mul", "zxx", "qaa")  # codespell:ignore mis


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One audio track: its `number` among the audio tracks, from 1, its `index` among all streams, and its tags.

    `language` is as tagged, "" for none; `default` and `main` are flags (a commentary is not `main`).
    """

    number: int
    index: int
    language: str = ""
    title: str = ""
    default: bool = False
    main: bool = True
    audio: str = ""

    def __str__(self) -> str:
        about = ", ".join(filter(None, (self.language, self.title)))
        return f"{self.number} ({about})" if about else str(self.number)


@dataclass(frozen=True, slots=True)
class TrackChoice:
    """Which track is wanted: `track` is a number, or a language by its code; `language` is that of the recording."""

    track: int | str | None = None
    language: str | None = None


def tracks_of(container: InputContainer, title: object) -> tuple[AudioTrack, ...]:
    """Return the audio tracks that can be decoded, in order. Raises MediaError where there is none."""
    if not container.streams.audio:
        raise MediaError(f"{title} has no audio stream: choose a recording with one.")
    tracks = [_track(number, stream) for number, stream in enumerate(container.streams.audio, 1)]
    found = tuple(track for track in tracks if container.streams[track.index].codec_context is not None)
    if not found:
        raise MediaError(f"The audio codec of {title} is not supported: convert it to AAC or WAV.")
    return found


def ranked(tracks: Sequence[AudioTrack], choice: TrackChoice, title: object) -> tuple[AudioTrack, ...]:
    """Return the tracks that `choice` admits, the best first: by language, default flag, main audio, and order.

    A track without a language is better than one of another language. Raises MediaError where none is admitted.
    """
    admitted = [track for track in tracks if choice.track is None or _is(track, choice.track)]
    if not admitted:
        there = "; ".join(map(str, tracks))
        raise MediaError(f"{title} has no audio track {choice.track}: choose one of its tracks, {there}.")
    return tuple(sorted(admitted, key=lambda track: preference(track, choice), reverse=True))


def preference(track: AudioTrack, choice: TrackChoice) -> tuple[int, bool, bool]:
    """Return what ranks a track, before its order: the higher, the better."""
    speaks = 0 if choice.language is None else 1
    if choice.language is not None and track.language:
        speaks = 2 if _speaks(track, choice.language) else 0
    return speaks, track.default, track.main


def _track(number: int, stream: AudioStream) -> AudioTrack:
    from av.stream import Disposition

    flags = stream.disposition
    language = stream.metadata.get("language", "").strip()
    decoder = stream.codec_context
    return AudioTrack(
        number,
        stream.index,
        "" if language.lower() in NO_LANGUAGE else language,
        stream.metadata.get("title", ""),
        bool(flags & Disposition.default),
        not any(flags & Disposition[name] for name in ASIDE),
        f"{decoder.name}, {decoder.layout.name}, {decoder.sample_rate} Hz" if decoder is not None else "not supported",
    )


def _is(track: AudioTrack, wanted: int | str) -> bool:
    return track.number == wanted if isinstance(wanted, int) else bool(track.language) and _speaks(track, wanted)


def _speaks(track: AudioTrack, language: str) -> bool:
    return _code(track.language) == _code(language)


def _code(language: str) -> str:
    """Return the shortest code of a language: `de` for de, deu, ger and de-AT; what is no code, as it is."""
    import langcodes

    try:
        return langcodes.Language.get(language).language or language
    except ValueError:
        return language.lower()
