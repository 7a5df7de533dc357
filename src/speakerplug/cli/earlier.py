"""What an earlier run wrote: edited results are not overwritten, names are kept, and inputs that are done skipped."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SpeakerPlugError, UsageError
from ..system.streams import is_stream
from . import events
from .format_options import FLAGS
from .options import Given, files
from .output import BURN, BURNED, EMBED, SUBTITLED, WHOLE, Output, Targets

if TYPE_CHECKING:
    from ..transcript import Transcript

log = logging.getLogger(__name__)

FORCE = files(
    "--force",
    is_flag=True,
    advanced=True,
    help="Replace results that were edited since they were written.",
)
SKIP_EXISTING = files(
    "--skip-existing", is_flag=True, advanced=True, help="Skip recordings whose results all exist already."
)
MOST = 5
"""Names that a message lists, at most."""


def to_do(inputs: Sequence[str], output: Output, given: Given) -> tuple[tuple[str, ...], tuple[Targets, ...]]:
    """Return the inputs that are left to do, and their targets; each that is skipped is said.

    Raises UsageError, without --force, where a result would be replaced that was edited.
    """
    left = []
    for source, targets in zip(inputs, output.planned, strict=True):
        there = _existing(targets)
        if given["skip_existing"] and len(there) == len(targets):
            verb = "is" if len(there) == 1 else "are"
            log.info("Skipped %s: %s %s there already", source, " and ".join(map(str, there)), verb)
            events.skipped(source, there)
        else:
            left.append((source, targets))
    planned = tuple(targets for _, targets in left)
    if not given["force"]:
        refuse_edited(output, planned)
    return tuple(source for source, _ in left), planned


def refuse_edited(output: Output, planned: Sequence[Targets]) -> None:
    """Raise UsageError if a file would be replaced that was edited, or stands beside JSON that was, and is made of it.

    Only JSON tells whether it was edited. What is read, such as the words of `attribute`, is not beside its results.
    """
    for targets in planned:
        path, there = _json_beside(output, targets), _existing(targets)
        what = _edits(path) if there else ""
        if path is not None and what:
            raise UsageError(
                f"{path} was edited ({what}), and {' and '.join(map(str, there))} would be made anew without that: "
                f"{_remedy(output, path, targets)}add --force, which keeps the names only."
            )


def refuse_converting(output: Output, inputs: Sequence[str]) -> None:
    """Raise UsageError if `convert` would replace JSON that was edited."""
    for source, targets in zip(inputs, output.planned, strict=True):
        path = _json_beside(output, targets) if WHOLE in targets else None
        what = _edits(path)
        if what:
            raise UsageError(
                f"{path} was edited ({what}), and would be replaced: type `speakerplug edit {path} --from {source}` to "
                "take over what was corrected there, or add --force."
            )


def with_kept_names(transcript: Transcript, output: Output, targets: Targets) -> Transcript:
    """Return the transcript with the names in the JSON that it replaces, or that stands beside it, and say so.

    That the words and speakers corrected there are not in the results is said, too, where the JSON stays.
    """
    from ..attribution.kept_names import kept_names
    from ..formats.digest import is_edited, is_only_named

    path = _json_beside(output, targets)
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


def _existing(targets: Targets) -> list[Path]:
    """Return the files among the targets that exist; a copy's name may lack the suffix of its container."""
    return [found for name, path in targets.items() if path is not None and (found := _file(name, path)) is not None]


def _file(name: str, path: Path) -> Path | None:
    candidates = [path]
    if name == EMBED and path.name.endswith(SUBTITLED):
        from ..formats.mux.containers import BY_SUFFIX

        candidates = [path.with_name(path.name + suffix) for suffix in BY_SUFFIX]
    return next((each for each in candidates if each.is_file() and not is_stream(each)), None)


def _json_beside(output: Output, targets: Targets) -> Path | None:
    """Return the JSON of these results, or the one of their name next to them; None where there is none."""
    path = targets.get(WHOLE) if WHOLE in targets else _named_like(output, targets)
    if path is None or is_stream(path) or not path.is_file():
        return None
    is_read = any(os.path.exists(each) and path.samefile(each) for each in output.read)
    return None if is_read else path


def _named_like(output: Output, targets: Targets) -> Path | None:
    for name, path in targets.items():
        if path is not None and not is_stream(path):
            suffix = {EMBED: SUBTITLED, BURN: BURNED}.get(name) or output.formats[name].suffix
            stem = path.name[: -len(suffix)] if suffix and path.name.endswith(suffix) else path.stem
            return path.with_name(stem + output.formats[WHOLE].suffix)
    return None


def _read(path: Path) -> Transcript | None:
    """Return a transcript or diarization of ours, None for other files. Raises MediaError for a damaged one."""
    from ..formats import diarization, json
    from ..plugin.formats import FileContent

    file = FileContent.of(path)
    schema = next((each for each in (json.SCHEMA, diarization.SCHEMA) if f'"{each}"'.encode() in file.data), None)
    return None if schema is None else json.read(file, schema)


def _edits(path: Path | None) -> str:
    """Return what people have edited in a file, as a phrase; "" if nothing. Raises UsageError for a damaged one."""
    from ..formats.digest import is_edited, is_only_named

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


def _remedy(output: Output, path: Path, targets: Targets) -> str:
    """Return how other formats are made of a transcript that was edited; "" where that is not what was asked for."""
    others = [name for name in targets if name != WHOLE]
    is_diarization = output.formats[WHOLE].suffix != ".json"
    if not others or is_diarization:
        return ""
    flags = [name if name in (EMBED, BURN) else f"--{name}" if name in FLAGS else f"--format {name}" for name in others]
    return f"type `speakerplug convert {path} {' '.join(flags)}` to keep the edits, or "
