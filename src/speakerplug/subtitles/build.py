"""Build the cues of a transcript: segment each speaker's words, then sort, label, lay out and time the cues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..attribution.text import display_width
from ..transcript import Transcript, Word
from .dual_speaker import merge_pairs
from .labels import Labels, reserved_by
from .line_breaks import lines_of
from .rules import NETFLIX, CueRules
from .segment import Timeline, segment
from .sounds import bracketed
from .timing import SpokenText, times_of
from .tokens import Token, Widths, joined_text, tokens_of


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle shown from `start` to `end` (seconds): words of one speaker, in one or more lines.

    `label` is shown before the first line: a name and a colon, or nothing. A cue of two speakers, which only
    `dual="hyphen"` makes, has a line for each, in the order of `speakers`; `speaker` is the first of them.
    """

    start: float
    end: float
    speaker: str | None
    words: tuple[Word, ...]
    lines: tuple[str, ...]
    label: str = ""

    @property
    def speakers(self) -> tuple[str | None, ...]:
        """The speakers of the words, in order of appearance."""
        return tuple(dict.fromkeys(word.speaker for word in self.words))


Group = list[Token]


def cues_from(transcript: Transcript, rules: CueRules = NETFLIX) -> tuple[Cue, ...]:
    """Return the transcript as sorted cues by `rules`; with `overlap="clip"` none begins before the last one ends.

    Every word with visible text is in exactly one cue, those of a speaker in their order. Cue times are whole
    milliseconds, in seconds. Only a single word, or a name, that is wider than a line makes a line too wide.
    """
    if rules.sdh:
        transcript = replace(transcript, words=bracketed(transcript.words))
    names = Labels(transcript, rules)
    groups = _fitting(_cut_all(transcript, rules, names), rules, names)
    if rules.overlap == "stack":
        own: dict[str | None, list[list[Group]]] = {}
        for group in groups:
            own.setdefault(group[0].speaker, []).append([group])
        cues = [cue for each in own.values() for cue in _shown(each, rules, names)]
        return tuple(sorted(cues, key=lambda cue: (cue.start, cue.end)))
    blocks = merge_pairs(groups, rules, names.of) if rules.dual == "hyphen" else [[group] for group in groups]
    return tuple(_shown(blocks, rules, names))


def _cut_all(transcript: Transcript, rules: CueRules, names: Labels) -> list[Group]:
    spoken = tokens_of(transcript.words, rules.columns, transcript.language)
    alone = rules.overlap == "stack"
    shared = Timeline() if alone else Timeline.of(*spoken)
    groups: list[Group] = []
    for own in spoken:
        timeline = Timeline.of(own) if alone else shared
        label = names.of(own[0].speaker) if names.mode == "always" else ""
        groups += segment(own, rules, timeline, reserved_by(label, rules))
    return _sorted(groups)


def _sorted(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: group[0].start)


def _fitting(groups: list[Group], rules: CueRules, names: Labels) -> list[Group]:
    """Return the groups, segmented again where a label does not fit; that can add labels, so in up to three rounds."""
    for _ in range(3):
        labels = names.each(groups)
        full = [
            len(group) > 1 and bool(label) and not _fits(group, label, rules)
            for group, label in zip(groups, labels, strict=True)
        ]
        if not any(full):
            break
        empty = Timeline()
        again = [
            segment(group, rules, empty, reserved_by(label, rules)) if is_full else [group]
            for group, label, is_full in zip(groups, labels, full, strict=True)
        ]
        groups = _sorted([group for parts in again for group in parts])
    return groups


def _fits(group: Group, label: str, rules: CueRules) -> bool:
    widths = Widths(group)
    if widths.width(0, len(group)) + display_width(label) <= rules.columns:
        return True
    reached = widths.reach(0, rules.columns - reserved_by(label, rules, group[0].text))
    for _ in range(rules.lines - 1):
        reached = widths.reach(reached, rules.columns)
    return reached == len(group)


def _shown(blocks: Sequence[Sequence[Group]], rules: CueRules, names: Labels) -> list[Cue]:
    labels = names.each([block[-1] for block in blocks])
    laid = [_laid_out(block, label, rules, names.of) for block, label in zip(blocks, labels, strict=True)]
    spoken = [
        SpokenText(
            block[0][0].start, max(group[-1].end for group in block), display_width(cue.label + "".join(cue.lines))
        )
        for block, cue in zip(blocks, laid, strict=True)
    ]
    return [
        replace(cue, start=start / 1000, end=end / 1000)
        for cue, (start, end) in zip(laid, times_of(spoken, rules), strict=True)
    ]


def _laid_out(block: Sequence[Group], label: str, rules: CueRules, label_of: Callable[[str | None], str]) -> Cue:
    """Return the cue of a block, without times."""
    words = tuple(word for group in block for token in group for word in token.words)
    speaker = block[0][0].speaker
    if len(block) > 1:
        lines = tuple(f"-{label_of(group[0].speaker)}{joined_text(group)}" for group in block)
        return Cue(0.0, 0.0, speaker, words, lines)
    (group,) = block
    reserved = reserved_by(label, rules, group[0].text)
    text = joined_text(group)
    if display_width(label + text) <= rules.columns:
        return Cue(0.0, 0.0, speaker, words, (text,), label)
    if reserved == rules.columns and rules.lines > 1:
        return Cue(0.0, 0.0, speaker, words, lines_of(group, rules.columns, rules.lines - 1), label.rstrip() + "\n")
    return Cue(0.0, 0.0, speaker, words, lines_of(group, rules.columns, rules.lines, reserved), label)
