"""JSON: everything a transcript holds; `speakerplug.load` reads it back. docs/transcript.schema.json describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import MediaError, UsageError
from ..plugin.formats import FileContent, FormatRegistration
from ..transcript import LONGEST_NAME, Removed, Transcript, Turn, Word
from .digest import content_digest

SCHEMA = "speakerplug/transcript"
VERSION = "1.0"

Record = dict[str, Any]

# An object or a list; the head of a TOML file, `[table]`, is neither.
_BEGINNING = re.compile(r"""\s*(?:\{\s*(?:["'}\w]|\Z)|\[[\[\s]*(?:["{\]\d-]|(?:true|false|null|NaN)\b|\Z))""")


def write(transcript: Transcript) -> str:
    """Return the transcript as JSON, one word and one turn per line; times in seconds with three decimals."""
    origin, turns = described(transcript)
    language: Record = {"language": transcript.language}
    if transcript.language_probability is not None:
        language["language_probability"] = round(transcript.language_probability, 4)
    tree = {} if transcript.speaker_tree is None else {"speaker_tree": asdict(transcript.speaker_tree)}
    doubt = {} if transcript.speakers_range is None else {"speakers_range": transcript.speakers_range}
    removed = {"removed": [_removed(each) for each in transcript.removed]} if transcript.removed else {}
    return document(
        {"schema": SCHEMA, "version": VERSION, **origin, **language, **doubt, **tree},
        {
            "speakers": [asdict(speaker) for speaker in transcript.speakers],
            "words": [_word(word) for word in transcript.words],
            **turns,
            **removed,
        },
    )


def described(transcript: Transcript) -> tuple[Record, dict[str, list[Record]]]:
    """Return provenance and recording, and the regular and exclusive turns."""
    media: Record = {"file": transcript.media.file, "duration": rounded(transcript.media.duration)}
    if transcript.media.end is not None:
        media |= {"start": rounded(transcript.media.start or 0.0), "end": rounded(transcript.media.end)}
    turns = {"turns": transcript.turns, "exclusive": transcript.exclusive}
    return (
        {"provenance": _provenance(transcript), "media": media},
        {key: [_turn(turn) for turn in found] for key, found in turns.items()},
    )


def document(head: Mapping[str, Any], lists: Mapping[str, Sequence[Record]]) -> str:
    """Return JSON with a line for each member of the head, then one for each record of the lists."""
    members = {key: _encoded(value) for key, value in head.items()}
    members |= {key: _rows(records) for key, records in lists.items()}
    return _braced(members)


def rewritten(members: Mapping[str, Any]) -> str:
    """Return the members of a JSON file of ours, perhaps changed, in its layout."""
    return _braced({key: _rows(value) if _are_records(value) else _encoded(value) for key, value in members.items()})


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _braced(members: Mapping[str, str]) -> str:
    return "{\n" + ",\n".join(f"  {_encoded(key)}: {value}" for key, value in members.items()) + "\n}\n"


def _provenance(transcript: Transcript) -> Record:
    record = asdict(transcript.provenance)
    plan, timings, digest = (record.pop(key) for key in ("plan", "timings", "digest"))
    record["digest"] = digest or content_digest(transcript)
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
    begins = word.begins_segment and word.estimated
    rare = {"joined": word.joined, "estimated": word.estimated, "begins_segment": begins, "others": word.others}
    return record | {key: value for key, value in rare.items() if value}


def _turn(turn: Turn) -> Record:
    return {"start": rounded(turn.start), "end": rounded(turn.end), "speaker": turn.speaker}


def _removed(removed: Removed) -> Record:
    return {"start": rounded(removed.start), "end": rounded(removed.end), "reason": removed.reason}


def rounded(seconds: float | None) -> float | None:
    """Return seconds with three decimals."""
    return None if seconds is None else round(float(seconds), 3)


def _rows(records: Sequence[Any]) -> str:
    if not records:
        return "[]"
    return "[\n" + ",\n".join(f"    {_encoded(record)}" for record in records) + "\n  ]"


def _encoded(value: Any) -> str:
    """Return one line of JSON; numbers of other libraries (numpy) become floats."""
    import msgspec

    storable = {key: _storable(item) for key, item in value.items()} if isinstance(value, dict) else _storable(value)
    return msgspec.json.format(msgspec.json.encode(storable, enc_hook=float), indent=0).decode()


def _storable(value: Any) -> Any:
    """Return the value; in text (a file name that is not UTF-8), what UTF-8 cannot hold becomes "?"."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class _Header:
    """What distinguishes a transcript from other JSON, and its version."""

    schema: str
    version: str


def matches(file: FileContent) -> bool:
    """Return whether it is JSON that declares itself a transcript of ours, of any version."""
    try:
        return file.head.lstrip().startswith("{") and _header(file).schema == SCHEMA
    except MediaError:
        return False


def is_begun(file: FileContent) -> bool:
    """Return whether it is meant to be JSON, even if damaged: by its beginning or its name."""
    return file.path.name.lower().endswith(".json") or _BEGINNING.match(file.head) is not None


def read(file: FileContent, schema: str = SCHEMA) -> Transcript:
    """Return the transcript saved as JSON of this `schema`; unknown keys are ignored.

    What has no digest counts as not edited yet. Raises MediaError for a damaged file, UsageError for one that is no
    transcript or was written by a newer major version.
    """
    import msgspec

    _check(file, schema)
    try:
        transcript = _transcript(file)
    except (msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise MediaError(f"{file.path} is a damaged transcript ({error}); save it again as .json.") from error
    longest = max((len(speaker.name or speaker.id) for speaker in transcript.speakers), default=0)
    if longest > LONGEST_NAME:
        raise MediaError(f"{file.path} has a speaker with a name of {longest} characters; give a shorter one.")
    provenance = transcript.provenance
    if provenance.digest is None:
        provenance = replace(provenance, digest=content_digest(transcript))
    return replace(transcript, provenance=provenance)


def _transcript(file: FileContent) -> Transcript:
    """Decode the file, also JSON that only Python writes, as with NaN."""
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


def _check(file: FileContent, schema: str) -> None:
    header = _header(file)
    if header.schema != schema:
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
