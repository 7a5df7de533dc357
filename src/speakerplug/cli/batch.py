"""One input after the other: a progress bar while each is at work, one line and an exit code for what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial as bound
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SpeakerPlugError
from . import console, signals
from .output import Targets, place_of, prepare_folder
from .progress import ProgressBar, shown
from .stdout import for_results

if TYPE_CHECKING:
    from ..plugin.manager import Plugins
    from ..transcript import Transcript

LONGEST_STEM = 242
"""Bytes of a name that leave room for .partial.json in the 255 that most systems allow."""


def run_each(
    inputs: Sequence[str],
    planned: Sequence[Targets],
    work: Callable[[str, Targets], None],
    plugins: Plugins,
    quiet: bool,
    *,
    keeps: bool = False,
    partial: Callable[[], Transcript | None] = lambda: None,
) -> int:
    """Call `work` with each input and its targets; the exit code is the error's own for one input, else 1.

    An error is reported, and the next input goes on. With `keeps`, what was done before an error is saved beside the
    results; so is what `partial` gives when the command is told to stop. Where it lies is said.
    """
    codes = []
    with _progress_bar(plugins, quiet) as bar, for_results():
        for source, targets in zip(inputs, planned, strict=True):
            code = 0
            try:
                prepare_folder(targets)
                with signals.rescuing(bound(_rescued, partial, source, targets)):
                    work(source, targets)
            except SpeakerPlugError as error:
                if signals.is_told():
                    raise KeyboardInterrupt from error
                console.fail(f"{error}{kept(error.partial, source, targets) if keeps else ''}", error)
                code = error.exit_code
            finally:
                if bar is not None:
                    bar.clear()
            codes.append(code)
    return codes[0] if len(codes) == 1 else max(map(bool, codes))


def kept(transcript: Transcript | None, source: str, targets: Targets) -> str:
    """Save what was done of an input, beside its results, and say where; "" where there is nothing."""
    if transcript is None:
        return ""
    stem = Path(source).stem.encode("utf-8", "surrogateescape")[:LONGEST_STEM].decode("utf-8", "ignore")
    try:
        path = transcript.save(place_of(targets) / f"{stem}.partial.json")
    except SpeakerPlugError as second:
        return f" What was done until then could not be kept: {second}"
    if any(word.speaker for word in transcript.words):
        return f" The transcript is kept in {path}; speakerplug convert writes other formats of it."
    return f" The words, without speakers, are kept in {path}; --no-diarize gives subtitles of them."


def _rescued(partial: Callable[[], Transcript | None], source: str, targets: Targets) -> str:
    return kept(partial(), source, targets)


@contextmanager
def _progress_bar(plugins: Plugins, quiet: bool) -> Iterator[ProgressBar | None]:
    """The bar, told by the stages."""
    with shown(quiet) as bar:
        if bar is not None:
            plugins.add("speakerplug.progress", bar)
        try:
            yield bar
        finally:
            if bar is not None:
                plugins.remove("speakerplug.progress")
