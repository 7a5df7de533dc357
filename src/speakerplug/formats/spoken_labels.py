"""Speakers in the text of cues: `ANA: Hi`, `- Ana: Hi`, `[SPEAKER_00]: Hi`; a colon alone names nobody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..subtitles.label_names import has_phrase, is_likely_name, is_machine_name, may_be_name
from ..subtitles.parsed import ParsedCue
from ..subtitles.sounds import is_spoken
from ..transcript import plain

# A hostile file may be of any length: these expressions look at each character only a few times.
_MARK = re.compile(r"[^\S\n]*(?:([-\u2010\u2013\u2014]|>{2,3})[^\S\n]?)?")
_COLON = re.compile(r"(?=\S)([^\n]{1,60}?)[^\S\n]?(?::\s+|\uff1a\s*)(?=\S)")
_BRACKET = re.compile(r"[\[(]([^\[\]()\n]{1,60})[\])]([^\S\n]?:)?\s+(?=\S)")
_SENTENCE_ENDS = (".", "?", "!", "…", '"', "-", "\u3002", "\uff1f", "\uff01")


@dataclass(frozen=True, slots=True)
class Label:
    """What may be a name at the beginning of a line, at `start` to `end` in the text of its cue; "" for another one.

    `form` is ":" for `Name: `, "[]" for `[Name] ` and "[]:" for `[Name]: `. `opens`: it is in the cue's first line, not
    counting sounds, or follows a dash. `follows_sentence`: the line before ends one.
    """

    name: str
    form: str
    start: int
    end: int
    opens: bool = True
    follows_sentence: bool = False

    @property
    def is_likely(self) -> bool:
        """Whether it is a name, as far as its words show."""
        return is_machine_name(self.name) or is_likely_name(self.name)

    @property
    def is_possible(self) -> bool:
        """Whether it is one where every cue, or our own file, has a label."""
        return may_be_name(self.name) and not self.name[0].islower()


def with_speakers(cues: Sequence[ParsedCue], ours: bool = False) -> list[ParsedCue]:
    """Return the cues by start with the speakers that their text names, and without these labels.

    A file whose cues have speakers names none in the text, beside repeating them. `ours`: it has the form of our own
    files, where the first cue has a label. Elsewhere two labels are needed, unless only a program writes such a one.
    """
    if any(speaker for cue in cues for speaker, _ in cue.parts):
        return [_unrepeated(_undashed(cue)) for cue in cues]
    found = [list(_labels(cue)) for cue in cues]
    evidence = _Evidence.of(cues, found, ours)
    named: list[ParsedCue] = []
    speaker: str | None = None
    for cue, labels in zip(cues, found, strict=True):
        accepted = evidence.accepted(labels)
        changes = _changes(cue, accepted) if evidence.holds or accepted else []
        divided = sorted([*accepted, *changes], key=lambda label: label.start)
        named.append(_divided(cue, divided, speaker))
        if divided:
            speaker = divided[-1].name or None if evidence.holds else None
    return named


def after_dash(text: str, position: int) -> int:
    """Return where the label of the line at this position is read: after its dash, if it has one."""
    begin = text.rfind("\n", 0, position) + 1
    mark = _MARK.match(text, begin)
    return mark.end() if mark else begin


def _labels(cue: ParsedCue) -> Iterator[Label]:
    """Yield what may be the label of each line."""
    text, begin, before, is_first = cue.text, 0, "", True
    for line in text.split("\n"):
        mark = _MARK.match(text, begin)
        at = mark.end() if mark else begin
        found = (_BRACKET.match(text, at) or _COLON.match(text, at)) if at < begin + len(line) else None
        if found and (name := plain(found[1])):
            form = ":" if found.re is _COLON else "[]:" if found[2] else "[]"
            opens = is_first or bool(mark and mark[1])
            yield Label(name, form, begin, found.end(), opens, before.endswith(_SENTENCE_ENDS))
        before, is_first = line.strip() or before, is_first and not is_spoken(line)
        begin += len(line) + 1


@dataclass(frozen=True)
class _Evidence:
    """What the labels of a file tell of each other.

    `counts`: how often each name is there; `several`: more than one is likely; `known`: names that open a cue; `share`
    of the spoken cues with a label; `opened`: the first of them has one; `every`: nearly all have one; `ours`: as in
    our own files; `brackets`: names alone in brackets come again and again; `only_marked`: cues without a label have no
    speaker.
    """

    counts: Counter[str]
    several: bool
    known: frozenset[str]
    share: float
    opened: bool
    every: bool
    ours: bool
    brackets: bool
    only_marked: bool

    @classmethod
    def of(cls, cues: Sequence[ParsedCue], found: Sequence[Sequence[Label]], ours: bool) -> _Evidence:
        """Return the evidence of all cues."""
        spoken = [labels for cue, labels in zip(cues, found, strict=True) if is_spoken(cue.text)]
        count = len(spoken) or 1
        opening = [label for label in spoken[0] if label.opens] if spoken else []
        first = next((label for label in opening if label.form != "[]"), next(iter(opening), None))
        likely = [label for labels in found for label in labels if label.is_likely]
        alone = [label.name for label in likely if label.form == "[]"]
        share = sum(any(label.opens and label.is_likely for label in labels[:1]) for labels in spoken) / count
        opened = first is not None and first.is_likely
        possible = sum(label.is_possible for labels in found for label in labels)
        return cls(
            counts=Counter(label.name for labels in found for label in labels if label.is_possible),
            several=len(likely) > 1,
            known=frozenset(label.name for labels in found for label in labels if label.opens),
            share=share,
            opened=opened,
            every=count > 1 and sum(any(label.opens for label in labels[:1]) for labels in spoken) >= 0.8 * count,
            ours=ours and first is not None and first.form == ":" and first.is_possible and (opened or possible > 1),
            brackets=share >= 0.5 and len(alone) > len(set(alone)),
            only_marked=any(label.form == "[]:" for label in likely),
        )

    @property
    def holds(self) -> bool:
        """Whether a label holds for the cues after it that have none: not where the others have no speaker."""
        return (self.ours or self.opened or self.every) and not self.only_marked

    def accepted(self, labels: Sequence[Label]) -> list[Label]:
        """Return the labels of a cue that name speakers."""
        kept: list[Label] = []
        for label in labels:
            is_like_first = bool(kept) and (label.follows_sentence or label.name.isupper() == kept[0].name.isupper())
            is_placed = label.opens or label.name in self.known or is_like_first
            if is_machine_name(label.name) or (is_placed and self._names(label, bool(kept))):
                kept.append(label)
        return kept

    def _names(self, label: Label, is_second: bool) -> bool:
        if label.form == "[]" and not (self.brackets and label.is_likely):
            return False
        if self.every or self.ours:
            is_phrase = has_phrase(label.name) and self.counts[label.name] < 2
            return not is_phrase and may_be_name(label.name) and (self.every or label.is_possible)
        often = self.opened or self.share >= 0.25 or self.counts[label.name] > 1 or label.name.isupper() or is_second
        return self.several and label.is_likely and often


def _changes(cue: ParsedCue, labels: Sequence[Label]) -> list[Label]:
    """Return where someone else begins to speak whom no label names: at ">>", and at each of several dashes."""
    marks, begin = [], 0
    for line in cue.text.split("\n"):
        mark = _MARK.match(line)
        if mark and mark[1]:
            marks.append((begin, mark[1][0]))
        begin += len(line) + 1
    named = {label.start for label in labels}
    told = [at for at, sign in marks if sign == ">" or len(marks) > 1]
    return [Label("", "", at, at) for at in told if at not in named]


def _divided(cue: ParsedCue, labels: Sequence[Label], speaker: str | None) -> ParsedCue:
    """Return the cue divided at its labels; before the first, the speaker is the one of the cue before."""
    text, parts, begin = cue.text, [], 0
    for label in labels:
        parts.append((speaker, text[begin : label.start]))
        begin, speaker = label.start, label.name or None
    parts.append((speaker, text[begin:]))
    divided = replace(cue, parts=tuple((who, said) for who, said in parts if said))
    return divided.without((label.start, label.end) for label in labels) if labels else divided


def _unrepeated(cue: ParsedCue) -> ParsedCue:
    """Return the cue without labels that repeat the speaker of their part."""
    begin, removed = 0, []
    for speaker, text in cue.parts:
        lead = len(text) - len(text.lstrip())
        mark = _MARK.match(text, lead)
        at = mark.end() if mark else lead
        for name in dict.fromkeys((speaker, speaker.upper()) if speaker is not None else ()):  # SDH has capitals
            if text.startswith(f"{name}:", at):
                removed.append((begin + lead, begin + at + len(name) + 1))
                break
        begin += len(text)
    return cue.without(removed) if removed else cue


def _undashed(cue: ParsedCue) -> ParsedCue:
    """Return the cue without the dashes of its lines, where they tell speakers apart that are known."""
    lines = cue.text.split("\n")
    marks = [_MARK.match(line) for line in lines]
    is_dashed = all(mark and mark[1] for mark, line in zip(marks, lines, strict=True) if line.strip())
    if not is_dashed or len(frozenset().union(*cue.speakers)) < 2:
        return cue
    removed, begin = [], 0
    for mark, line in zip(marks, lines, strict=True):
        if mark and mark[1] and line.strip() != mark[1]:
            removed.append((begin + mark.start(1), begin + mark.end()))
        begin += len(line) + 1
    return cue.without(removed)
