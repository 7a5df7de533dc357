"""Decode the recording of the next task in a thread, while the models work on this one."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

from ..pipeline.options import Options
from ..system.threads import PREFIX, started

if TYPE_CHECKING:
    from ..media.recording import Recording

MIX = "mix"
"""The value of `channels` for which a recording is decoded as a whole."""


NAME = "prefetch"
THREAD = PREFIX + NAME
"""The name of the thread, by which its warnings are known."""


class Prefetched:
    """At most one recording that is decoded, or being decoded, ahead of its turn."""

    def __init__(self) -> None:
        self._path = ""
        self._options: Options | None = None
        self._decoding: Future[Recording] | None = None

    def begin(self, path: str, options: Options) -> None:
        """Begin to decode a recording; what was prefetched before and not taken is forgotten."""
        if options.channels != MIX:
            return
        self._path, self._options = path, options

        def decode() -> Recording:
            """Decode it as the transcriber would."""
            from ..media.recording import Recording

            recording = Recording.of(path, audio_track=options.audio_track, language=options.language)
            recording = recording.cut(options.part)
            recording.mono()
            return recording

        self._decoding = started(decode, NAME)

    def is_of(self, path: str) -> bool:
        """Return whether this recording was prefetched."""
        return self._decoding is not None and self._path == path

    def take(self, path: str, options: Options) -> Recording | None:
        """Return the recording, when it is decoded; None if it was not prefetched, or failed: then it fails again."""
        if self._decoding is None or (path, options) != (self._path, self._options):
            return None
        decoding, self._decoding = self._decoding, None
        with suppress(Exception):
            return decoding.result()
        return None
