"""JSON Schemas of what other programs have published of the JSON that they read."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
SECONDS = {"type": "number", "minimum": 0}
WHOLE = {"type": "integer"}


def record(optional: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has these keys and no others."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


# Podcastindex-org/podcast-namespace, transcripts.
PODCAST = record(
    version={"const": "1.0.0"},
    segments=array(record(("speaker",), speaker=TEXT, startTime=SECONDS, endTime=SECONDS, body=TEXT)),
)

# OpenAI's API: CreateTranscriptionResponseDiarizedJson.
DIARIZED = record(
    task={"const": "transcribe"},
    duration=NUMBER,
    text=TEXT,
    segments=array(
        record(type={"const": "transcript.text.segment"}, id=TEXT, start=SECONDS, end=SECONDS, speaker=TEXT, text=TEXT)
    ),
)

# OpenAI's API: CreateTranscriptionResponseVerboseJson.
VERBOSE = record(
    task={"const": "transcribe"},
    language=TEXT,
    duration=NUMBER,
    text=TEXT,
    segments=array(
        record(
            id=WHOLE,
            seek=WHOLE,
            start=SECONDS,
            end=SECONDS,
            text=TEXT,
            tokens=array(WHOLE),
            temperature=NUMBER,
            avg_logprob=NUMBER,
            compression_ratio=NUMBER,
            no_speech_prob=NUMBER,
        )
    ),
    words=array(record(word=TEXT, start=SECONDS, end=SECONDS)),
)

# WhisperX: the types of what its alignment and its assignment of speakers give back.
_WORD = record(("score", "speaker"), word=TEXT, start=SECONDS, end=SECONDS, score=NUMBER, speaker=TEXT)
WHISPERX = record(
    language={"type": ["string", "null"]},
    segments=array(record(("speaker",), start=SECONDS, end=SECONDS, text=TEXT, words=array(_WORD), speaker=TEXT)),
    word_segments=array(_WORD),
)
