"""The values that travel through SpeakerPlug: words, turns, diarization, transcript.

All are frozen; every change makes a complete new value. Times are float seconds from the start of the recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import UsageError, insist, shown

if TYPE_CHECKING:
    from .subtitles import CueRules


LONGEST_NAME = 1000
"""Maximum number of characters in a speaker's name, which goes into every cue: a file with longer ones is damaged."""

_UNPRINTABLE = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""Control characters, and lone surrogates (from a file name that is not UTF-8), which cannot be encoded."""


@dataclass(frozen=True, slots=True)
class Word:
    """One recognized word, its speaker and how that was decided.

    `text` has no white space around it; `joined` means that it follows the word before without a
    space, as in Chinese or for a split-off suffix. `start` and `end` are None only before attribution, for a
    word whose recognizer gave no times; `estimated` marks times that were interpolated from the neighbors.
    `confidence` is the recognizer's probability (0 to 1). `method`, `speaker_confidence` (the probability that the
    speaker is right) and `others` (who else talks during the word) come from attribution. `begins_segment` marks the
    first word of a cue or segment whose words have estimated times: cues need not cut what was one.
    """

    text: str
    start: float | None
    end: float | None
    speaker: str | None = None
    confidence: float | None = None
    method: str | None = None
    speaker_confidence: float | None = None
    joined: bool = False
    estimated: bool = False
    others: tuple[str, ...] = ()
    begins_segment: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """A segment, `start` to `end`, in which one speaker is talking."""

    start: float
    end: float
    speaker: str

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker of the recording: words and turns refer to the `id`, people read the `name`."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SpeakerTree:
    """The dendrogram of the exclusive turns by speaker similarity, without the speaker embeddings themselves.

    `groups` has the number of its group for each exclusive turn. `joins` are pairs of groups in the order in which they
    are merged: the one that stays, and the one merged into it. Without the last n - 1 joins there are n speakers.
    """

    groups: tuple[int, ...] = ()
    joins: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when: `turns`, which may overlap, and `exclusive` ones, which never do, both sorted by start.

    `artifacts`, if requested and supported, are the diarizer's intermediate results. `derived` means that the
    exclusive turns were derived from the others, as the diarizer gave none of its own. `speaker_tree`, if known,
    is the dendrogram of the exclusive turns. `speakers_range` has the least and the greatest plausible number of
    speakers; None if there is no doubt about the number, or the diarizer does not tell.
    """

    turns: tuple[Turn, ...] = ()
    exclusive: tuple[Turn, ...] = ()
    artifacts: Any = field(default=None, compare=False, repr=False)
    derived: bool = False
    speaker_tree: SpeakerTree | None = field(default=None, compare=False)
    speakers_range: tuple[int, int] | None = field(default=None, compare=False)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Speaker ids, in the order in which they first speak: by the exclusive turns, then by the regular ones."""
        return tuple(dict.fromkeys(turn.speaker for turn in (*self.exclusive, *self.turns)))


@dataclass(frozen=True, slots=True)
class Removed:
    """A passage whose recognized text was left out, from `start` to `end` in seconds, and the `reason`, for people."""

    start: float
    end: float
    reason: str


@dataclass(frozen=True, slots=True)
class Media:
    """The recording: its `file` name (no folder) and `duration` in seconds.

    `start` and `end` are those of the part that was transcribed, in seconds; None if that is all of it.
    """

    file: str = ""
    duration: float = 0.0
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a transcript: program and version, recognizer and its model, diarizer, device.

    `plan` is the device manager's: where and how each stage ran, and why. `timings`, if requested, are the seconds
    that each stage and step took. `digest` is that of the content when it was first written, by which it is known
    whether people have edited it since; None before.
    """

    name: str = "speakerplug"
    version: str = ""
    recognizer: str | None = None
    model: str | None = None
    diarizer: str | None = None
    device: str | None = None
    plan: Mapping[str, Any] | None = None
    timings: Mapping[str, float] | None = None
    digest: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole result: the words in spoken order, the turns behind them, and what made them.

    `removed` are the passages whose text the recognizer left out, because it could not be right.
    `language_probability` (0 to 1) is that of a detected language. `speakers_range` are the least and the greatest
    plausible number of speakers, where the diarizer was in doubt.
    """

    words: tuple[Word, ...] = ()
    turns: tuple[Turn, ...] = ()
    exclusive: tuple[Turn, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    language: str | None = None
    media: Media = field(default_factory=Media)
    provenance: Provenance = field(default_factory=Provenance)
    speaker_tree: SpeakerTree | None = None
    removed: tuple[Removed, ...] = ()
    language_probability: float | None = None
    speakers_range: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """The words as running text."""
        return text_of(self.words)

    def name_of(self, speaker: str | None) -> str | None:
        """Return the display name of a speaker id, or the id itself if it has none."""
        return next((known.name for known in self.speakers if known.id == speaker), speaker)

    def renamed(self, names: Mapping[str, str]) -> Transcript:
        """Return the transcript with new names for the speaker ids in `names`.

        Raises UsageError for an id that the transcript does not have, and for a name that is not a string.
        """
        insist("names", names, Mapping, "a dictionary of names by speaker id")
        for speaker, name in names.items():
            insist(f"The name of {shown(speaker)}", name, str, "a string")
        known = [speaker.id for speaker in self.speakers]
        for unknown in sorted(names.keys() - known, key=str):
            raise UsageError(f"There is no speaker {shown(unknown)} to name; there are: {', '.join(known) or 'none'}.")
        return replace(self, speakers=tuple(replace(s, name=names.get(s.id, s.name)) for s in self.speakers))

    def save(
        self,
        path: str | Path,
        format: str | None = None,
        rules: CueRules | None = None,
        *,
        recording: str | Path | None = None,
        embed: bool = False,
        crlf: bool = False,
        bom: bool = False,
    ) -> Path:
        """Write the transcript to `path` atomically, in the format of its suffix (or `format`), and return the path.

        `rules` shape the cues of subtitle formats. An HTML page links to the `recording` (by default, to the file of
        its name next to the page), or with `embed` contains its audio. `crlf` and `bom` add Windows line ends and a
        byte order mark for old programs, where the format allows them.
        Raises UsageError for a format that is not registered, MediaError for a recording whose audio cannot be read,
        and OutputError if `path` cannot be written.
        """
        from .formats.save import save

        return save(self, path, format, rules, recording=recording, embed=embed, crlf=crlf, bom=bom)


def plausible_numbers(transcript: Transcript) -> str | None:
    """Return the plausible numbers of speakers, "2 or 3" or "2 to 4", for people; None where there was no doubt."""
    low, high = transcript.speakers_range or (0, 0)
    return None if low == high else f"{low} {'or' if high == low + 1 else 'to'} {high}"


def can_relabel(transcript: Transcript) -> bool:
    """Return whether the speaker tree gives each plausible number of speakers; short speech has fewer groups."""
    tree, most = transcript.speaker_tree, max(transcript.speakers_range or (0, 0))
    return tree is not None and most <= len(tree.joins) + 1


def text_of(words: Iterable[Word]) -> str:
    """Return the words joined into running text, with spaces where the language has them."""
    return "".join(word.text if word.joined else " " + word.text for word in words).lstrip()


def plain(text: str) -> str:
    """Return the text as one line that any file can hold: white space collapsed, no control characters, encodable."""
    if text.isascii() and text.isalnum():
        return text
    return " ".join(text.translate(_UNPRINTABLE).split())
