"""The options of a transcription, for every command that transcribes, and the value that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options
from .cue_options import CUES

if TYPE_CHECKING:
    from ..pipeline.options import Options
    from ..plugin.manager import Plugins

FOR_DIARIZER = (*options.DIARIZER, options.DIARIZER_DEVICE, options.REVISION)
"""Options that --no-diarize refuses."""
DEVICES = (
    options.DEVICE,
    options.RECOGNIZER_DEVICE,
    options.DIARIZER_DEVICE,
    options.ALIGNER_DEVICE,
    options.COMPUTE_TYPE,
    options.MEMORY_LIMIT,
    options.CONCURRENCY,
    options.ISOLATE,
)
RECOGNITION = (
    options.recognition(
        "--recognizer",
        default="faster-whisper",
        show_default=True,
        metavar="NAME",
        advanced=True,
        help="Name of the speech recognizer.",
    ),
    options.recognition(
        "--model",
        default="auto",
        show_default=True,
        metavar="NAME|HUB-ID|FOLDER",
        help="Model of the recognizer, such as tiny.en, small or large-v3-turbo.",
    ),
    options.language("detected", "Language of the recording, such as en or English."),
    options.recognition(
        "--task",
        type=click.Choice(["transcribe", "translate"]),
        default="transcribe",
        show_default=True,
        help="Transcribe the language spoken, or translate it into English.",
    ),
    options.recognition(
        "--prompt",
        metavar="TEXT",
        advanced=True,
        help="Text as if said before the recording; it sets style and spelling.",
    ),
    options.recognition("--hotwords", metavar="TEXT", help="Names and terms that the recognizer should expect."),
    options.BATCH_SIZE,
    *options.ALIGNER,
)
SPEAKERS = (
    options.CHANNELS,
    *options.DIARIZER,
    *options.NAMES,
    options.speakers("--no-diarize", is_flag=True, help="Write words only, without speakers."),
)
REST = (*CUES, *DEVICES, *options.FETCHING)


def asked_options(context: click.Context, given: options.Given, plugins: Plugins) -> Options:
    """Return the options of the pipeline; raises UsageError for unknown names and contradictions."""
    if given["no_diarize"]:
        options.refuse_given(context, FOR_DIARIZER, "is for a diarizer; with --no-diarize there is none")
    asked = options.pipeline_options(given, **({"diarizer": None} if given["no_diarize"] else {}))
    plugins.choose("recognizers", given["recognizer"])
    if given["aligner"] is not None:
        plugins.choose("aligners", given["aligner"])
    return asked
