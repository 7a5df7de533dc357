"""One input after the other: a progress bar while each is at work, one line and an exit code for what went wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SpeakerPlugError
from . import console, signals
from .outputs import Targets, prepare_folder
from .stdout import for_results

if TYPE_CHECKING:
    from ..system.progress import Report
    from .progress import ProgressBar

    Work = Callable[[str, Targets, "Report | None"], None]


def run_each(
    inputs: Sequence[str],
    planned: Sequence[Targets],
    work: Work,
    quiet: bool,
    kept: Callable[[SpeakerPlugError, str, Targets], str] = lambda error, source, targets: "",
    rescued: Callable[[str, Targets], str] = lambda source, targets: "",
) -> int:
    """Call `work` with each input, its targets and its listener; the exit code is the error's own for one, else 1.

    An error is reported, with what `kept` says of it, and the next input goes on. When the command is told to stop,
    `rescued` is called, and what it says is said.
    """
    codes = []
    with _progress_bar(quiet) as bar, for_results():
        for source, targets in zip(inputs, planned, strict=True):
            code = 0
            try:
                prepare_folder(targets)
                with signals.rescuing(partial(rescued, source, targets)):
                    work(source, targets, None if bar is None else bar.report)
            except SpeakerPlugError as error:
                if signals.is_told():
                    raise KeyboardInterrupt from error
                console.fail(f"{error}{kept(error, source, targets)}", error)
                code = error.exit_code
            finally:
                if bar is not None:
                    bar.clear()
            codes.append(code)
    return codes[0] if len(codes) == 1 else max(map(bool, codes))


def are_missing(inputs: Sequence[str]) -> bool:
    """Whether none of the inputs is there, which is said by `report_missing` before torch and numpy are imported."""
    return not any(map(os.path.exists, inputs))


def report_missing(source: str, targets: Targets, progress: Report | None) -> None:
    """Raise MediaError for an input that is not there; in place of the work of a command."""
    from ..media.file import MediaFile, refuse_url

    refuse_url(source)
    MediaFile(Path(source)).check()


@contextmanager
def _progress_bar(quiet: bool) -> Iterator[ProgressBar | None]:
    """A bar on a terminal, nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from .progress import ProgressBar

    bar = ProgressBar(console.console())
    bar.start()
    try:
        yield bar
    finally:
        bar.stop()
