"""The converter of recordings, and what keeps a recording that it could not convert from MarkItDown's own."""

from __future__ import annotations

import threading
from typing import Any, BinaryIO

from markitdown import DocumentConverter, DocumentConverterResult, FileConversionException, StreamInfo

SUFFIXES = frozenset(
    f".{name}"
    for names in (
        "aac aif aiff amr au flac m4a m4b mka mp2 mp3 oga ogg opus w64 wav wma",
        "3gp asf avi flv m2ts m4v mkv mov mp4 mpeg mpg mts mxf ogv vob webm wmv",
    )
    for name in names.split()
)
"""The suffixes of recordings; .ts is TypeScript to most who use MarkItDown."""
OTHERS = ("audio/midi", "audio/sp-midi", "audio/mpegurl", "audio/x-mpegurl", "audio/x-scpls", "video/mp2t")
"""MIME types of notes and playlists, and the one under which TypeScript may come."""
PER_CALL = ("language", "num_speakers", "min_speakers", "max_speakers")
"""Arguments of MarkItDown's `convert` that are ours; the other options are read from the environment."""


def markdown_of(file: BinaryIO, name: str, given: dict[str, Any]) -> str:
    """Return what is said in a recording as `speakerplug --md` writes it. Raises SpeakerPlugError."""
    from speakerplug import Recording
    from speakerplug.hosts import shared

    options: Any = {option: given[option] for option in PER_CALL if option in given}
    asked = shared.shared_transcriber().with_options(**options)
    return shared.markdown_of(asked.transcribe(Recording.of(file, name=name)))


class RecordingConverter(DocumentConverter):
    """Converts audio and video into Markdown with a paragraph for each turn of a speaker.

    `failure` has the error of this thread's last conversion, until it is taken.
    """

    def __init__(self) -> None:
        self.failure = threading.local()

    def accepts(self, file_stream: BinaryIO, stream_info: StreamInfo, **kwargs: Any) -> bool:
        """Return whether this is a recording by its name or MIME type; all that MarkItDown would upload is."""
        kind = (stream_info.mimetype or "").lower()
        is_media = kind.startswith(("audio/", "video/")) and not kind.startswith(OTHERS)
        return is_media or (stream_info.extension or "").lower() in SUFFIXES

    def convert(self, file_stream: BinaryIO, stream_info: StreamInfo, **kwargs: Any) -> DocumentConverterResult:
        """Return the transcript as Markdown. Whatever fails is kept for `LastResort`."""
        name = stream_info.filename or "audio"
        try:
            return DocumentConverterResult(markdown=markdown_of(file_stream, name, kwargs), title=name)
        except Exception as error:
            self.failure.error = error
            raise


class LastResort(DocumentConverter):
    """Ends a conversion that failed, before any other converter is tried.

    MarkItDown swallows what a converter's `convert` raises and tries the next one: its own converter of audio, which
    uploads the recording, or returns nothing. What `accepts` raises is the error of the whole conversion.
    """

    def __init__(self, recordings: RecordingConverter) -> None:
        self._recordings = recordings

    def accepts(self, file_stream: BinaryIO, stream_info: StreamInfo, **kwargs: Any) -> bool:
        """Raise FileConversionException if the converter before has just failed; accept nothing."""
        error = getattr(self._recordings.failure, "error", None)
        if error is None:
            return False
        del self._recordings.failure.error
        raise FileConversionException(str(error) or type(error).__name__) from error
