"""The answers of whisper-asr-webservice, made of the formats that SpeakerPlug writes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from speakerplug.plugin import CueRules, Transcript

from .labels import labeled
from .openai_formats import Formats, written

OUTPUTS = ("txt", "vtt", "srt", "tsv", "json")


def answer(transcript: Transcript, output: str, labels: str, known: Formats) -> str:
    """Return the text of an answer."""
    if output in ("srt", "vtt"):
        return written(transcript, output, known, CueRules(labels=labels))
    found = json.loads(written(transcript, "whisperx", known))
    segments = found["segments"]
    texts = list(labeled(segments, labels))
    if output == "tsv":
        return _table(zip(segments, texts, strict=True))
    if output == "json":
        segments = [segment | {"text": text} for segment, text in zip(segments, texts, strict=True)]
        return json.dumps({"text": transcript.text, **found, "segments": segments}, ensure_ascii=False)
    return "".join(f"{text}\n" for text in texts)


def _table(rows: Iterable[tuple[dict[str, Any], str]]) -> str:
    """Return a table as Whisper writes it: times in milliseconds, no speakers, nothing quoted."""
    lines = [f"{round(row['start'] * 1000)}\t{round(row['end'] * 1000)}\t{text}\n" for row, text in rows]
    return "".join(["start\tend\ttext\n", *lines])
