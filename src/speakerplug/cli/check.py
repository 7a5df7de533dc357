"""`speakerplug check`: whether subtitles, of any program, keep the published guidelines."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from ..errors import SpeakerPlugError
from . import console
from .cue_options import PROFILE
from .help import Command
from .options import ENCODING, VERBOSITY, with_options
from .stdout import show


@click.command(cls=Command, short_help="Check subtitles against published guidelines.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--cue-profile", type=PROFILE, default="netflix", show_default=True, help="Published guidelines to check."
)
@click.option(
    "--overlap",
    type=click.Choice(["clip", "stack"]),
    default="clip",
    show_default=True,
    help="Expect one cue at a time (clip), or let cues of several speakers overlap (stack).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@with_options(ENCODING, VERBOSITY)
def check(
    files: tuple[Path, ...],
    cue_profile: str,
    overlap: str,
    as_json: bool,
    encoding: str | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Check subtitles against published guidelines.

    FILE is SRT, VTT, ASS, SBV, or a format of a plugin that reads cues. Every cue that breaks a rule is listed, with a
    hint. The exit code is 1 if a hard rule is broken; reading speed, which depends on the speech, is not one.
    """
    console.set_level(quiet, verbose)
    from ..formats.load import load_cues
    from ..subtitles import profile as rules_of
    from ..subtitles.check import check as measured
    from ..subtitles.check import document, lines, rounding_ms, text

    rules = replace(rules_of(cue_profile), overlap=overlap)
    documents, code = [], 0
    for path in files:
        try:
            cues = load_cues(path, encoding)
        except SpeakerPlugError as error:
            console.fail(str(error), error)
            code = error.exit_code
            continue
        findings = measured(cues, rules.for_srt if path.suffix.lower() == ".srt" else rules, rounding_ms(path))
        if as_json:
            documents.append({"file": path.name, "cue_profile": cue_profile, **document(cues, findings)})
        else:
            head = [str(path)] if len(files) > 1 else []
            for line in [*head, *(lines(findings) if quiet else [text(cues, findings)])]:
                show(line)
        code = code or int(any(found.hard for found in findings))
    if as_json:
        show(json.dumps(documents, ensure_ascii=False, indent=1))
    return code
