"""`speakerplug pipeline`: a folder that other tools load as a pipeline of pyannote.audio."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from . import console
from .help import Command
from .options import DIARIZER, VERBOSITY, with_options

log = logging.getLogger(__name__)

NAME = DIARIZER[0]
"""The option --diarizer alone; all others are for a recording."""


@click.command(cls=Command, short_help="Write a pyannote pipeline for WhisperX and other tools.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--exclusive", is_flag=True, help="Let the pipeline return one speaker at a time, without overlap.")
@with_options((NAME,), VERBOSITY)
def pipeline(folder: Path, diarizer: str, exclusive: bool, quiet: bool, verbose: bool) -> None:
    """Write a folder that pyannote.audio's Pipeline.from_pretrained loads, and with it WhisperX and other tools.

    FOLDER is new; it gets a small config.yaml, and no weights. The tool's environment must have SpeakerPlug, too.
    """
    console.set_level(quiet, verbose)
    from ..hosts.pipeline_folder import write_pipeline

    written = write_pipeline(folder, diarizer, exclusive)
    log.info("Wrote %s; for WhisperX: whisperx --diarize --diarize_model %s", written, written)
