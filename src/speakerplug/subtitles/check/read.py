"""Reads subtitles as players do, forgivingly: what is broken is there to be measured, and no reason to stop.

The libraries for SRT and VTT stop at, drop or repair just what a check is to find (empty cues, cues that end before
they begin, blank lines, times inside the text), so these two formats are read here; ASS is read by pysubs2.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from ...errors import MediaError

_STAMP = r"(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"^\s*{_STAMP}\s*-+>\s*{_STAMP}(?:\s.*)?$")
# A hostile file is as long as it likes: no expression looks at a character more than a few times.
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>")
_VTT_TAG = re.compile(r"<[^>]*>")
_SRT_TAG = re.compile(r"</?(?:[ibus]|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_ASS_TAG = re.compile(r"\{[^}]*\}")
_ASS_DRAWING = re.compile(r"\{[^{}]*\\p[1-9]")


@dataclass(frozen=True, slots=True)
class Shown:
    """A cue as it is on the screen, from `start` to `end` (milliseconds): its lines, without marks.

    `speakers` has, for each line, who the file says is speaking in it.
    """

    start: int
    end: int
    lines: tuple[str, ...]
    speakers: tuple[frozenset[str], ...] = ()


def read(path: Path) -> tuple[Shown, ...]:
    """The cues of an SRT, VTT or ASS file, in the order in which they stand there.

    Raises MediaError for what cannot be read, or has no cues and is not empty.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise MediaError(f"{path} cannot be read ({reason}); name an SRT, VTT or ASS file.") from error
    written = _decoded(data)
    if path.suffix.lower() in (".ass", ".ssa") or written.lstrip().startswith("[Script Info]"):
        return _ass(written, path)
    cues = _cues(written)
    if not cues and written.strip() and not written.lstrip().startswith("WEBVTT"):
        raise MediaError(f"{path} has no cues; name an SRT, VTT or ASS file.")
    return cues


def _decoded(data: bytes) -> str:
    """Old tools write the code page of their country; for widths and times any that has a letter a byte will do."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _cues(written: str) -> tuple[Shown, ...]:
    """Every block that begins with a line of times."""
    lines = re.split(r"\r\n|\r|\n", written)
    at = [(index, found) for index, line in enumerate(lines) if (found := _TIMES.match(line))]
    vtt = written.lstrip().startswith("WEBVTT")
    cues = []
    ends = [*(index for index, _ in at[1:]), None]
    for (index, found), following in zip(at, ends, strict=False):
        block = lines[index + 1 : following]
        # A blank line ends the text; what comes between it and the next cue, players leave out.
        blank = next((place for place, line in enumerate(block) if not line.strip()), None)
        if blank is None and following is not None and block and block[-1].strip().isdigit():
            blank = len(block) - 1  # no line between the cues: the number is the next one's
        body = block[:blank]
        groups = found.groups()
        cues.append(_shown(_ms(groups[:4]), _ms(groups[4:]), body, vtt))
    return tuple(cues)


def _ms(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole_s = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole_s * 1000 + int((fraction or "0").ljust(3, "0"))


def _shown(start: int, end: int, body: list[str], vtt: bool) -> Shown:
    lines, speakers = [], []
    voice: frozenset[str] = frozenset()
    for line in body:
        opened = [_entities(name).strip() for name in _VOICE.findall(line)] if vtt else []
        before = "" if not vtt else _vtt_untagged(_VOICE.split(line, maxsplit=1)[0]).strip()
        speakers.append(frozenset(opened) | (voice if before or not opened else frozenset()))
        voice = frozenset(opened[-1:]) or voice
        if "</v>" in line and line.rindex("</v>") > line.rfind("<v"):
            voice = frozenset()
        lines.append((_entities(_vtt_untagged(line)) if vtt else _SRT_TAG.sub("", line)).strip())
    return Shown(start, end, tuple(lines), tuple(speakers))


def _vtt_untagged(line: str) -> str:
    """Without tags; what is behind the last end of one is not looked through for the end of each `<` in it."""
    head, end, rest = line.rpartition(">")
    return _VTT_TAG.sub("", head + end) + rest


def _entities(text: str) -> str:
    return html.unescape(text)


def _ass(written: str, path: Path) -> tuple[Shown, ...]:
    """The dialogue of ASS: pysubs2 is given nothing else, as other lines show nothing and may be made to hurt."""
    try:
        import pysubs2  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise MediaError(f"{path} is ASS, which needs pysubs2; pip install pysubs2.") from error
    if "[Events]" not in written:
        raise MediaError(f"{path} has no cues; name an SRT, VTT or ASS file.")
    dialogue = [line for line in written.split("\n") if line.strip().startswith("Dialogue:")]
    try:
        events = pysubs2.SSAFile.from_string("\n".join(["[Events]", *dialogue]), format_="ass").events
    except Exception as error:  # whatever a damaged file makes of a parser that expects none
        raise MediaError(f"{path} is no ASS that can be read ({error}); export it again.") from error
    return tuple(
        _ass_shown(event.start, event.end, event.name.strip(), event.text)
        for event in events
        if not _ASS_DRAWING.search(event.text)
    )


def _ass_shown(start: int, end: int, name: str, text: str) -> Shown:
    """What pysubs2's `plaintext` has, in a time that grows with the length of the text alone."""
    head, mark, rest = text.rpartition("}")
    shown = _ASS_TAG.sub("", head + mark) + rest
    lines = tuple(line.strip() for line in shown.replace(r"\h", " ").replace(r"\n", r"\N").split(r"\N"))
    return Shown(start, end, lines, (frozenset([name] if name else []),) * len(lines))
