"""JSON: everything a transcript holds; `speakerplug.load` reads it back. docs/transcript.schema.json describes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..transcript import Transcript, Turn, Word

SCHEMA = "speakerplug/transcript"
VERSION = "1.0"

Record = dict[str, Any]


def write(transcript: Transcript) -> str:
    """The transcript as JSON, one word and one turn a line; times in seconds with three decimals."""
    members = {
        "schema": _encoded(SCHEMA),
        "version": _encoded(VERSION),
        "generator": _encoded(_generator(transcript)),
        "media": _encoded({"file": transcript.media.file, "duration": _rounded(transcript.media.duration)}),
        "language": _encoded(transcript.language),
        "speakers": _rows([asdict(speaker) for speaker in transcript.speakers]),
        "words": _rows([_word(word) for word in transcript.words]),
        "turns": _rows([_turn(turn) for turn in transcript.turns]),
        "exclusive": _rows([_turn(turn) for turn in transcript.exclusive]),
    }
    return "{\n" + ",\n".join(f'  "{key}": {value}' for key, value in members.items()) + "\n}\n"


def _generator(transcript: Transcript) -> Record:
    record = asdict(transcript.generator)
    plan = record.pop("plan")
    return record if plan is None else record | {"plan": plan}


def _word(word: Word) -> Record:
    record: Record = {
        "text": word.text,
        "start": _rounded(word.start),
        "end": _rounded(word.end),
        "speaker": word.speaker,
        "confidence": word.confidence,
        "method": word.method,
        "margin": word.margin,
    }
    rare = {"joined": word.joined, "estimated": word.estimated}
    return record | {key: True for key, holds in rare.items() if holds}


def _turn(turn: Turn) -> Record:
    return {"start": _rounded(turn.start), "end": _rounded(turn.end), "speaker": turn.speaker}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(float(seconds), 3)


def _rows(records: Sequence[Record]) -> str:
    if not records:
        return "[]"
    return "[\n" + ",\n".join(f"    {_encoded(record)}" for record in records) + "\n  ]"


def _encoded(value: Record | str | None) -> str:
    """One line of JSON; numbers of other libraries (numpy's) become floats."""
    import msgspec

    storable = {key: _storable(item) for key, item in value.items()} if isinstance(value, dict) else _storable(value)
    return msgspec.json.format(msgspec.json.encode(storable, enc_hook=float), indent=0).decode()


def _storable(value: Any) -> Any:
    """The value itself, but text (a file name that is not UTF-8) with "?" for what UTF-8 cannot hold."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
