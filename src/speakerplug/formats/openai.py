"""The two JSON forms in which OpenAI's transcription service answers, for the programs that read these."""

from __future__ import annotations

import math
import zlib

from ..subtitles import CueRules
from ..transcript import Transcript, text_of
from .json import Record, document, rounded
from .segments import Segment, segments_of, shown_words

_NETFLIX = CueRules()


def write_diarized(transcript: Transcript, rules: CueRules = _NETFLIX) -> str:
    """As `diarized_json`: a segment a cue, with its speaker; nobody is "unknown"."""
    segments = [
        {
            "type": "transcript.text.segment",
            "id": f"seg_{number:03}",
            "start": segment.start,
            "end": segment.end,
            "speaker": segment.name or "unknown",
            "text": segment.text,
        }
        for number, segment in enumerate(segments_of(transcript, rules), 1)
    ]
    return document({"task": "transcribe", **_about(transcript)}, {"segments": segments})


def write_verbose(transcript: Transcript, rules: CueRules = _NETFLIX) -> str:
    """As `verbose_json`: segments and words, without speakers; what is not known of tokens is 0 or empty."""
    segments = [_verbose(number, segment) for number, segment in enumerate(segments_of(transcript, rules))]
    words = [{"word": word.text, "start": word.start, "end": word.end} for word in shown_words(transcript)]
    head = {"task": "transcribe", "language": transcript.language or "", **_about(transcript)}
    return document(head, {"segments": segments, "words": words})


def _about(transcript: Transcript) -> Record:
    return {"duration": rounded(transcript.media.duration), "text": text_of(shown_words(transcript))}


def _verbose(number: int, segment: Segment) -> Record:
    """The mean log probability is that of the words, where the recognizer gave any."""
    logs = [math.log(max(word.confidence, 1e-10)) for word in segment.words if word.confidence is not None]
    data = segment.text.encode()
    return {
        "id": number,
        "seek": 0,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(sum(logs) / len(logs), 4) if logs else 0.0,
        "compression_ratio": round(len(data) / len(zlib.compress(data)), 4),
        "no_speech_prob": 0.0,
    }
