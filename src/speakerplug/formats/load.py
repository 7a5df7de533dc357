"""Reads a transcript back from the file it was saved to: JSON, or subtitles; and what other programs wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ..attribution import timed_words
from ..errors import MediaError, UsageError
from ..plugin.validation import admitted_diarization, admitted_words
from ..transcript import LONGEST_NAME, Diarization, Transcript
from .importers import is_ctm, lenient_json, load_ctm, load_foreign
from .json import SCHEMA, VERSION
from .subtitles import READERS, read_subtitles

_SRT = re.compile(r"(\d+[^\S\n]*\n\s*)?(\d+:)?\d+:\d+[,.]\d+\s*-->")


@dataclass(frozen=True, slots=True)
class _Header:
    """What tells a transcript from other JSON, and its version from later ones."""

    schema: str
    version: str


def load(path: str | Path) -> Transcript:
    """The transcript that was saved as JSON at `path`; keys that this version does not know are left out.

    Of subtitles (WebVTT, SubRip) it is what they hold: names, and words with estimated times. What other programs wrote
    (docs/attribute.md) is told by what it holds; its speakers' runs of words are the turns. Raises MediaError for a
    file that is missing, unreadable or damaged, UsageError for one that is no transcript or was written by a newer
    major version.
    """
    path = Path(path)
    data = read_bytes(path)
    kind = _kind(data) or path.suffix.lower()[1:]
    if f".{kind}" in READERS:
        return read_subtitles(data, path, kind)
    if kind == "ctm":
        return load_ctm(data, path)
    if kind == "rttm":
        raise UsageError(f"{path} holds turns and no words; give it to `speakerplug attribute WORDS --rttm`.")
    header = _header(data, path)
    return _decoded(data, path, header) if header.schema == SCHEMA else load_foreign(data, path)


def load_json(data: bytes, path: str | Path) -> Transcript:
    """The transcript in the `data` of a JSON file; `path` is for messages. Raises what `load` does."""
    return _decoded(data, path, _header(data, path))


def read_bytes(path: Path) -> bytes:
    """What the file holds, without a byte order mark; raises MediaError where it cannot be read."""
    try:
        return path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except FileNotFoundError as error:
        raise MediaError(f"There is no file {path}; check the path.") from error
    except IsADirectoryError as error:
        raise MediaError(f"{path} is a folder; name the .json file of a transcript in it.") from error
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error


def _kind(data: bytes) -> str:
    """What the file is by how it begins: vtt, srt, ctm, rttm, json; empty where that tells nothing."""
    head = data[:4096].decode("utf-8", "replace")
    if head.startswith("WEBVTT"):
        return "vtt"
    if _SRT.match(head.lstrip()):
        return "srt"
    if head.startswith("SPEAKER "):
        return "rttm"
    if head.lstrip()[:1] in ("{", "["):
        return "json"
    return "ctm" if is_ctm(head) else ""


def _header(data: bytes, path: str | Path) -> _Header:
    import msgspec

    try:
        return msgspec.json.decode(data, type=_Header)
    except msgspec.ValidationError:
        return _Header("", "")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        document = lenient_json(data)
        if isinstance(document, dict) and document.get("schema") == SCHEMA:
            return _Header(SCHEMA, str(document.get("version")))
        if document is not None:
            return _Header("", "")
        raise MediaError(f"{path} is not JSON or is damaged ({error}); save the transcript again as .json.") from error


def _decoded(data: bytes, path: str | Path, header: _Header) -> Transcript:
    import msgspec

    _check(header, path)
    try:
        transcript = _transcript(data)
    except (msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise MediaError(f"{path} is a damaged transcript ({error}); save it again as .json.") from error
    longest = max((len(speaker.name or speaker.id) for speaker in transcript.speakers), default=0)
    if longest > LONGEST_NAME:
        raise MediaError(f"{path} has a speaker with a name of {longest} characters; give a shorter one.")
    return _admitted(transcript, str(path))


def _transcript(data: bytes) -> Transcript:
    """Of JSON that only Python writes, such as with NaN, too."""
    import msgspec

    try:
        return msgspec.json.decode(data, type=Transcript)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.convert(lenient_json(data), Transcript)


def _admitted(transcript: Transcript, source: str) -> Transcript:
    """The transcript with its words and turns through the gate; its length counts where it was measured by us."""
    duration = (transcript.media.duration or None) if transcript.provenance.version else None
    given = Diarization(transcript.turns, transcript.exclusive, speaker_tree=transcript.speaker_tree)
    found = admitted_diarization(given, source, duration)
    words = tuple(timed_words(admitted_words(transcript.words, source, duration)))
    return replace(
        transcript, words=words, turns=found.turns, exclusive=found.exclusive, speaker_tree=found.speaker_tree
    )


def _check(header: _Header, path: str | Path) -> None:
    if header.schema != SCHEMA:
        raise UsageError(f"{path} is JSON but not a SpeakerPlug transcript; name a file that was saved as .json.")
    major, known = header.version.split(".")[0], VERSION.split(".")[0]
    if major != known:
        raise UsageError(
            f"{path} has format version {header.version!r} and this SpeakerPlug reads {known}.x; update SpeakerPlug."
        )
