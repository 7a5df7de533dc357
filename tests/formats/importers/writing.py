"""Words as other programs would write them: a function per form from words to a document."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from speakerplug.errors import UsageError
from speakerplug.formats.load import recognized
from speakerplug.plugin.formats import FileContent
from speakerplug.plugin.manager import load_plugins
from speakerplug.transcript import Transcript, Word, text_of

Words = Sequence[Word]
Write = Callable[[Words], str]


def words_in(text: str) -> Transcript:
    """Return the transcript that a registered format reads from the text."""
    file, format = recognized(FileContent(Path("words"), text.encode()), load_plugins())
    if format is None or format.read is None:
        raise UsageError("No format is known for it.")
    return format.read(file)


def spoken(word: Word) -> str:
    """Return the word with the space that Whisper writes before it."""
    return word.text if word.joined else " " + word.text


def _times(word: Word) -> dict[str, Any]:
    return {"start": word.start, "end": word.end}


def _segments(words: Words, fields: Callable[[Word], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return segments of up to three words."""
    parts = [words[first : first + 3] for first in range(0, len(words), 3)]
    return [
        {"start": p[0].start, "end": p[-1].end, "text": "".join(map(spoken, p)), "words": list(map(fields, p))}
        for p in parts
    ]


def faster_whisper(words: Words) -> str:
    return json.dumps(_segments(words, lambda w: {"word": spoken(w), "probability": w.confidence, **_times(w)}))


def whisperx(words: Words) -> str:
    segments = _segments(words, lambda w: {"word": w.text, "score": w.confidence, **_times(w)})
    return json.dumps({"segments": segments, "language": "en"})


def whisper_timestamped(words: Words) -> str:
    segments = _segments(words, lambda w: {"text": w.text, "confidence": w.confidence, **_times(w)})
    return json.dumps({"text": text_of(words), "segments": segments})


def openai(words: Words) -> str:
    return json.dumps({"text": text_of(words), "words": [{"word": w.text, **_times(w)} for w in words]})


def transformers(words: Words) -> str:
    chunks = [{"text": spoken(w), "timestamp": [w.start, w.end]} for w in words]
    return json.dumps({"text": "".join(map(spoken, words)), "chunks": chunks})


def nemo(words: Words) -> str:
    stamps = [{"word": w.text, "start_offset": 1, **_times(w)} for w in words]
    return json.dumps([{"text": text_of(words), "timestamp": {"word": stamps, "segment": []}}])


def deepgram(words: Words) -> str:
    found = [{"word": "?", "punctuated_word": w.text, "confidence": w.confidence, **_times(w)} for w in words]
    alternative = {"transcript": text_of(words), "words": found}
    return json.dumps({"results": {"channels": [{"alternatives": [alternative]}]}})


def aws(words: Words) -> str:
    items = [
        {
            "type": "pronunciation",
            "start_time": str(w.start),
            "end_time": str(w.end),
            "alternatives": [{"content": w.text, "confidence": str(w.confidence or 0.0)}],
        }
        for w in words
    ]
    return json.dumps({"results": {"items": items}})


def assemblyai(words: Words) -> str:
    found = [
        {"text": w.text, "start": round((w.start or 0) * 1000), "end": round((w.end or 0) * 1000), "confidence": 0.5}
        for w in words
    ]
    return json.dumps({"audio_url": "", "text": text_of(words), "words": found})


FORMS: dict[str, Write] = {
    write.__name__: write
    for write in (
        faster_whisper,
        whisperx,
        whisper_timestamped,
        openai,
        transformers,
        nemo,
        deepgram,
        aws,
        assemblyai,
    )
}
