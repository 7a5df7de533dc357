"""`speakerplug convert`: saved transcripts in, other formats out, without running a model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import MediaError, UsageError
from ..formats.targets import Targets
from . import console, options
from .cue_options import CUES
from .each import run_each
from .earlier import FORCE, refuse_converting
from .format_options import formats, output_options
from .help import Command
from .output import Output
from .progress import PROGRESS

if TYPE_CHECKING:
    from ..system.progress import Report
    from ..transcript import Transcript


@click.command(cls=Command, short_help="Write saved transcripts in other formats.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@options.with_options((*formats(), FORCE))
@options.files(
    "--media", metavar="FILE", show_default="next to the transcript", help="Recording that the transcript is of."
)
@options.with_options(options.ENCODING, CUES, PROGRESS, options.VERBOSITY)
def convert(inputs: tuple[str, ...], quiet: bool, verbose: bool, **given: Any) -> int:
    """Write saved transcripts in other formats; no model runs.

    INPUT is the JSON of `transcribe --json`, subtitles (.vtt, .srt, .ass, .ttml, .sbv, .scc), whose words get estimated
    times where they have none, a document of ELAN or Praat, or what another program wrote (see `attribute`).
    """
    console.set_level(quiet, verbose)
    from ..formats.load import load
    from ..formats.save import writable
    from ..pipeline.job import expected_costs
    from ..plugin.manager import load_plugins

    plugins, media = load_plugins(), given["media"]
    output = Output(writable(plugins), inputs, output_options(given), options.files_named(given))
    if media is not None and len(inputs) > 1:
        raise UsageError("--media is the recording of one transcript; convert the others without it.")
    if not given["force"]:
        refuse_converting(output, inputs)

    def work(source: str, targets: Targets, progress: Report | None) -> None:
        """Write one transcript in other formats."""
        transcript = load(source, plugins, given["encoding"])
        recording = recording_of(media, source, transcript, output.needs_recording)
        output.deliver(transcript, output.of(recording, targets), recording, progress)

    return run_each(inputs, output.planned, work, quiet, costs=expected_costs(None, output.copy_costs))


def recording_of(media: str | None, source: str, transcript: Transcript, needed: bool) -> Path | None:
    """Return the recording that was named, or the one next to the transcript; raises MediaError if it is `needed`."""
    name = Path(transcript.media.file).name
    path = Path(media) if media is not None else Path(source).parent / name
    if os.path.isfile(path) and path != Path(source):
        return path
    if media is not None:
        raise MediaError(f"There is no file {media}; check the path.")
    if needed:
        raise MediaError(f"The recording of {source}, {name or 'of no name'}, is not next to it; name it with --media.")
    return None
