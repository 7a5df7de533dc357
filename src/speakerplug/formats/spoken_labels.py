"""Speakers in the text of cues: `ANA: Hi`, `- Ana: Hi`, `[SPEAKER_00]: Hi`; a colon alone names nobody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..subtitles.parsed import ParsedCue
from ..transcript import plain

# A hostile file may be of any length: these expressions look at each character only a few times.
_MARK = re.compile(r"\s*(?:([-\u2010\u2013\u2014])\s?|>{2,3}\s?)?")
_COLON = re.compile(r"(?=\S)([^\n]{1,60}?)\s?(?::\s+|\uff1a\s*)(?=\S)")
_BRACKET = re.compile(r"[\[(]([^\[\]()\n]{1,60})[\])](\s?:)?\s+(?=\S)")
_MACHINE = re.compile(
    r"(?:speaker|spk|spkr|sprecher(?:in)?|locuteur|intervenant|hablante|orador|falante|parlante|spreker|говорящий|"
    r"спикер|mówca|说话人|話者|화자)[\s_#-]{0,2}(?:\d{1,4}|[a-z])|speaker|unknown(?:[\s_]speaker)?",
    re.I,
)
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_NUMBERED = re.compile(r"(.*?)[\s#.]*(?:\d+|[ivx]{2,5})?", re.I | re.S)
_PARTICLES = frozenset("de da do dos das del della di la le van der den von zu bin ibn al el of the and y e i und et".split())
NO_NAMES = frozenset(
    """
    note notes warning caution attention important reminder remember question answer example tip tips hint fact facts
    conclusion summary result results problem solution update news breaking quote chapter part section step rule point
    title subtitle topic lesson day today tomorrow yesterday tonight now first second third fourth fifth last next
    finally so and but or then well ok okay yes no look listen again also plus ps p.s disclaimer spoiler source sources
    time date place subject re re fwd total score final option case figure table slide page item task goal idea method
    subtitles captions translation translated sync synced corrections music song singing lyrics applause laughter
    laughs laughing cheering silence inaudible crosstalk noise sighs coughs beep phone text sign caption credits
    hinweis achtung wichtig frage antwort beispiel fazit kapitel teil schritt heute morgen erstens zweitens drittens
    musik lachen gelächter applaus untertitel nota atención importante pregunta respuesta ejemplo capítulo parte paso
    hoy mañana primero segundo tercero música risas aplausos subtítulos note question réponse exemple chapitre partie
    étape aujourd'hui demain musique rires applaudissements remarque conseil résumé rappel attenzione domanda risposta
    esempio capitolo oggi domani musica risate applausi sottotitoli atenção pergunta exemplo hoje amanhã
    примечание внимание вопрос ответ пример глава часть шаг сегодня музыка смех
    """.split()
)
"""Words, without case, before a colon in prose, and sounds between brackets."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name at the beginning of a line: `start` to `end` are the positions of the label in the text of its cue.

    `form` is ":" for `Name: `, "[]" for `[Name] ` and "[]:" for `[Name]: `; `opens`: it is in the cue's first line, or
    follows a dash.
    """

    name: str
    form: str
    start: int
    end: int
    opens: bool
    follows_sentence: bool

    @property
    def is_machine(self) -> bool:
        """Whether only a program names speakers like this."""
        return self.form != "[]" and _MACHINE.fullmatch(self.name) is not None or self.is_bracketed_machine

    @property
    def is_bracketed_machine(self) -> bool:
        """Whether it is such a name between brackets."""
        return self.form != ":" and _MACHINE.fullmatch(self.name) is not None

    @property
    def is_possible(self) -> bool:
        """Whether it may be a name at all: no sentence, and no word that stands before a colon in prose."""
        numbered = _NUMBERED.fullmatch(self.name.casefold())
        prose = NO_NAMES & {self.name.casefold(), (numbered[1] if numbered else "").strip()}
        return not prose and not set(self.name) & set("?!…¿¡")

    @property
    def is_likely(self) -> bool:
        """Whether it is a name by its words: up to four, each with a capital letter or in a script without."""
        words = [word for word in _ASIDE.sub("", self.name).split() if word.lower() not in _PARTICLES]
        firsts = [char for word in words for char in [next(filter(str.isalnum, word), "")] if char]
        ends_inside = any(word[-1] in ".;" and len(word) > 4 for word in words[:-1])
        is_name = 0 < len(firsts) <= 4 and not any(map(str.islower, firsts)) and any(map(str.isalpha, self.name))
        return is_name and self.is_possible and not ends_inside


def with_speakers(cues: Sequence[ParsedCue], ours: bool = False) -> list[ParsedCue]:
    """Return the cues by start with the speakers that their text names, and without these labels.

    A file whose cues have speakers names none in the text, beside repeating them. `ours`: it has the form of our own
    files, where the first cue has a label. Elsewhere two labels are needed, unless only a program writes such a one.
    """
    if any(speaker for cue in cues for speaker, _ in cue.parts):
        return [_undashed(_unrepeated(cue)) for cue in cues]
    found = [list(_labels(cue)) for cue in cues]
    accepted, holds = _accepted(cues, found, ours)
    named, speaker = [], None
    for cue, labels in zip(cues, accepted, strict=True):
        named.append(_named(cue, labels, speaker))
        if labels:
            speaker = labels[-1].name if holds else None
    return named


def _labels(cue: ParsedCue) -> Iterator[Label]:
    """Yield what may be the label of each line."""
    text, begin = cue.text, 0
    before = ""
    for number, line in enumerate(text.split("\n")):
        mark = _MARK.match(text, begin)
        at = mark.end() if mark else begin
        end_of_line = begin + len(line)
        label = _label_at(text, at, end_of_line)
        if label is not None and before.strip() == "" or label is not None:
            name, form, end = label
            dashed = mark is not None and mark[1] is not None
            said = before.rstrip()
            opens = number == 0 or dashed or not said
            yield Label(name, form, begin, end, opens, said.endswith((".", "?", "!", "…", '"', "-", "。", "？", "！")))  # noqa: RUF001
        before = line if line.strip() else before
        begin = end_of_line + 1


def _label_at(text: str, at: int, end: int) -> tuple[str, str, int] | None:
    if at >= end:
        return None
    if found := _BRACKET.match(text, at):
        name, form = plain(found[1]), "[]:" if found[2] else "[]"
    elif found := _COLON.match(text, at):
        name, form = plain(found[1]), ":"
    else:
        return None
    return (name, form, found.end()) if name else None


def _accepted(cues: Sequence[ParsedCue], found: Sequence[list[Label]], ours: bool) -> tuple[list[list[Label]], bool]:
    """Return which labels name speakers, and whether one holds for the cues after it that have none."""
    spoken = [number for number, cue in enumerate(cues) if _is_spoken(cue)]
    if not spoken:
        return [[] for _ in cues], False
    first = found[spoken[0]][:1]
    likely = [[label for label in labels if label.is_machine or label.is_likely] for labels in found]
    labeled = [labels for labels in likely if labels and labels[0].opens]
    share = len(labeled) / len(spoken)
    counts = Counter(label.name for labels in likely for label in labels)
    opened = bool(first) and first[0].opens and (first[0].is_machine or first[0].is_likely)
    enough = sum(counts.values()) > 1
    own = ours and bool(first) and first[0].form == ":" and first[0].opens and _capital(first[0])
    own = own and (opened or sum(_capital(label) for labels in found for label in labels) > 1)
    every = enough and sum(bool(labels) and labels[0].opens for labels in found) >= 0.8 * len(spoken)
    known = {label.name for labels in found for label in labels if label.opens}

    def names(label: Label, others: Sequence[Label]) -> bool:
        """Return whether a label names a speaker."""
        if label.is_machine:
            return True
        if label.form == "[]" and (counts[label.name] < 2 or share < 0.5):
            return False
        if not label.opens and label.name not in known and not (others and label.follows_sentence):
            return False
        if own or every:
            return label.is_possible and (every or _capital(label))
        often = opened or share >= 0.25 or counts[label.name] > 1 or label.name.isupper() or bool(others)
        return enough and label.is_likely and often

    chosen: list[list[Label]] = []
    for labels in found:
        kept: list[Label] = []
        for label in labels:
            if names(label, kept):
                kept.append(label)
        chosen.append(kept)
    bracketed = any(label.form == "[]:" for labels in chosen for label in labels)
    return chosen, (own or opened or share >= 0.5) and not bracketed


def _capital(label: Label) -> bool:
    return label.is_possible and not label.name[0].islower()


def _is_spoken(cue: ParsedCue) -> bool:
    """Return whether a cue has more than a sound or a song."""
    text = cue.text.strip()
    return bool(text) and text[0] not in "♪♫#" and not (text[0] in "[(" and text[-1] in "])")


def _named(cue: ParsedCue, labels: Sequence[Label], speaker: str | None) -> ParsedCue:
    """Return the cue divided at its labels; before the first, the speaker is the one of the cue before."""
    text, parts, begin = cue.text, [], 0
    for label in labels:
        parts.append((speaker, text[begin : label.start]))
        begin, speaker = label.start, label.name
    parts.append((speaker, text[begin:]))
    divided = replace(cue, parts=tuple((who, said) for who, said in parts if said))
    return divided.without((label.start, label.end) for label in labels) if labels else divided


def _unrepeated(cue: ParsedCue) -> ParsedCue:
    """Return the cue without labels that repeat the speaker of their part."""
    begin, removed = 0, []
    for speaker, text in cue.parts:
        mark = _MARK.match(text)
        at = mark.end() if mark else 0
        if speaker is not None and text.startswith(f"{speaker}:", at):
            removed.append((begin + len(text) - len(text.lstrip()), begin + at + len(speaker) + 1))
        begin += len(text)
    return cue.without(removed) if removed else cue


def _undashed(cue: ParsedCue) -> ParsedCue:
    """Return the cue without the dashes of its lines, where they tell speakers apart that are known."""
    marks = [_MARK.match(line) for line in cue.text.split("\n")]
    is_dashed = all(mark and mark[1] for mark, line in zip(marks, cue.lines, strict=True) if line)
    if not is_dashed or len(frozenset().union(*cue.speakers)) < 2:
        return cue
    removed, begin = [], 0
    for mark, line in zip(marks, cue.text.split("\n"), strict=True):
        if mark and mark[1] and line.strip() != mark[1]:
            removed.append((begin + mark.start(1), begin + mark.end()))
        begin += len(line) + 1
    return cue.without(removed)
