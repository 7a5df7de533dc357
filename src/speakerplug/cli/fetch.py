"""`speakerplug fetch`: diarizers and recognition models whole on this machine, for later use without a network."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import SpeakerPlugError, UsageError
from ..system.progress import ProgressEvent
from . import console
from .fetchable import Item, item_named
from .options import CACHE, REVISION, VERBOSITY, with_options
from .progress import shown

if TYPE_CHECKING:
    from ..system.progress import Progress

log = logging.getLogger(__name__)


@click.command(short_help="Download diarizers and models whole, for use without a network.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--to", "target", metavar="FOLDER", help="Put it into a folder of its own; several: a folder in it each.")
@with_options((REVISION, *CACHE), VERBOSITY)
def fetch(
    names: tuple[str, ...],
    target: str | None,
    revision: str | None,
    token: str | None,
    cache_dir: str | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Download diarizers and recognition models whole, for later use without a network.

    NAME is a diarizer (community-1), a recognition model (small, large-v3-turbo), or the hub id of either. What is here
    already is compared with the hub's hashes, and repaired; a download that was cut goes on where it stopped.
    """
    console.set_level(quiet, verbose)
    from ..plugin.manager import load_plugins
    from ..plugin.roles import DiarizerSettings
    from ..system.files import refuse_taken

    if revision and len(names) > 1:
        raise UsageError("--revision is of one repository; fetch one NAME at a time, or write NAME@REVISION.")
    settings = DiarizerSettings(token=token, revision=revision, cache_dir=cache_dir)
    targets = _targets(names, target)
    for taken in filter(None, targets):
        refuse_taken(taken)
    codes = []
    with shown(quiet) as bar:

        def progress(step: str, completed: float, total: float) -> None:
            """Move the bar, if there is one."""
            if bar is not None:
                bar.report(ProgressEvent("", "fetch", step, completed, total))

        for name, folder in zip(names, targets, strict=True):
            try:
                _deliver(item_named(name, settings, load_plugins(), folder is not None), folder, progress)
                codes.append(0)
            except SpeakerPlugError as error:
                console.fail(str(error), error)
                codes.append(error.exit_code)
    return codes[0] if len(codes) == 1 else max(map(bool, codes))


def _targets(names: tuple[str, ...], target: str | None) -> list[Path | None]:
    if target is None:
        return [None] * len(names)
    folder = Path(target).expanduser()
    return [folder] if len(names) == 1 else [folder / name.rpartition("/")[2] for name in names]


def _deliver(item: Item, target: Path | None, progress: Progress) -> None:
    """Fetch one item, put it where it is wanted, and say how to use it."""
    from ..system.files import whole_folder

    if item.fetch is None:
        if target is not None:
            raise UsageError(
                f"{item.name} comes with its package, and works without a network as it is; leave out --to."
            )
        log.info("%s came with its package: use it with %s %s --offline", item.name, item.option, item.name)
        return
    if target is None:
        item.fetch(progress, None)
        given = f"{item.option} {item.name}{item.given}"
        log.info("%s is here, whole and checked: use it with %s --offline", item.name, given)
        return
    with whole_folder(target) as unfinished:
        item.fetch(progress, unfinished)
    log.info("%s is in %s: use it with %s %s --offline", item.name, target, item.option, target)
