"""What an earlier run wrote beside the results to write now: whether it was edited, and the names of its speakers."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import SpeakerPlugError, UsageError
from ..plugin.formats import FileContent, FormatRegistration
from ..system.streams import is_stream
from ..transcript import Transcript
from .targets import BURN, BURNED, EMBED, SUBTITLED, WHOLE, Targets

log = logging.getLogger(__name__)

MOST = 5
"""Names that a message lists, at most."""


def with_kept_names(
    transcript: Transcript, targets: Targets, formats: Mapping[str, FormatRegistration], read: Sequence[str] = ()
) -> Transcript:
    """Return the transcript with the names in the JSON that it replaces, or that stands beside it, and say so.

    The files in `read` are inputs. That the words and speakers corrected in the JSON are not in the results is said,
    too, where it stays.
    """
    from ..attribution.kept_names import kept_names
    from .digest import is_edited, is_only_named

    path = json_beside(targets, formats, read)
    try:
        earlier = None if path is None else _read(path)
    except SpeakerPlugError:  # damaged; it was refused, or --force was given
        earlier = None
    names = {} if earlier is None else kept_names(earlier, transcript)
    if names:
        log.info("Kept names of %s: %s", path, ", ".join(f"{who}={name:.80}" for who, name in names.items()))
    if earlier is not None and WHOLE not in targets and is_edited(earlier) and not is_only_named(earlier):
        log.info("Made without the corrections in %s; speakerplug convert writes other formats with them", path)
    return transcript.renamed(names)


def json_beside(targets: Targets, formats: Mapping[str, FormatRegistration], read: Sequence[str] = ()) -> Path | None:
    """Return the JSON of these results, or the one of their name next to them; None where there is none."""
    path = targets.get(WHOLE) if WHOLE in targets else _named_like(targets, formats)
    if path is None or is_stream(path) or not path.is_file():
        return None
    is_read = any(os.path.exists(each) and path.samefile(each) for each in read)
    return None if is_read else path


def edits_of(path: Path | None) -> str:
    """Return what people have edited in a file, as a phrase; "" if nothing. Raises UsageError for a damaged one."""
    from .digest import is_edited, is_only_named

    try:
        transcript = None if path is None else _read(path)
    except SpeakerPlugError as error:
        raise UsageError(f"What was edited in {path} would be lost. {error} Or add --force.") from error
    if transcript is None or not is_edited(transcript):
        return ""
    names = [f"{each.name:.80}" for each in transcript.speakers if each.name != each.id]
    listed = ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")
    changed = [] if is_only_named(transcript) else ["words or speakers"]
    return "; ".join([*changed, *([f"names: {listed}"] if names else [])])


def _named_like(targets: Targets, formats: Mapping[str, FormatRegistration]) -> Path | None:
    for name, path in targets.items():
        if path is not None and not is_stream(path):
            suffix = {EMBED: SUBTITLED, BURN: BURNED}.get(name) or formats[name].suffix
            stem = path.name[: -len(suffix)] if suffix and path.name.endswith(suffix) else path.stem
            return path.with_name(stem + formats[WHOLE].suffix)
    return None


def _read(path: Path) -> Transcript | None:
    """Return a transcript or diarization of ours, None for other files. Raises MediaError for a damaged one."""
    from . import diarization, json

    file = FileContent.of(path)
    schema = next((each for each in (json.SCHEMA, diarization.SCHEMA) if f'"{each}"'.encode() in file.data), None)
    return None if schema is None else json.read(file, schema)
