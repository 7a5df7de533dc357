"""What an earlier run wrote: edited results are not overwritten, and inputs that are done are skipped."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError
from ..formats.earlier import edits_of, json_beside
from ..formats.targets import BURN, EMBED, WHOLE, Targets, existing
from . import events
from .format_options import FLAGS
from .options import Given, files
from .output import Output

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


def to_do(inputs: Sequence[str], output: Output, given: Given) -> tuple[tuple[str, ...], tuple[Targets, ...]]:
    """Return the inputs that are left to do, and their targets; each that is skipped is said.

    Raises UsageError, without --force, where a result would be replaced that was edited.
    """
    left = []
    for source, targets in zip(inputs, output.planned, strict=True):
        there = existing(targets)
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
        path, there = json_beside(targets, output.formats, output.read), existing(targets)
        what = edits_of(path) if there else ""
        if path is not None and what:
            raise UsageError(
                f"{path} was edited ({what}), and {' and '.join(map(str, there))} would be made anew without that: "
                f"{_remedy(output, path, targets)}add --force, which keeps the names only."
            )


def refuse_converting(output: Output, inputs: Sequence[str]) -> None:
    """Raise UsageError if `convert` would replace JSON that was edited."""
    for source, targets in zip(inputs, output.planned, strict=True):
        path = json_beside(targets, output.formats, output.read) if WHOLE in targets else None
        what = edits_of(path)
        if what:
            raise UsageError(
                f"{path} was edited ({what}), and would be replaced: type `speakerplug edit {path} --from {source}` to "
                "take over what was corrected there, or add --force."
            )


def _remedy(output: Output, path: Path, targets: Targets) -> str:
    """Return how other formats are made of a transcript that was edited; "" where that is not what was asked for."""
    others = [name for name in targets if name != WHOLE]
    is_diarization = output.formats[WHOLE].suffix != ".json"
    if not others or is_diarization:
        return ""
    flags = [name if name in (EMBED, BURN) else f"--{name}" if name in FLAGS else f"--format {name}" for name in others]
    return f"type `speakerplug convert {path} {' '.join(flags)}` to keep the edits, or "
