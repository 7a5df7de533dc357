"""`speakerplug edit`: correct words and speakers of a saved transcript, without running a model."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from . import console, options
from .convert import recording_of
from .corrections import VERBS, corrected
from .cue_options import CUES
from .format_options import formats, output_options
from .help import Command, section
from .output import STDOUT, Output, put

if TYPE_CHECKING:
    from ..plugin.formats import FileContent
    from ..transcript import Transcript

log = logging.getLogger(__name__)

corrections = section("Corrections, made in this order")


@click.command(cls=Command, short_help="Correct words and speakers of a saved transcript.")
@click.argument("transcript", metavar="TALK.json")
@corrections(
    "--from",
    "copy",
    metavar="FILE",
    help="Take the words and speakers of a corrected copy: SRT, VTT, or what the HTML page saved.",
)
@corrections("--force", is_flag=True, help="Take a copy that lacks more than a third of the words, and delete these.")
@corrections("--replace", "phrases", multiple=True, metavar="OLD=NEW", help="Replace a phrase; repeatable.")
@corrections(
    "--split",
    "splits",
    multiple=True,
    metavar="SPEAKER[=NAME]",
    help="Split a speaker into the two that differ most; repeatable.",
)
@corrections(
    "--speaker",
    "spans",
    multiple=True,
    metavar="0:42-0:47=NAME",
    help="Give the words between two times to a speaker, who may be new; repeatable.",
)
@corrections(
    "--merge",
    "merges",
    multiple=True,
    metavar="SPEAKER_02=SPEAKER_00",
    help="Merge the first speaker into the second; repeatable.",
)
@corrections("--merge-names", is_flag=True, help="Merge all speakers that have the same name.")
@options.with_options(formats(usual="none", output=options.output("in place, formats next to it")))
@options.files(
    "--media", metavar="FILE", show_default="next to the transcript", help="Recording that the transcript is of."
)
@options.with_options(options.ENCODING, CUES, options.VERBOSITY)
def edit(transcript: str, quiet: bool, verbose: bool, **given: Any) -> None:
    """Correct words and speakers of a saved transcript; no model runs.

    Words that do not change keep their times and confidences. The JSON is replaced atomically; no other file is
    written unless formats are named, as with `convert`. With --output, or if nothing changes, the JSON stays as it is.
    """
    console.set_level(quiet, verbose)
    from ..formats.load import load_own
    from ..formats.save import writable
    from ..plugin.formats import FileContent
    from ..plugin.manager import load_plugins

    if not any(given[verb] for verb in VERBS):
        raise UsageError("Give a correction, such as --replace OLD=NEW; `speakerplug edit --help` lists them.")
    asked, in_place = output_options(given), given["output"] is None
    if in_place:
        asked = replace(asked, formats=tuple(name for name in asked.formats if name != "json"))
    output = None
    if asked.formats or asked.embed_subs or asked.burn or not in_place:
        output = Output(writable(load_plugins()), (transcript,), asked, options.files_named(given), "json")
    file = FileContent.of(transcript)
    before = load_own(file)
    after = corrected(before, given)
    if in_place and after != before:
        put(_json(after, file), Path(transcript))
    if output is not None:
        recording = recording_of(given["media"], transcript, after, output.needs_recording)
        output.deliver(after, output.of(recording, output.planned[0]), recording)
    if given["output"] != STDOUT:
        _report(before, after)


def _json(after: Transcript, file: FileContent) -> str:
    """Return the JSON of the transcript, with the members of the `file` that we do not know."""
    import msgspec

    from ..formats import json

    return json.rewritten({**file.json, **msgspec.json.decode(json.write(after))})


def _report(before: Transcript, after: Transcript) -> None:
    """Say how many words changed and are gone, and which ids share a name, or that nothing changed."""
    if after == before:
        log.info("Nothing changed.")
        return
    was = {(word.text, word.start, word.end): word.speaker for word in before.words}
    now = {(word.text, word.start, word.end): word.speaker for word in after.words}
    moved = sum(now[key] != was[key] for key in now.keys() & was.keys())
    log.info("Words that are new or changed: %d; with another speaker: %d", len(now.keys() - was.keys()), moved)
    if len(after.words) < len(before.words):
        log.info("Words now: %d instead of %d", len(after.words), len(before.words))
    names = [each.name for each in after.speakers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        log.info("%d speakers are named %s; --merge-names makes them one", names.count(name), name)
