"""TTML, in the IMSC profile for text: cues whose speakers are agents, and the time of each word where it is asked for.

Form: W3C, "Timed Text Markup Language 2" and "TTML Profiles for Internet Media Subtitles and Captions 1.1". Libraries
for it read how cues look and drop who speaks, so cues are read here: those of the drafts (DFXP) and of Apple, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, tostring

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..subtitles.parsed import ParsedCue
from ..transcript import Transcript
from .fields import speaker_names, timecode
from .importers.words import ParsedWords, transcript_from
from .karaoke import parts_of
from .languages import language_code
from .subtitles import transcript_from_cues
from .ttml_cues import TimedCue, cues_of, words_of
from .xml import add, attribute, escaped, local, parse

NAMESPACES = {
    "xmlns": "http://www.w3.org/ns/ttml",
    "xmlns:ttm": "http://www.w3.org/ns/ttml#metadata",
    "xmlns:ttp": "http://www.w3.org/ns/ttml#parameter",
    "xmlns:tts": "http://www.w3.org/ns/ttml#styling",
}
_ROOT = re.compile(r"<(?:\w+:)?tt[\s>]")
PROFILE = "http://www.w3.org/ns/ttml/profile/imsc1.1/text"
REGION = {"tts:origin": "10% 10%", "tts:extent": "80% 80%", "tts:displayAlign": "after", "tts:textAlign": "center"}


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as TTML; `rules.words` writes a span per word, with its time within the cue."""
    return document(transcript, cues_from(transcript, rules), rules)


def document(transcript: Transcript, cues: Sequence[Cue], rules: CueRules) -> str:
    """Return these cues of a transcript as TTML."""
    name_of = speaker_names(transcript)
    speakers = dict.fromkeys(speaker for cue in cues for speaker in cue.speakers if speaker is not None)
    agents = {speaker: f"speaker{number}" for number, speaker in enumerate(speakers, 1)}
    root = Element("tt", {**NAMESPACES, "ttp:contentProfiles": PROFILE, "xml:lang": transcript.language or ""})
    head = add(root, "head")
    metadata = add(head, "metadata")
    for speaker, agent in agents.items():
        person = add(metadata, "ttm:agent", {"type": "person", "xml:id": agent})
        add(person, "ttm:name", {"type": "full"}, name_of(speaker))
    add(add(head, "layout"), "region", {"xml:id": "bottom", **REGION})
    division = add(add(root, "body"), "div", {"region": "bottom"})
    for cue in cues:
        times = {"begin": timecode(cue.start, "."), "end": timecode(cue.end, ".")}
        paragraph = add(division, "p", times | _by(cue.speaker, agents, len(cue.speakers) == 1))
        _fill(paragraph, cue, rules, agents)
        paragraph.tail = "\n"
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _by(speaker: str | None, agents: dict[str, str], alone: bool = True) -> dict[str, str]:
    return {"ttm:agent": agents[speaker]} if alone and speaker is not None else {}


def _append(element: Element, text: str) -> None:
    """Add text at the end of an element, after what it has."""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + escaped(text)
    else:
        element.text = (element.text or "") + escaped(text)


def _fill(paragraph: Element, cue: Cue, rules: CueRules, agents: dict[str, str]) -> None:
    """Add the lines of a cue; in a cue of two speakers, each is a span with its agent."""
    label, *more = cue.label.split("\n")
    _append(paragraph, label)
    for _ in more:
        add(paragraph, "br")
    timed = list(parts_of(cue)) if rules.words else [()] * len(cue.lines)
    for number, (line, parts) in enumerate(zip(cue.lines, timed, strict=True)):
        if number:
            add(paragraph, "br")
        place = paragraph
        if len(cue.speakers) > 1:
            place = add(paragraph, "span", _by(cue.speakers[number], agents))
        if not parts:
            _append(place, line)
        for part in parts:
            if part.start is None:
                _append(place, part.text)
            else:
                add(place, "span", {"begin": f"{max(0.0, part.start - cue.start):.3f}s"}, part.text)


def matches(file: FileContent) -> bool:
    """Return whether its root element is TTML's."""
    return _ROOT.search(file.head) is not None


def read(file: FileContent) -> Transcript:
    """Return the transcript in a TTML document, with the times of words where it has some; speakers are its agents.

    Raises ValueError for a damaged document, and for one with paragraphs but no text.
    """
    root, cues = _parsed(file)
    if any(part.start is not None for cue in cues for part in cue.parts):
        words = tuple(word for cue in cues for word in words_of(cue))
        found = transcript_from(lambda: ParsedWords(words), "TTML", file.path)
    else:
        found = transcript_from_cues(map(_shown, cues), file.path)
    return replace(found, language=language_code(attribute(root, "lang") or None))


def read_cues(file: FileContent) -> list[ParsedCue]:
    """Return the cues of a TTML document."""
    return [_shown(cue) for cue in _parsed(file)[1]]


def _parsed(file: FileContent) -> tuple[Element, list[TimedCue]]:
    root = parse(file.data)
    cues = cues_of(root)
    if not cues and any(isinstance(each.tag, str) and local(each.tag) in ("p", "subtitle") for each in root.iter()):
        raise ValueError("its paragraphs have no text; subtitles that are pictures cannot be read")
    return root, cues


def _shown(cue: TimedCue) -> ParsedCue:
    end = cue.start if cue.end is None else cue.end
    return ParsedCue(round(cue.start * 1000), round(end * 1000), tuple((part.speaker, part.text) for part in cue.parts))


FORMAT = FormatRegistration(
    "ttml",
    "TTML (IMSC) subtitles with an agent per speaker",
    ".ttml",
    write,
    takes=("rules",),
    for_programs=True,
    matches=matches,
    read=read,
    read_cues=read_cues,
)
