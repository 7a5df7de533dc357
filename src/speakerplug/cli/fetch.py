"""`speakerplug fetch`: diarizers and recognition models whole on this machine, for later use without a network."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import SpeakerPlugError, UsageError
from . import messages
from .shared import CACHE, REVISION, VERBOSITY, with_options

if TYPE_CHECKING:
    from ..plugins import Plugins
    from ..stages import DiarizerSettings, Progress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """Something to fetch: `get` gives its folder, `copy` fills a folder with all of it.

    `option` is the one that takes the folder; there is none for what comes with a package.
    """

    name: str
    option: str
    get: Callable[[Progress], Path | None]
    copy: Callable[[Path, Path], object] | None = None


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
    messages.set_level(quiet, verbose)
    from ..plugins import load_plugins
    from ..saving import refuse_taken
    from ..stages import DiarizerSettings

    if revision and len(names) > 1:
        raise UsageError("--revision is of one repository; fetch one NAME at a time, or write NAME@REVISION.")
    settings = DiarizerSettings(token=token, revision=revision, cache_dir=cache_dir)
    targets = _targets(names, target)
    for taken in filter(None, targets):
        refuse_taken(taken)
    codes = []
    with _progress(quiet) as progress:
        for name, folder in zip(names, targets, strict=True):
            try:
                _deliver(_item(name, settings, load_plugins()), folder, progress)
                codes.append(0)
            except SpeakerPlugError as error:
                messages.fail(str(error), error)
                codes.append(error.exit_code)
    return codes[0] if len(codes) == 1 else max(map(bool, codes))


def _targets(names: tuple[str, ...], target: str | None) -> list[Path | None]:
    if target is None:
        return [None] * len(names)
    folder = Path(target).expanduser()
    return [folder] if len(names) == 1 else [folder / name.rpartition("/")[2] for name in names]


def _deliver(item: Item, target: Path | None, progress: Progress) -> None:
    """Fetch one item, put it where it is wanted, and say how to use it."""
    from ..saving import whole_folder

    if target is not None and item.copy is None:
        raise UsageError(f"{item.name} comes with its package, and works without a network as it is; leave out --to.")
    folder = item.get(progress)
    if target is None or item.copy is None or folder is None:
        log.info("%s is here, whole and checked: use it with %s %s --offline", item.name, item.option, item.name)
        return
    with whole_folder(target) as unfinished:
        item.copy(folder, unfinished)
    log.info("%s is in %s: use it with %s %s --offline", item.name, target, item.option, target)


def _item(name: str, settings: DiarizerSettings, plugins: Plugins) -> Item:
    """What a name means; raises UsageError for one that means nothing."""
    from ..diarizers.choice import OPEN, REMOTE
    from ..diarizers.parts import COMMUNITY
    from ..recognizers.models import published_models, repository

    if name in plugins.models:
        pack = plugins.models[name].make
        return Item(name, "--model", lambda progress: pack.locate(), _copy)
    if name == OPEN:
        return _pipeline(OPEN, COMMUNITY, settings)
    if name in plugins.diarizers and name not in REMOTE:
        return Item(name, "--diarizer", lambda progress: None)
    if "/" in name and not Path(name).expanduser().exists():
        return _published(name, settings)
    if Path(name).is_dir() and name not in published_models():
        raise UsageError(f"{name} is a folder on this machine, so there is nothing to fetch; name a model or a hub id.")
    packs = [offer.make for offer in plugins.models.values()]
    return _model(name, repository(name, packs), settings.revision, settings)


def _published(name: str, settings: DiarizerSettings) -> Item:
    """What a hub id means; the repository's files tell."""
    from .. import hub
    from ..diarizers.pretrained import hub_name

    repo, revision = hub_name(name, settings.revision)
    key = settings.token or hub.token()
    if hub.cached(repo, ["model.bin"], revision, settings.cache_dir):
        return _model(name, repo, revision, settings)
    if hub.cached(repo, ["config.yaml"], revision, settings.cache_dir) is None and (
        "config.yaml" not in hub.listing(repo, key, revision)
    ):
        return _model(name, repo, revision, settings)
    return _pipeline(name, repo, settings, revision)


def _pipeline(name: str, repo: str, settings: DiarizerSettings, revision: str | None = None) -> Item:
    from ..diarizers.keeping import copy_whole, fetch_whole

    def get(progress: Progress) -> Path:
        return fetch_whole(repo, revision or settings.revision, settings, progress)

    return Item(name, "--diarizer", get, lambda folder, to: copy_whole(folder, to, repo, settings))


def _model(name: str, repo: str, revision: str | None, settings: DiarizerSettings) -> Item:
    from ..recognizers.models import fetch_whole

    def get(progress: Progress) -> Path:
        return fetch_whole(repo, settings.token, progress, revision, settings.cache_dir)

    return Item(name, "--model", get, _copy)


def _copy(folder: Path, to: Path) -> None:
    shutil.copytree(folder, to, copy_function=shutil.copyfile, dirs_exist_ok=True)


@contextmanager
def _progress(quiet: bool) -> Iterator[Progress]:
    """A bar on a terminal, nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield lambda step, completed, total: None
        return
    from .progress import ProgressBar

    bar = ProgressBar(messages.console())
    bar.start()
    try:
        yield partial(bar.stage_progress, "fetch")
    finally:
        bar.stop()
