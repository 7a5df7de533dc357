"""Labels: speaker names shown before the text of cues, and the columns they take."""

from __future__ import annotations

from collections.abc import Sequence

from ..attribution.text import display_width
from ..transcript import Transcript, plain
from .rules import CueRules
from .tokens import Token

DASH = "- "
"""What announces that another speaker follows, where names are not wanted."""


class Labels:
    """The labels of speakers by `rules`."""

    def __init__(self, transcript: Transcript, rules: CueRules) -> None:
        self.mode = rules.labels or ("change" if rules.sdh else "never")
        self._in_capitals = rules.sdh
        self._names = {speaker.id: plain(speaker.name) or plain(speaker.id) for speaker in transcript.speakers}

    def of(self, speaker: str | None) -> str:
        """Return `Name: `, or an empty string without labels or for an unassigned speaker."""
        if speaker is None or self.mode in ("never", "dash"):
            return ""
        name = self._names.get(speaker) or plain(speaker)
        name = name.upper() if self._in_capitals else name
        return f"{name}: " if name else ""

    def each(self, groups: Sequence[list[Token]]) -> list[str]:
        """Return the label of each group, in order."""
        speakers = [group[0].speaker for group in groups]
        before = [None, *speakers]
        if self.mode == "dash":
            pairs = zip(speakers, before, strict=False)
            return [DASH if speaker is not None and last not in (None, speaker) else "" for speaker, last in pairs]
        return [
            self.of(speaker) if self.mode == "always" or speaker != last else ""
            for speaker, last in zip(speakers, before, strict=False)
        ]


def reserved_by(label: str, rules: CueRules, first: str = "") -> int:
    """Return the columns that a label takes of the first line: all of them where it gets a line of its own.

    It gets one where it takes more than half of the line, or leaves no room for the `first` word.
    """
    width = display_width(label)
    alone = bool(label) and (width * 2 > rules.columns or width + display_width(first) > rules.columns)
    return rules.columns if alone and rules.lines > 1 else width
