"""The loop over inputs: their progress, a message for each error, and the exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial as bound
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SpeakerPlugError
from ..formats.targets import Targets, shortened
from ..system.arguments import path_of
from . import console, signals
from .events import about, done
from .output import place_of, prepare_folder
from .progress import shown
from .progress_displays import Subject
from .stdout import for_results

if TYPE_CHECKING:
    from ..pipeline.job import Costs
    from ..system.progress import Report
    from ..transcript import Transcript

    Work = Callable[[str, Targets, Report | None], None]


def run_each(
    inputs: Sequence[str],
    planned: Sequence[Targets],
    work: Work,
    quiet: bool,
    *,
    keeps: bool = False,
    partial: Callable[[], Transcript | None] = lambda: None,
    checkpoint: Callable[[], Path | None] = lambda: None,
    costs: Costs | None = None,
) -> int:
    """Call `work` with each input, its targets and its progress callback; return the exit code.

    An error is printed, and the next input goes on; the exit code is then that of the error for one input, else 1. With
    `keeps`, what was done before an error is saved next to the results, and so is what `partial` returns when the
    command is canceled; a message names the file, and the `checkpoint` from which the same command would go on.
    `costs` are those that the stages of an input are expected to have, for its progress.
    """
    codes = []
    with shown(quiet, costs) as tracker, for_results():
        for number, (source, targets) in enumerate(zip(inputs, planned, strict=True), 1):
            code = 0
            about(source)
            if tracker is not None:
                tracker.begin(Subject(source, number, len(inputs)))
            try:
                if os.path.exists(source):  # else nothing is made, and the work says what is missing
                    prepare_folder(targets)
                with signals.rescuing(bound(_rescued, partial, checkpoint, source, targets)):
                    work(source, targets, None if tracker is None else tracker.report)
            except SpeakerPlugError as error:
                if signals.is_cancelled():
                    raise KeyboardInterrupt from error
                kept = save_partial(error.partial, source, targets) + _resumable(checkpoint()) if keeps else ""
                console.fail(f"{error}{kept}", error)
                code = error.exit_code
            finally:
                if tracker is not None:
                    tracker.finish()
            done(code)
            codes.append(code)
    return codes[0] if len(codes) == 1 else int(any(codes))


def are_missing(inputs: Sequence[str]) -> bool:
    """Return whether no input exists; then `report_missing` does the work, without torch and numpy."""
    return not any(map(os.path.exists, inputs))


def report_missing(source: str, targets: Targets, progress: Report | None) -> None:
    """Raise MediaError for a missing input, UsageError for an invalid path; in place of the work of a command."""
    from ..media.file import MediaFile

    MediaFile(path_of(source, "The path of the recording")).check()


def save_partial(transcript: Transcript | None, source: str, targets: Targets) -> str:
    """Save what was done of an input next to its results, and return a sentence about it; "" for None."""
    if transcript is None:
        return ""
    try:
        path = transcript.save(place_of(targets) / f"{shortened(Path(source).stem)}.partial.json")
        console.wrote(path, is_partial=True, is_named=False)
    except SpeakerPlugError as second:
        return f" The partial transcript could not be saved: {second}"
    if any(word.speaker for word in transcript.words):
        return f" The transcript is kept in {path}; speakerplug convert writes other formats of it."
    return f" The words, without speakers, are kept in {path}; --no-diarize gives subtitles of them."


def _rescued(
    partial: Callable[[], Transcript | None], checkpoint: Callable[[], Path | None], source: str, targets: Targets
) -> str:
    return save_partial(partial(), source, targets) + _resumable(checkpoint())


def _resumable(checkpoint: Path | None) -> str:
    """Return a sentence about the checkpoint that is kept; "" for None."""
    return f" The same command goes on from {checkpoint}." if checkpoint is not None else ""
