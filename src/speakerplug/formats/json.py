"""JSON: everything a transcript holds; `speakerplug.load` reads it back. docs/transcript.schema.json describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..transcript import Provenance, Transcript, Turn, Word

SCHEMA = "speakerplug/transcript"
VERSION = "1.0"

Record = dict[str, Any]


def write(transcript: Transcript) -> str:
    """The transcript as JSON, one word and one turn a line; times in seconds with three decimals."""
    origin, turns = described(transcript)
    voices = {} if transcript.speaker_tree is None else {"speaker_tree": asdict(transcript.speaker_tree)}
    return document(
        {"schema": SCHEMA, "version": VERSION, **origin, "language": transcript.language, **voices},
        {
            "speakers": [asdict(speaker) for speaker in transcript.speakers],
            "words": [_word(word) for word in transcript.words],
            **turns,
        },
    )


def described(transcript: Transcript) -> tuple[Record, dict[str, list[Record]]]:
    """What made it of which recording; and its regular and exclusive turns."""
    media = {"file": transcript.media.file, "duration": rounded(transcript.media.duration)}
    turns = {"turns": transcript.turns, "exclusive": transcript.exclusive}
    return (
        {"provenance": _provenance(transcript.provenance), "media": media},
        {key: [_turn(turn) for turn in found] for key, found in turns.items()},
    )


def document(head: Mapping[str, Any], lists: Mapping[str, Sequence[Record]]) -> str:
    """JSON with each of the head's members on a line, and then each record of the lists."""
    members = {key: _encoded(value) for key, value in head.items()}
    members |= {key: _rows(records) for key, records in lists.items()}
    return _braced(members)


def rewritten(members: Mapping[str, Any]) -> str:
    """JSON that was read from a file of ours, and perhaps changed, laid out as that file is."""
    return _braced({key: (_rows if isinstance(value, list) else _encoded)(value) for key, value in members.items()})


def _braced(members: Mapping[str, str]) -> str:
    return "{\n" + ",\n".join(f"  {_encoded(key)}: {value}" for key, value in members.items()) + "\n}\n"


def _provenance(provenance: Provenance) -> Record:
    record = asdict(provenance)
    plan, timings = record.pop("plan"), record.pop("timings")
    if plan is not None:
        record["plan"] = plan
    if timings is not None:
        record["timings"] = {step: rounded(seconds) for step, seconds in timings.items()}
    return record


def _word(word: Word) -> Record:
    record: Record = {
        "text": word.text,
        "start": rounded(word.start),
        "end": rounded(word.end),
        "speaker": word.speaker,
        "confidence": word.confidence,
        "method": word.method,
        "speaker_confidence": word.speaker_confidence,
    }
    rare = {"joined": word.joined, "estimated": word.estimated, "others": word.others}
    return record | {key: value for key, value in rare.items() if value}


def _turn(turn: Turn) -> Record:
    return {"start": rounded(turn.start), "end": rounded(turn.end), "speaker": turn.speaker}


def rounded(seconds: float | None) -> float | None:
    """With three decimals."""
    return None if seconds is None else round(float(seconds), 3)


def _rows(records: Sequence[Any]) -> str:
    if not records:
        return "[]"
    return "[\n" + ",\n".join(f"    {_encoded(record)}" for record in records) + "\n  ]"


def _encoded(value: Any) -> str:
    """One line of JSON; numbers of other libraries (numpy's) become floats."""
    import msgspec

    storable = {key: _storable(item) for key, item in value.items()} if isinstance(value, dict) else _storable(value)
    return msgspec.json.format(msgspec.json.encode(storable, enc_hook=float), indent=0).decode()


def _storable(value: Any) -> Any:
    """The value itself, but text (a file name that is not UTF-8) with "?" for what UTF-8 cannot hold."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
