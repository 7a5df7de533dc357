"""Keep the cues of subtitles: the same number, times, markup and order, each with its speaker."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from types import MappingProxyType

from ...plugin.formats import FormatRegistration
from ...subtitles import PROFILES, Cue, CueRules
from ...subtitles.cue_speakers import CueSpeakers, speakers_of_cues, without_sounds
from ...transcript import Transcript
from ..fields import timecode
from ..timed_blocks import listed
from .file import SubtitleFile, read_file
from .write import ass_text, cues_of, srt_text, ttml_text, vtt_text

__all__ = ["KeptCues", "SubtitleFile", "read_file", "without_speakers_of_sounds"]

log = logging.getLogger(__name__)

WRITERS = MappingProxyType({"srt": srt_text, "vtt": vtt_text, "ass": ass_text, "ttml": ttml_text})
"""The formats that keep cues; the others have none, or one for each speaker."""


@dataclass(frozen=True)
class KeptCues:
    """The cues of a file, and who speaks in each by a transcript of them."""

    file: SubtitleFile
    speakers: tuple[CueSpeakers, ...]

    @classmethod
    def of(cls, file: SubtitleFile, transcript: Transcript) -> KeptCues:
        """Return the cues with the speakers of the words of `transcript`."""
        found = speakers_of_cues([cue.parsed for cue in file.cues], transcript.words)
        return cls(file, tuple(found))

    def format(self, format: FormatRegistration) -> FormatRegistration:
        """Return a format that writes these cues in place of new ones, if it is one that can."""
        writer = WRITERS.get(format.name)
        if writer is None:
            return format

        def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
            """Return the cues as the text of a file."""
            return writer(self.file, self.speakers, transcript, rules)

        return replace(format, write=write)

    def script(self, transcript: Transcript, rules: CueRules | None) -> str:
        """Return the cues as ASS."""
        return ass_text(self.file, self.speakers, transcript, rules or PROFILES["netflix"])

    def track(self, transcript: Transcript, rules: CueRules | None) -> list[Cue]:
        """Return the cues for a track, which shows one at a time: by start, each up to the next one, without markup."""
        rules = (rules or PROFILES["netflix"]).for_srt
        cues = [cue for cue in cues_of(self.file, self.speakers, transcript, rules) if cue.lines]
        cues.sort(key=lambda cue: cue.start)
        ended = zip(cues, [*(cue.start for cue in cues[1:]), float("inf")], strict=True)
        return [replace(cue, end=min(cue.end, end)) for cue, end in ended if cue.start < min(cue.end, end)]

    def report(self) -> None:
        """Log how many cues were kept, and in which of them several speak."""
        times = [
            timecode(cue.parsed.start_ms / 1000, ".")
            for cue, who in zip(self.file.cues, self.speakers, strict=True)
            if len(who.speakers) > 1
        ]
        count = len(self.file.cues)
        log.info("Kept %s", "1 cue" if count == 1 else f"{count} cues")
        if times:
            both = "1 cue" if len(times) == 1 else f"{len(times)} cues"
            log.info("Two or more speak in %s: %s", both, listed(times))
            log.debug("All cues in which two or more speak: %s", ", ".join(times))


def without_speakers_of_sounds(file: SubtitleFile, transcript: Transcript) -> Transcript:
    """Return the transcript of the cues of a file with no speaker for sounds: `[MUSIC]`, `♪ la ♪`."""
    return replace(transcript, words=without_sounds([cue.parsed for cue in file.cues], transcript.words))
