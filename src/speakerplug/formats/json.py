"""JSON: everything a transcript holds; `speakerplug.load` reads it back. docs/transcript.schema.json describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import MediaError, UsageError
from ..plugin.formats import FileContent, FormatRegistration
from ..transcript import LONGEST_NAME, Provenance, Transcript, Turn, Word

SCHEMA = "speakerplug/transcript"
VERSION = "1.0"

Record = dict[str, Any]

# An object or a list; the head of a TOML file, `[table]`, is none.
_BEGINNING = re.compile(r"""\s*(?:\{\s*(?:["'}\w]|\Z)|\[[\[\s]*(?:["{\]\d-]|(?:true|false|null|NaN)\b|\Z))""")


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


@dataclass(frozen=True, slots=True)
class _Header:
    """What tells a transcript from other JSON, and its version from later ones."""

    schema: str
    version: str


def matches(file: FileContent) -> bool:
    """Whether it is JSON that says it is a transcript of ours, of whatever version."""
    try:
        return file.head.lstrip().startswith("{") and _header(file).schema == SCHEMA
    except MediaError:
        return False


def is_begun(file: FileContent) -> bool:
    """Whether it is meant to be JSON, damaged perhaps: it begins like that, or is called so."""
    return file.path.name.lower().endswith(".json") or _BEGINNING.match(file.head) is not None


def read(file: FileContent) -> Transcript:
    """The transcript that was saved as JSON; keys that this version does not know are left out.

    Raises MediaError for a file that is damaged, UsageError for one that is no transcript or was written by a newer
    major version.
    """
    import msgspec

    _check(file)
    try:
        transcript = _transcript(file)
    except (msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise MediaError(f"{file.path} is a damaged transcript ({error}); save it again as .json.") from error
    longest = max((len(speaker.name or speaker.id) for speaker in transcript.speakers), default=0)
    if longest > LONGEST_NAME:
        raise MediaError(f"{file.path} has a speaker with a name of {longest} characters; give a shorter one.")
    return transcript


def _transcript(file: FileContent) -> Transcript:
    """Of JSON that only Python writes, such as with NaN, too."""
    import msgspec

    try:
        return msgspec.json.decode(file.data, type=Transcript)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.convert(file.json, Transcript)


def _header(file: FileContent) -> _Header:
    import msgspec

    try:
        return msgspec.json.decode(file.data, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if file.json is None and not is_begun(file):
            raise MediaError(f"{file.path} is not JSON; name a file that was saved as .json.") from error
        if file.json is None:
            raise MediaError(
                f"{file.path} is not JSON or is damaged ({error}); save the transcript again as .json."
            ) from error
        if isinstance(error, msgspec.ValidationError):
            return _Header("", "")
        fields = file.json if isinstance(file.json, dict) else {}
        return _Header(str(fields.get("schema")), str(fields.get("version")))


def _check(file: FileContent) -> None:
    header = _header(file)
    if header.schema != SCHEMA:
        raise UsageError(f"{file.path} is JSON but not a SpeakerPlug transcript; name a file that was saved as .json.")
    major, known = header.version.split(".")[0], VERSION.split(".")[0]
    if major != known:
        raise UsageError(
            f"{file.path} has format version {header.version!r} and this SpeakerPlug reads {known}.x; "
            "update SpeakerPlug."
        )


FORMAT = FormatRegistration(
    "json",
    "words, turns and speakers; speakerplug.load reads it",
    ".json",
    write,
    for_programs=True,
    matches=matches,
    read=read,
)
