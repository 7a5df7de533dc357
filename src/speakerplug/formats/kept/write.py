"""The cues of a file, written with their speakers: in the file's own format, or translated into another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...subtitles import Cue, CueRules
from ...subtitles.cue_speakers import CueSpeakers
from ...subtitles.labels import Labels
from ...transcript import Transcript, Word
from .. import ass, ttml, vtt
from ..fields import speaker_names, timecode
from .file import KeptCue, SubtitleFile
from .labels import labeled, labels_of, voiced
from .translate import escaped, translated
from .units import Unit


def srt_text(file: SubtitleFile, who: Sequence[CueSpeakers], transcript: Transcript, rules: CueRules) -> str:
    """Return the cues as SubRip; a cue without a number gets the one after the last."""
    blocks, number = [], 0
    for cue, units, _, label in _each(file, who, Labels(transcript, rules.for_srt), "srt"):
        number = int(cue.id) if cue.id.isdecimal() and file.format == "srt" else number + 1
        body = _body("".join(unit.raw for unit in labeled(units, label))).replace("-->", "→")
        settings = cue.settings if file.format == "srt" else ""
        blocks.append(f"{number}\n{_times(cue, ',', settings)}\n{body}\n")
    return "\n".join(blocks)


def vtt_text(file: SubtitleFile, who: Sequence[CueSpeakers], transcript: Transcript, rules: CueRules) -> str:
    """Return the cues as WebVTT, a voice span for each speaker; notes, styles and identifiers stay."""
    name_of = speaker_names(transcript)
    colors = vtt.colors_of([speaker for cue in who for speaker in cue.speakers]) if rules.colors else {}
    around = file.around if file.format == "vtt" else ("",) * (len(file.cues) + 1)
    blocks = []
    cues = zip(_each(file, who, Labels(transcript, rules), "vtt"), who, around, strict=False)
    for (cue, units, settings, label), speakers, above in cues:
        voices = {each: vtt.voice_tags(name_of(each), colors.get(each), cue.classes) for each in speakers.speakers}
        body = _body(voiced(labeled(units, label), speakers.runs, voices))
        blocks += [above, "\n".join(filter(None, (cue.id, _times(cue, ".", settings), body)))]
    head, *others = [*blocks, around[-1]] if file.cues else around
    return "\n\n".join([head or "WEBVTT", *filter(None, others)]) + "\n"


def ass_text(file: SubtitleFile, who: Sequence[CueSpeakers], transcript: Transcript, rules: CueRules) -> str:
    """Return the cues as ASS: of another format, as a new script; else the same one with names in its field."""
    texts = [
        "".join(unit.raw for unit in labeled(units, label))
        for _, units, _, label in _each(file, who, Labels(transcript, rules), "ass")
    ]
    if file.format != "ass":
        return ass.script(transcript, cues_of(file, who, transcript, rules), rules, dict(enumerate(texts)))
    name_of = speaker_names(transcript)
    lines = []
    for cue, above, speakers, text in zip(file.cues, file.around, who, texts, strict=False):
        fields = list(cue.fields)
        if file.name_field is not None:
            fields[file.name_field] = " / ".join(map(name_of, _shown_speakers(speakers))).replace(",", ";")
        lines += [above] if above else []
        lines.append(f"Dialogue:{','.join([*fields, text])}")
    return "\n".join([*lines, *filter(None, file.around[-1:])]) + "\n"


def ttml_text(file: SubtitleFile, who: Sequence[CueSpeakers], transcript: Transcript, rules: CueRules) -> str:
    """Return the cues as TTML, without markup."""
    cues = [cue for cue in cues_of(file, who, transcript, rules) if cue.lines]
    return ttml.document(transcript, cues, rules)


def cues_of(file: SubtitleFile, who: Sequence[CueSpeakers], transcript: Transcript, rules: CueRules) -> tuple[Cue, ...]:
    """Return the cues without markup, for writers of cues: each of one speaker, or with a line for each."""
    labels = labels_of(who, Labels(transcript, rules))
    return tuple(map(_cue, file.cues, who, labels))


def _cue(cue: KeptCue, who: CueSpeakers, label: Mapping[int, str]) -> Cue:
    text = who.text
    for place, shown in sorted(label.items(), reverse=True):
        text = text[:place] + shown + text[place:]
    speakers: tuple[str | None, ...] = _shown_speakers(who)
    lines = tuple(filter(str.strip, text.split("\n")))
    if not lines or len(speakers) != len(lines):
        speakers = (who.main,)
    start, end = cue.parsed.start_ms / 1000, max(cue.parsed.start_ms, cue.parsed.end_ms) / 1000
    words = tuple(Word(who.text, start, end, speaker) for speaker in speakers)
    return Cue(start, end, speakers[0], words, lines)


def _shown_speakers(who: CueSpeakers) -> tuple[str, ...]:
    return who.speakers if who.by_line else tuple(filter(None, (who.main,)))


def _each(
    file: SubtitleFile, who: Sequence[CueSpeakers], names: Labels, target: str
) -> Iterator[tuple[KeptCue, Sequence[Unit], str, Mapping[int, str]]]:
    """Yield each cue with its units and its settings in the target, and its labels as they are written there."""
    for cue, label in zip(file.cues, labels_of(who, names, has_voices=target == "vtt"), strict=True):
        is_same = file.format == target
        units, settings = (list(cue.units), cue.settings) if is_same else translated(cue, file.format, target)
        yield cue, units, settings, {place: escaped(name, target) for place, name in label.items()}


def _times(cue: KeptCue, point: str, settings: str) -> str:
    start, end = (timecode(time / 1000, point) for time in (cue.parsed.start_ms, cue.parsed.end_ms))
    return f"{start} --> {end} {settings}".rstrip()


def _body(text: str) -> str:
    """Return a text without blank lines, which would end the cue."""
    return "\n".join(filter(str.strip, text.split("\n")))
