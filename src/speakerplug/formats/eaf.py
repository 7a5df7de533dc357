"""EAF, the documents of ELAN: per speaker a tier of utterances, and below it a tier of their words.

Form: "ELAN Annotation Format, schema version 3.0" (Max Planck Institute for Psycholinguistics).
"""

from __future__ import annotations

import logging
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from mimetypes import guess_type
from urllib.parse import quote
from xml.etree.ElementTree import Element, indent, tostring

from ..attribution.word_times import spread
from ..plugin.formats import FileContent, FormatRegistration
from ..transcript import Transcript
from .importers.fields import seconds
from .importers.words import ParsedWords, transcript_from
from .tiers import WORDS, Interval, SpeakerTier, tiers_of, words_from
from .xml import add, attribute, parse

log = logging.getLogger(__name__)

UNASSIGNED = "default"
"""ELAN's name for the tier of a new document."""
UTTERANCE_TYPE, WORD_TYPE = "utterance", "words"
DESCRIPTION = "Time alignable annotations within the parent annotation's time interval, gaps are allowed"
SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
EPOCH = "1970-01-01T00:00:00Z"
"""The schema wants a date; ours are the same for the same transcript."""


def write(transcript: Transcript) -> str:
    """Return the transcript as EAF: the participant of a tier is the speaker; times in milliseconds."""
    tiers = tiers_of(transcript)
    document = Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "SpeakerPlug",
            "DATE": EPOCH,
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": XSI,
            "xsi:noNamespaceSchemaLocation": SCHEMA,
        },
    )
    header = add(document, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    if file := transcript.media.file:
        # ELAN looks for it in the folder of the document.
        url, kind = quote(file, errors="replace"), guess_type(file)[0] or "unknown"
        media = {"MEDIA_URL": f"file:///{url}", "MIME_TYPE": kind, "RELATIVE_MEDIA_URL": f"./{url}"}
        add(header, "MEDIA_DESCRIPTOR", media)
    slots = _time_order(document, tiers)
    number = 0
    for tier in tiers:
        who, name = {"PARTICIPANT": tier.speaker} if tier.speaker else {}, tier.speaker or UNASSIGNED
        below = {"LINGUISTIC_TYPE_REF": WORD_TYPE, "PARENT_REF": name, "TIER_ID": name + WORDS}
        own = {"LINGUISTIC_TYPE_REF": UTTERANCE_TYPE, "TIER_ID": name}
        for attributes, intervals in ((own, tier.utterances), *((below, words) for words in tier.words)):
            element = add(document, "TIER", attributes | who)
            for interval in intervals:
                number += 1
                _annotation(element, f"a{number}", slots, interval)
    add(document, "LINGUISTIC_TYPE", {"LINGUISTIC_TYPE_ID": UTTERANCE_TYPE, "TIME_ALIGNABLE": "true"})
    alignable = {"CONSTRAINTS": "Included_In", "LINGUISTIC_TYPE_ID": WORD_TYPE, "TIME_ALIGNABLE": "true"}
    add(document, "LINGUISTIC_TYPE", alignable)
    add(document, "CONSTRAINT", {"DESCRIPTION": DESCRIPTION, "STEREOTYPE": "Included_In"})
    indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(document, encoding="unicode") + "\n"


def _time_order(document: Element, tiers: Iterable[SpeakerTier]) -> Mapping[int, str]:
    """Add the times of all intervals, and return their ids."""
    intervals = [each for tier in tiers for part in (tier.utterances, *tier.words) for each in part]
    times = sorted({time for each in intervals for time in (each.start, each.end)})
    slots = {time: f"ts{number}" for number, time in enumerate(times, 1)}
    order = add(document, "TIME_ORDER")
    for time, slot in slots.items():
        add(order, "TIME_SLOT", {"TIME_SLOT_ID": slot, "TIME_VALUE": str(time)})
    return slots


def _annotation(tier: Element, number: str, slots: Mapping[int, str], interval: Interval) -> None:
    edges = {"TIME_SLOT_REF1": slots[interval.start], "TIME_SLOT_REF2": slots[interval.end]}
    aligned = add(add(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION", {"ANNOTATION_ID": number, **edges})
    add(aligned, "ANNOTATION_VALUE", text=interval.text)


def matches(file: FileContent) -> bool:
    """Return whether it begins as a document of ELAN."""
    return "<ANNOTATION_DOCUMENT" in file.head


def read(file: FileContent) -> Transcript:
    """Return the transcript in a document of ELAN; raises MediaError for a damaged one.

    Every tier without a parent is a speaker's: its participant, else its name. The tiers below it give the times of
    words, if they divide its text. Tiers with other content are left out with a warning.
    """
    return transcript_from(lambda: _parsed(file), "ELAN's EAF", file.path)


@dataclass(frozen=True, slots=True)
class _Tier:
    name: str
    participant: str
    parent: str | None
    intervals: tuple[Interval, ...]
    """Without those of annotations that refer to another one and have no times."""
    references: int
    """How many of these there are."""

    @property
    def characters(self) -> int:
        return sum(len(interval.text) for interval in self.intervals)


def _parsed(file: FileContent) -> ParsedWords:
    document = parse(file.data)
    slots = {slot.get("TIME_SLOT_ID", ""): seconds(slot.get("TIME_VALUE"), 1000) for slot in document.iter("TIME_SLOT")}
    tiers = [_tier(element, slots) for element in document.iter("TIER")]
    roots = _spoken([tier for tier in tiers if tier.parent is None and tier.intervals])
    if not roots and any(tier.intervals or tier.references for tier in tiers):
        raise ValueError("no tier without a parent has annotations with times")
    children: dict[str, list[_Tier]] = {}
    for tier in tiers:
        children.setdefault(tier.parent or "", []).append(tier)
    spoken = [SpeakerTier(_speaker(tier), tier.intervals, tuple(_below(tier.name, children))) for tier in roots]
    spoken_names = {tier.name for tier in roots}
    others = [tier.name for tier in tiers if tier.parent is None and tier.intervals and tier.name not in spoken_names]
    if others:
        log.warning(
            "%s: the tiers %s overlap others of the same participant and are left out; delete in ELAN what is no text.",
            file.path,
            ", ".join(others)[:200],
        )
    return words_from(spoken)


def _speaker(tier: _Tier) -> str:
    return tier.participant or ("" if tier.name == UNASSIGNED else tier.name)


def _below(name: str, children: Mapping[str, Sequence[_Tier]]) -> list[tuple[Interval, ...]]:
    """Return the intervals of each tier below a tier, at any depth."""
    found: dict[str, _Tier] = {}
    waiting = [name]
    while waiting:
        new = [child for child in children.get(waiting.pop(), ()) if child.name not in found]
        found |= {child.name: child for child in new}
        waiting += [child.name for child in new]
    return [tier.intervals for tier in found.values()]


def _spoken(roots: Sequence[_Tier]) -> list[_Tier]:
    """Return the tiers, of several of a participant that overlap in time only the one with most text."""
    kept: set[int] = set()
    taken: dict[str, list[tuple[int, int]]] = {}
    for index in sorted(range(len(roots)), key=lambda index: -roots[index].characters):
        tier = roots[index]
        own = taken.setdefault(tier.participant, []) if tier.participant else []
        if not any(_meets(each, own) for each in tier.intervals):
            kept.add(index)
            for each in tier.intervals:
                insort(own, (each.start, each.end))
    return [tier for index, tier in enumerate(roots) if index in kept]


def _meets(interval: Interval, taken: Sequence[tuple[int, int]]) -> bool:
    """Return whether an interval overlaps one of those that are taken, by start, which do not overlap."""
    place = bisect_left(taken, (interval.end,))
    return place > 0 and taken[place - 1][1] > interval.start


def _tier(element: Element, slots: Mapping[str, float | None]) -> _Tier:
    aligned = list(element.iter("ALIGNABLE_ANNOTATION"))
    return _Tier(
        attribute(element, "TIER_ID") or "",
        (attribute(element, "PARTICIPANT") or "").strip(),
        attribute(element, "PARENT_REF"),
        tuple(_intervals(aligned, slots)),
        sum(1 for _ in element.iter("REF_ANNOTATION")),
    )


def _intervals(annotations: Iterable[Element], slots: Mapping[str, float | None]) -> Iterator[Interval]:
    """Yield annotations that have text; those without times between them share the time by the length of their text."""
    waiting: list[tuple[str, str, str]] = []
    for each in annotations:
        waiting.append((each.get("TIME_SLOT_REF1", ""), each.get("TIME_SLOT_REF2", ""), _text(each)))
        if slots[waiting[-1][1]] is not None:
            yield from _shared(waiting, slots)
            waiting = []
    if waiting:
        raise ValueError("an annotation has no end")


def _shared(chain: Sequence[tuple[str, str, str]], slots: Mapping[str, float | None]) -> Iterator[Interval]:
    start, end = slots[chain[0][0]], slots[chain[-1][1]]
    if start is None or end is None:
        raise ValueError("an annotation has no start")
    times = spread([len(text) or 1 for _, _, text in chain], start, end)
    for (_, _, text), (begin, finish) in zip(chain, times, strict=True):
        if text.strip():
            yield Interval(round(begin * 1000), round(finish * 1000), text)


def _text(annotation: Element) -> str:
    return "".join(annotation.itertext()).strip()


FORMAT = FormatRegistration(
    "eaf",
    "ELAN's documents: a tier of utterances and of words per speaker",
    ".eaf",
    write,
    for_programs=True,
    matches=matches,
    read=read,
)
