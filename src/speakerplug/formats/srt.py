"""SubRip: numbered cues; `Name: ` begins a cue where the speaker changes, as the format has no speakers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..subtitles.parsed import ParsedCue
from ..transcript import Transcript
from .fields import timecode
from .markup import SRT_TAG, VOICE_TAG, marked
from .subtitles import transcript_from_cues
from .timed_blocks import Block, blocks_of, has_times

_PRINTED = re.compile(r"\s*\[\d{1,3}:")
_VOICE = re.compile(r"<c>|^<v[\s.][^<>]*>", re.MULTILINE | re.IGNORECASE)


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as SubRip text, without markup or entities; empty where there is nothing to show."""
    return "\n".join(_block(number, cue) for number, cue in enumerate(cues_from(transcript, rules.for_srt), 1))


def _block(number: int, cue: Cue) -> str:
    # "-->" in text would be read as the times of another cue.
    text = (cue.label + "\n".join(cue.lines)).replace("-->", "→")
    return f"{number}\n{timecode(cue.start, ',')} --> {timecode(cue.end, ',')}\n{text}\n"


def matches(file: FileContent) -> bool:
    """Return whether a line of times is near its beginning, and it is no other format with such lines.

    What Whisper prints while it works, with the times of each line in brackets, is read as well.
    """
    is_other = file.head.lstrip().startswith(("WEBVTT", "{", "[")) or file.path.suffix.lower() == ".vtt"
    return (not is_other or _PRINTED.match(file.head) is not None) and has_times(file.head)


def read(file: FileContent) -> Transcript:
    """Return the transcript in a SubRip file, with the speakers that its text names."""
    blocks = blocks_of(file)
    return transcript_from_cues(_cues(blocks, file), file.path, ours=is_ours(blocks, file))


def read_cues(file: FileContent) -> list[ParsedCue]:
    """Return the cues of a SubRip file without markup; some have blank lines within a cue, or line breaks of ASS."""
    return _cues(blocks_of(file), file)


def _cues(blocks: Iterable[Block], file: FileContent) -> list[ParsedCue]:
    tags = tags_of(file)
    return [marked(body_of(block), tags).cue(block.start_ms, block.end_ms) for block in blocks]


def tags_of(file: FileContent) -> re.Pattern[str]:
    """Return the tags of a file: also those of WebVTT where it has been made of it."""
    return VOICE_TAG if _VOICE.search(file.text) else SRT_TAG


def body_of(block: Block) -> str:
    """Return the text of a cue with its markup."""
    return "\n".join(filter(str.strip, block.lines)).replace(r"\N", "\n")


def is_ours(blocks: Iterable[Block], file: FileContent) -> bool:
    """Return whether these cues would be written exactly like the file."""
    written = [
        f"{number}\n{timecode(block.start_ms / 1000, ',')} --> {timecode(block.end_ms / 1000, ',')}\n{body_of(block)}\n"
        for number, block in enumerate(blocks, 1)
    ]
    return "\n".join(written) == file.text.replace("\r\n", "\n")


FORMAT = FormatRegistration(
    "srt",
    "SubRip subtitles with a name where the speaker changes",
    ".srt",
    write,
    takes=("rules",),
    matches=matches,
    read=read,
    read_cues=read_cues,
)
