"""A file of subtitles as it stands, to be written again: cues with their markup, and what is around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

from ...plugin.formats import FileContent, FormatRegistration
from ...subtitles.parsed import ParsedCue
from .. import ass, srt, vtt
from ..markup import VTT_TAG, marked
from ..spoken_labels import after_dash, with_speakers
from ..timed_blocks import blocks_of, lines_of
from .units import Unit, units_of, without, without_empty

_KEPT_BLOCKS = ("NOTE", "STYLE", "REGION")
_VOICE = re.compile(r"<v((?:\.[^\s.<>]+)*)[\s>]", re.I)
_ASS_UNIT = re.compile(r"(\{[^{}]*\}|\\[Nnh])")


@dataclass(frozen=True, slots=True)
class KeptCue:
    """A cue of a file: as `parsed` without labels, the `units` of its text, its `id` (a number in SRT) and `settings`.

    `classes` are those of its voices in VTT, such as `.loud`, where all have the same; `fields` those of a line of ASS,
    up to its text.
    """

    parsed: ParsedCue
    units: tuple[Unit, ...]
    id: str = ""
    settings: str = ""
    classes: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubtitleFile:
    """The content of a file: its `format`, its `cues` in order, and the lines `around` them.

    `around` has one item more than there are cues: the lines before each, then those at the end; empty in SRT.
    `name_field` is the number of the field in which ASS has the speaker, None for another format.
    """

    format: str
    cues: tuple[KeptCue, ...]
    around: tuple[str, ...]
    name_field: int | None = None


def read_file(file: FileContent, format: FormatRegistration) -> SubtitleFile | None:
    """Return the cues of a file that has been read as a transcript, so no warning is given again; None if it has none.

    Labels in the text and voices are left out. Of a format without markup that is known here, it is the text alone.
    """
    if format.read_cues is None:
        return None
    reader = _READERS.get(format.name)
    found = _plain(file, format.read_cues) if reader is None else reader(file)
    is_ours = format.name == "srt" and srt.is_ours(blocks_of(file, warns=False), file)
    return replace(found, cues=tuple(_unlabeled(found.cues, is_ours)))


def _unlabeled(cues: Sequence[KeptCue], is_ours: bool) -> Iterator[KeptCue]:
    """Yield the cues without the labels that name speakers in their text."""
    order = sorted(range(len(cues)), key=lambda number: cues[number].parsed.start_ms)
    named = dict(zip(order, with_speakers([cues[number].parsed for number in order], is_ours), strict=True))
    for number, cue in enumerate(cues):
        spans = list(_removed(cue.parsed.text, named[number].text))
        if not spans:
            yield cue
            continue
        units = without_empty(without(cue.units, spans))
        yield replace(cue, parsed=cue.parsed.without(spans), units=tuple(units))


def _removed(text: str, kept: str) -> Iterator[tuple[int, int]]:
    """Yield where the labels are that one text has and the other one lacks, with the space after them.

    Dashes stay: they are how the lines of two speakers are told apart.
    """
    keep = [False] * len(text)
    left = len(kept)
    for at in reversed(range(len(text))):
        if left and text[at] == kept[left - 1]:
            keep[at] = True
            left -= 1
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and not keep[end]:
            end += 1
        if any(map(str.isalnum, text[at:end])):
            while end < len(text) and text[end] in " \t":
                end += 1
            yield max(at, after_dash(text, at)), end
        at = max(end, at + 1)


def _srt(file: FileContent) -> SubtitleFile:
    lines, tags = lines_of(file), srt.tags_of(file)
    cues = []
    for block in blocks_of(file, warns=False):
        number = lines[block.number - 2].strip() if block.number > 1 else ""
        cue = marked(srt.body_of(block), tags).cue(block.start_ms, block.end_ms)
        units = tuple(units_of(srt.body_of(block), tags))
        cues.append(KeptCue(cue, units, number if number.isdigit() else "", block.settings))
    return SubtitleFile("srt", tuple(cues), ("",) * (len(cues) + 1))


def _vtt(file: FileContent) -> SubtitleFile:
    lines, blocks = lines_of(file), blocks_of(file, warns=False)
    cues: list[KeptCue] = []
    around, begin = [], 0
    for block in blocks:
        above, id = _above(lines[begin : block.number - 1], not cues)
        body = vtt.body_of(block)
        cue = marked(body, VTT_TAG).cue(block.start_ms, block.end_ms)
        units = units_of(body, VTT_TAG)
        spoken = tuple(unit for unit in units if unit.name != "v")
        classes = {found[1] for unit in units if (found := _VOICE.match(unit.raw))}
        cues.append(KeptCue(cue, spoken, id, block.settings, classes.pop() if len(classes) == 1 else ""))
        around.append(above)
        begin = block.number
    last, _ = _above([*lines[begin:], ""], not cues)
    return SubtitleFile("vtt", tuple(cues), (*around, last))


def _above(lines: Sequence[str], is_header: bool) -> tuple[str, str]:
    """Return the notes and styles above the times of a cue of VTT, and its identifier.

    The lines begin with the text of the cue before, unless they are the header of the file.
    """
    paragraphs = [list(group) for filled, group in groupby(lines, key=bool) if filled]
    if not is_header and lines and lines[0]:
        paragraphs = paragraphs[1:]
        is_next = len(paragraphs) > 0
    else:
        is_next = True
    id = ""
    if is_next and paragraphs and lines[-1] and not lines[-1].startswith(("WEBVTT", *_KEPT_BLOCKS)):
        id = paragraphs[-1].pop()
    kept = [each for each in paragraphs if each and (is_header or each[0].startswith(_KEPT_BLOCKS))]
    return "\n\n".join("\n".join(each) for each in kept), id


def _ass(file: FileContent) -> SubtitleFile:
    lines = file.text.splitlines()
    names = ass.fields_of(lines)
    cues, around, begin = [], [], 0
    for number, cue in ass.cues_by_line(file, warns=False).items():
        *fields, body = lines[number].partition(":")[2].split(",", len(names) - 1)
        around.append("\n".join(lines[begin:number]))
        cues.append(KeptCue(cue, tuple(_ass_units(body)), fields=tuple(fields)))
        begin = number + 1
    name_field = next((at for at, name in enumerate(names) if name in ("name", "actor")), None)
    return SubtitleFile("ass", tuple(cues), (*around, "\n".join(lines[begin:])), name_field)


def _ass_units(body: str) -> Iterator[Unit]:
    draws = False
    for token in filter(None, _ASS_UNIT.split(body)):
        if token[0] == "{":
            draws = ass.draws_after(token, draws)
            yield Unit(token, is_tag=True)
        else:
            yield Unit(token, "" if draws else {r"\h": " ", r"\n": "\n", r"\N": "\n"}.get(token, token))


def _plain(file: FileContent, read_cues: Callable[[FileContent], Sequence[ParsedCue]]) -> SubtitleFile:
    cues = [KeptCue(cue, (Unit(cue.text, cue.text),)) for cue in read_cues(file)]
    return SubtitleFile("", tuple(cues), ("",) * (len(cues) + 1))


_READERS: Mapping[str, Callable[[FileContent], SubtitleFile]] = MappingProxyType(
    {"srt": _srt, "vtt": _vtt, "ass": _ass}
)
