"""Labels: the names that are shown before the text of cues, and the room they take."""

from __future__ import annotations

from collections.abc import Sequence

from ..attribution.text import display_width
from ..transcript import Transcript, plain
from .rules import CueRules
from .tokens import Token


class Labels:
    """What stands before the text of each speaker, where that is asked for."""

    def __init__(self, transcript: Transcript, rules: CueRules) -> None:
        self.mode = rules.labels or "never"
        self._names = {speaker.id: plain(speaker.name) or plain(speaker.id) for speaker in transcript.speakers}

    def of(self, speaker: str | None) -> str:
        """`Name: `, or nothing where no names are asked for, or nobody is the speaker."""
        if speaker is None or self.mode == "never":
            return ""
        name = self._names.get(speaker) or plain(speaker)
        return f"{name}: " if name else ""

    def each(self, groups: Sequence[list[Token]]) -> list[str]:
        """The label of each of the groups in their order."""
        speakers = [group[0].speaker for group in groups]
        before = [None, *speakers]
        return [
            self.of(speaker) if self.mode == "always" or speaker != last else ""
            for speaker, last in zip(speakers, before, strict=False)
        ]


def reserved_by(label: str, rules: CueRules, first: str = "") -> int:
    """Columns that a label takes of the first line: all, where it has that for itself.

    It has where it takes more than half of it, or leaves no room for the `first` word.
    """
    width = display_width(label)
    alone = bool(label) and (width * 2 > rules.columns or width + display_width(first) > rules.columns)
    return rules.columns if alone and rules.lines > 1 else width
