"""The options of `speakerplug batch` alone: what is done again, by how many workers, and within which limits."""

from __future__ import annotations

import re

import click

from ..errors import UsageError
from . import options
from .help import section

again = section("Many recordings")

LIST = options.files(
    "--list",
    "listed",
    metavar="FILE",
    help="Take the recordings of a list: JSON lines with audio_filepath, and perhaps offset, duration and options.",
)
OUTPUT = options.files(
    "-o", "--output", metavar="FOLDER", show_default="the one folder given", help="Folder for the results."
)
BATCH = (
    again("--retry-failed", is_flag=True, help="Try again what failed in an earlier run."),
    again(
        "--skip-existing",
        is_flag=True,
        advanced=True,
        help="Take recordings for done whose results are all there, whatever wrote them.",
    ),
    again("--redo", is_flag=True, advanced=True, help="Do everything again, also what is done."),
    again(
        "--verify",
        is_flag=True,
        advanced=True,
        help="Compare recordings and results by all of their bytes, not by sizes, times and their ends.",
    ),
    again("--watch", is_flag=True, help="Go on until Ctrl-C: look for new recordings every few seconds."),
    again("--shard", metavar="K/N", help="Do only this share of the recordings, such as 3/16: for N machines."),
    again("--status", metavar="FOLDER", help="Show how far the runs in a folder of results are; with --json as JSON."),
    again("--report", metavar="FILE", help="Write a web page with totals, failures and a plot at the end."),
)
WORKERS = (
    options.compute("--workers", type=click.IntRange(1), metavar="N", show_default="one per GPU, else one",
        help="Processes that work at the same time, each with its own models."),
    options.compute("--gpus-per-worker", type=click.FloatRange(0.0, min_open=True), metavar="N", advanced=True,
        show_default="one", help="GPUs for each worker of a cluster; 0.5 lets two share one."),
    options.compute("--recycle", type=click.IntRange(1), metavar="N", advanced=True, show_default="never",
        help="Replace a worker after N recordings."),
    options.compute("--worker-memory", metavar="SIZE", advanced=True, show_default="no limit",
        help="Replace a worker that uses more than this after a recording, such as 8GB."),
    options.compute("--time-limit", type=click.FloatRange(0.0, min_open=True), metavar="FACTOR", default=30.0,
        show_default=True, advanced=True,
        help="Seconds of work for each second of a recording, and ten minutes more, after which it is given up."),
)  # fmt: skip


def shard_of(text: str | None) -> tuple[int, int]:
    """Return the number of a shard, from 1, and their count; raises UsageError for what is neither."""
    if text is None:
        return 1, 1
    match = re.fullmatch(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"--shard {text:.40} cannot be read; write it like 3/16, from 1/16 to 16/16.")
    return int(match[1]), int(match[2])
