"""`speakerplug evaluate`: measures transcripts against recordings with a known reference."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from speakerplug.cli import console
from speakerplug.cli.help import Command
from speakerplug.cli.options import DEVICES, FETCHING, TRUST, VERBOSITY, with_options
from speakerplug.cli.progress import PROGRESS
from speakerplug.cli.stdout import show
from speakerplug.plugin import UsageError

if TYPE_CHECKING:
    from speakerplug.cli.progress import JobTracker

    from .systems import System
    from .truth import Item


@click.command(cls=Command, short_help="Measure how many words and speakers are wrong.")
@click.argument("manifest", required=False, metavar="[MANIFEST]", type=click.Path(path_type=Path))
@click.option(
    "--system",
    "systems",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER|FILE",
    help="Score these results, without a run: RTTM, or any transcript or subtitles that `convert` reads; repeatable.",
)
@click.option("--items", multiple=True, metavar="ID,...", show_default="all", help="Recordings to measure; repeatable.")
@click.option(
    "--recognizer", default="faster-whisper", show_default=True, metavar="NAME", help="Name of the speech recognizer."
)
@click.option(
    "--model",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="Model of the recognizer, such as tiny.en, small or large-v3-turbo.",
)
@click.option(
    "--diarizer", default="auto", show_default=True, metavar="NAME|HUB-ID|FOLDER", help="Speaker diarization backend."
)
@click.option(
    "-o", "--keep", metavar="FOLDER", type=click.Path(path_type=Path), help="Save ID.json and ID.vtt to this folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write a web page with tables and plots.")
@with_options((TRUST,), DEVICES, FETCHING, PROGRESS, VERBOSITY)
def evaluate(
    manifest: Path | None,
    systems: tuple[Path, ...],
    items: tuple[str, ...],
    keep: Path | None,
    as_json: bool,
    html: Path | None,
    quiet: bool,
    verbose: bool,
    **given: Any,
) -> None:
    """Measure word and speaker errors on recordings with a known reference.

    MANIFEST is a manifest.json, or a folder with one, or a folder with STM and RTTM files; without it, the
    30 s conversation that comes with pyannote.audio. SpeakerPlug transcribes the audio, or the results of any
    system are read, in files that are named like the recordings.
    """
    console.set_level(quiet, verbose)
    from .needs import require

    require()
    if systems and keep:
        raise UsageError("--keep saves SpeakerPlug's results, but with --system it is not run; omit one of them.")
    from speakerplug.cli.doctor.decoding import sample
    from speakerplug.cli.output import prepare_folder, refuse_overwriting
    from speakerplug.cli.progress import shown, usual_costs
    from speakerplug.cli.stdout import for_results

    from .manifest import read_set
    from .measures import evaluate as measured
    from .page import page
    from .pools import differences, rows
    from .report import document, text
    from .systems import saved_systems

    place = manifest or sample().parent
    if html is not None:
        refuse_overwriting(_read_of(place, systems), {"html": html})
        prepare_folder({"html": html})
    chosen = _chosen(read_set(place), items)
    with shown(quiet, usual_costs()) as tracker, for_results():
        ours = () if systems else (_speakerplug(given, keep, _read_of(place), tracker, len(chosen)),)
        compared = ours or saved_systems(systems, chosen)
        results = {system.name: measured(chosen, system) for system in compared}
    found = [row for name, each in results.items() for row in rows(name, each)]
    changed = list(differences(results))
    if html is not None:
        from speakerplug.plugin import write_whole

        write_whole(html, page(found, changed, f"Evaluation of {', '.join(results)}"))
    show(document(found, changed) if as_json else text(found, changed))


def _read_of(place: Path, systems: Sequence[Path] = ()) -> list[Path]:
    """Return the files of a set, and of saved results, that are read."""
    from .manifest import AUDIO_SUFFIXES, FILES

    ends = ("manifest.json", *(f".{end}" for end in (*FILES.values(), *AUDIO_SUFFIXES)))
    of_set = place.glob("*") if place.is_dir() else (place, *place.parent.glob("*"))
    answers = (file for system in systems for file in (system, *(system.glob("*") if system.is_dir() else ())))
    truths = (path for path in of_set if path == place or path.name.endswith(ends))
    return [path for path in (*truths, *answers) if path.is_file()]


def _chosen(items: Sequence[Item], names: Sequence[str]) -> list[Item]:
    wanted = {name.strip() for text in names for name in text.split(",")}
    if unknown := sorted(wanted - {item.id for item in items}):
        known = ", ".join(item.id for item in items)
        raise UsageError(f"There is no recording {', '.join(unknown)}; there are {known}.")
    return [item for item in items if not wanted or item.id in wanted]


def _speakerplug(
    given: dict[str, Any], keep: Path | None, read: Sequence[Path], tracker: JobTracker | None, count: int
) -> System:
    """Return SpeakerPlug with these options as a system for `count` recordings; its models are loaded once."""
    from speakerplug import Transcriber
    from speakerplug.cli.events import about, done
    from speakerplug.cli.output import prepare_folder, refuse_overwriting
    from speakerplug.cli.progress_displays import Subject
    from speakerplug.plugin import load_plugins

    from .hypotheses import Hypothesis, from_transcript
    from .systems import System

    numbers = itertools.count(1)
    transcriber = click.get_current_context().with_resource(Transcriber(plugins=load_plugins(), **given))

    def answer(item: Item) -> tuple[Hypothesis, float]:
        """Transcribe a recording; return its words and turns, and the seconds that took."""
        about(str(item.audio))
        if tracker is not None:
            tracker.begin(Subject(str(item.audio), next(numbers), count))
        began = time.perf_counter()
        transcript = transcriber.transcribe(item.audio, progress=None if tracker is None else tracker.report)
        seconds = time.perf_counter() - began
        if tracker is not None:
            tracker.finish()
        done(0)
        if keep is not None:
            targets = {suffix: keep / f"{item.id}.{suffix}" for suffix in ("json", "vtt")}
            refuse_overwriting((item.audio, *read), targets)
            prepare_folder(targets)
            for path in targets.values():
                transcript.save(path)
        return from_transcript(transcript), seconds

    return System("speakerplug", answer)
