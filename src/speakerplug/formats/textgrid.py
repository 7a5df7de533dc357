"""TextGrid, the annotations of Praat: per speaker a tier of utterances, and one of their words.

Form: Praat's manual, "TextGrid file formats": of a text file only numbers, texts in quotes and flags in angle brackets
count, whatever else is on a line. So a short file is read like a long one, and a label may hold anything.
"""

from __future__ import annotations

import logging
import math
import re
import struct
from collections.abc import Iterator, Sequence
from io import BytesIO

from ..plugin.formats import FileContent, FormatRegistration
from ..plugin.validation import LATEST_S
from ..transcript import Transcript, plain
from .importers.words import ParsedWords, transcript_from
from .tiers import WORDS, Interval, SpeakerTier, tiers_of, words_from

log = logging.getLogger(__name__)

UNASSIGNED = "utterances"
WORD_TIERS = frozenset({"word", "words", "ort-mau", "ort"})
"""Names of a tier of words where there is one speaker: of the Montreal Forced Aligner, and of WebMAUS."""
UTTERANCE_TIERS = frozenset({UNASSIGNED, "utterance", "sentence", "sentences", "transcript", "transcription", "text"})
"""Names of a tier of utterances that are nobody's name."""
SOUND_TIERS = re.compile(r"(?i)(.* - )?(phones?|phonemes?|syllables?|mau|kan(-mau)?|mas|trn)$")
"""Names of tiers of phones and the like, of the same programs."""
SILENCES = frozenset({"", "sil", "sp", "spn", "<eps>", "<sil>", "<p:>", "<p>", "<usb>", "<nib>", "#"})
"""Labels of aligners for intervals without speech."""
MORE = "it has more tiers or intervals than it says"

BINARY = b"ooBinaryFile\x08TextGrid"
_TEXT, _FLAG, _NUMBER = r'"([^"]*(?:""[^"]*)*)"', r"<(\w+)>", r"(?<!\S)(-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)(?!\S)"
_TOKEN = re.compile(rf"{_TEXT}|{_FLAG}|{_NUMBER}|(?<!\S)![^\n]*")  # the last is a comment


def write(transcript: Transcript) -> str:
    """Return the transcript as a long TextGrid: tiers `Ana` and `Ana - words` per speaker; gaps are empty intervals."""
    spoken = tiers_of(transcript)
    named = [(_tier_name(tier.speaker), tier.utterances) for tier in spoken]
    named += [(_tier_name(tier.speaker, WORDS), words) for tier in spoken for words in tier.words]
    tiers = named or [(UNASSIGNED, ())]
    last = max([1, round(transcript.media.duration * 1000), *(each.end for _, tier in tiers for each in tier)])
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        *_edges(0, last, ""),
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, (name, intervals) in enumerate(tiers, 1):
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_quoted(name)}"]
        whole = list(_gapless(intervals, last))
        lines += [*_edges(0, last, " " * 8), f"        intervals: size = {len(whole)}"]
        for index, each in enumerate(whole, 1):
            lines += [f"        intervals [{index}]:", *_edges(each.start, each.end, " " * 12)]
            lines.append(f"            text = {_quoted(each.text)}")
    return "\n".join(lines) + "\n"


def _tier_name(speaker: str, end: str = "") -> str:
    """Return the name of a tier of a speaker; one who is called like a usual tier is called a speaker, too."""
    if not speaker:
        return "words" if end else UNASSIGNED
    is_usual = SOUND_TIERS.match(speaker) or _role(speaker) != ("utterances", speaker)
    return f"{speaker} (speaker){end}" if is_usual else speaker + end


def _edges(start: int, end: int, indent: str) -> list[str]:
    return [f"{indent}{name} = {time / 1000:.3f}" for name, time in (("xmin", start), ("xmax", end))]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _gapless(intervals: Sequence[Interval], last: int) -> Iterator[Interval]:
    """Yield the intervals with empty ones between them, as Praat wants it."""
    reached = 0
    for each in intervals:
        if each.start > reached:
            yield Interval(reached, each.start, "")
        yield each
        reached = each.end
    if reached < last:
        yield Interval(reached, last, "")


def matches(file: FileContent) -> bool:
    """Return whether it begins as a TextGrid does, as text or binary."""
    return file.data.startswith(BINARY) or ("ooTextFile" in file.head[:200] and '"TextGrid"' in file.head[:400])


def read(file: FileContent) -> Transcript:
    """Return the transcript in a TextGrid; raises MediaError for a damaged one.

    A tier is a speaker's, unless its name is a usual one of tiers (`words`, `utterances`); `Ana - words` has the times
    of Ana's words. Tiers of phones and of points are left out with a warning.
    """
    return transcript_from(lambda: _parsed(file), "Praat's TextGrid", file.path)


_NamedTier = tuple[str, list[Interval]]


def _parsed(file: FileContent) -> ParsedWords:
    tiers, points = _binary_tiers(file.data) if file.data.startswith(BINARY) else _text_tiers(file.text)
    left_out = [*points, *(name for name, intervals in tiers if intervals and SOUND_TIERS.match(name))]
    utterances: dict[str, list[Interval]] = {}
    words: dict[str, list[Interval]] = {}
    for name, intervals in tiers:
        if not SOUND_TIERS.match(name):
            role, speaker = _role(name)
            (words if role == "words" else utterances).setdefault(speaker, []).extend(intervals)
    if left_out:
        log.warning("%s: the tiers %s have no words and are left out.", file.path, ", ".join(left_out)[:200])
    if not any((*utterances.values(), *words.values())) and left_out:
        raise ValueError("none of its tiers has words")
    return words_from(
        SpeakerTier(speaker, *_parts(utterances.get(speaker), words.get(speaker)))
        for speaker in dict.fromkeys((*utterances, *words))
    )


def _parts(
    utterances: list[Interval] | None, words: list[Interval] | None
) -> tuple[tuple[Interval, ...], tuple[tuple[Interval, ...], ...]]:
    """Return the utterances, and the words in them; without utterances, each word is one."""
    return (tuple(utterances), (tuple(words or ()),)) if utterances else (tuple(words or ()), ())


def _role(name: str) -> tuple[str, str]:
    """Return what a tier holds, and the name of its speaker; "" where it names none."""
    if name.casefold() in WORD_TIERS:
        return "words", ""
    if name.endswith(WORDS):
        return "words", name.removesuffix(WORDS)
    return "utterances", "" if name.casefold() in UTTERANCE_TIERS else name


def _interval(start: float, end: float, text: str) -> Interval:
    if not (math.isfinite(start) and math.isfinite(end) and abs(start) < LATEST_S and abs(end) < LATEST_S):
        raise ValueError(f"an interval from {start:g} to {end:g} s is in no recording")
    return Interval(round(start * 1000), round(end * 1000), text)


def _is_speech(text: str) -> bool:
    return plain(text).casefold() not in SILENCES


def _text_tiers(text: str) -> tuple[list[_NamedTier], list[str]]:
    """Return the interval tiers of a text file, and the names of its tiers of points."""
    tokens = _Tokens(text)
    tokens.text(), tokens.text()  # the file type and the object class
    tokens.number(), tokens.number()
    tiers: list[_NamedTier] = []
    points: list[str] = []
    for _ in range(tokens.count() if tokens.exists() else 0):
        kind, name = tokens.text(), plain(tokens.text())
        tokens.number(), tokens.number()
        is_points = kind == "TextTier"
        found = [(tokens.number(), 0.0 if is_points else tokens.number(), tokens.text()) for _ in range(tokens.count())]
        if is_points:
            points += [name] if found else []
        else:
            tiers.append((name, [_interval(*each) for each in found if _is_speech(each[2])]))
    tokens.end()
    return tiers, points


class _Tokens:
    """The numbers, texts and flags of a file, in their order; each method raises ValueError for one of another kind."""

    def __init__(self, text: str) -> None:
        self._found = _TOKEN.finditer(text)

    def _next(self, kind: int, what: str) -> str:
        for token in self._found:
            if token.lastindex is not None:  # None: a comment
                if token.lastindex != kind:
                    break
                return token[kind]
        raise ValueError(f"{what} is missing")

    def text(self) -> str:
        """Return the next text."""
        return self._next(1, "a text in quotes").replace('""', '"')

    def exists(self) -> bool:
        """Return the next flag."""
        return self._next(2, "<exists>") == "exists"

    def number(self) -> float:
        """Return the next number."""
        return float(self._next(3, "a number"))

    def end(self) -> None:
        """Raise ValueError if there is anything more, as of tiers that have more intervals than they say."""
        if any(token.lastindex is not None for token in self._found):
            raise ValueError(MORE)

    def count(self) -> int:
        """Return the next number as a count."""
        return _count(self.number())


def _count(number: float) -> int:
    if not 0 <= number < math.inf:
        raise ValueError(f"it has {number:g} tiers or intervals")
    return int(number)


def _binary_tiers(data: bytes) -> tuple[list[_NamedTier], list[str]]:
    """Return the interval tiers of a binary file, and the names of its tiers of points."""
    stream = BytesIO(data[len(BINARY) :])

    def numbers(form: str) -> tuple[float, ...]:
        """Return big-endian numbers."""
        return struct.unpack(f">{form}", stream.read(struct.calcsize(f">{form}")))

    def text() -> str:
        """Return a text: in bytes, or after a length of -1 in UTF-16."""
        (length,) = numbers("h")
        if length == -1:
            return stream.read(2 * int(numbers("H")[0])).decode("utf-16-be", "replace")
        return stream.read(max(0, int(length))).decode("latin-1")

    tiers: list[_NamedTier] = []
    points: list[str] = []
    try:
        numbers("dd?")
        for _ in range(_count(numbers("i")[0])):
            kind = stream.read(int(numbers("B")[0])).decode("latin-1")
            name = plain(text())
            _, _, count = numbers("ddi")
            form = "d" if kind == "TextTier" else "dd"
            found = [(numbers(form), text()) for _ in range(_count(count))]
            if kind == "TextTier":
                points += [name] if found else []
            else:
                tiers.append(
                    (name, [_interval(edges[0], edges[-1], label) for edges, label in found if _is_speech(label)])
                )
    except struct.error as error:
        raise ValueError("it ends too early") from error
    if stream.read(1):
        raise ValueError(MORE)
    return tiers, points


FORMAT = FormatRegistration(
    "textgrid",
    "Praat's TextGrid: a tier of utterances and of words per speaker",
    ".TextGrid",
    write,
    for_programs=True,
    matches=matches,
    read=read,
)
