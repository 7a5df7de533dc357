"""`speakerplug fetch`: download whole diarizers and recognition models, for later use without a network."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import SpeakerPlugError, UsageError
from ..plugin import known
from ..plugin.guard import naming
from . import console
from .events import about, done
from .help import Command
from .options import CACHE, REVISION, VERBOSITY, with_options
from .progress import PROGRESS, shown, stage
from .progress_displays import Subject

if TYPE_CHECKING:
    from ..plugin.manager import Plugins
    from ..plugin.registrations import DiarizerRegistration
    from ..plugin.roles import DiarizerSettings, ModelRegistration
    from ..system.progress import Progress

log = logging.getLogger(__name__)


@click.command(cls=Command, short_help="Download diarizers and models, for use without a network.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--to",
    "target",
    metavar="FOLDER",
    show_default="the hub's cache",
    help="Folder for the download; of several names, each has a subfolder.",
)
@with_options((REVISION, *CACHE), PROGRESS, VERBOSITY)
def fetch(
    names: tuple[str, ...],
    target: str | None,
    revision: str | None,
    token: str | None,
    cache_dir: str | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Download whole diarizers and recognition models, for later use without a network.

    NAME is a diarizer (community-1), a recognition model (small, large-v3-turbo), or the hub id of either. Files that
    are already downloaded are checked against the hub's checksums and repaired; an interrupted download is resumed.
    """
    console.set_level(quiet, verbose)
    from ..plugin.manager import load_plugins
    from ..plugin.roles import DiarizerSettings
    from ..system.files import refuse_taken

    if revision and len(names) > 1:
        raise UsageError("--revision belongs to one repository; fetch one NAME at a time, or write NAME@REVISION.")
    settings = DiarizerSettings(token=token, revision=revision, cache_dir=cache_dir)
    targets = _targets(names, target)
    for taken in filter(None, targets):
        refuse_taken(taken)
    codes = []
    with shown(quiet) as tracker:
        for number, (name, folder) in enumerate(zip(names, targets, strict=True), 1):
            about(name)
            if tracker is not None:
                tracker.begin(Subject(name, number, len(names)))
            try:
                with stage(None if tracker is None else tracker.report, name, "fetch") as progress:
                    item = item_named(name, settings, load_plugins(), folder is not None)
                    _deliver(item, folder, progress or (lambda *_: None))
                codes.append(0)
            except SpeakerPlugError as error:
                console.fail(str(error), error)
                codes.append(error.exit_code)
            finally:
                if tracker is not None:
                    tracker.finish()
            done(codes[-1])
    return codes[0] if len(codes) == 1 else int(any(codes))


def _targets(names: tuple[str, ...], target: str | None) -> list[Path | None]:
    if target is None:
        return [None] * len(names)
    folder = Path(target).expanduser()
    return [folder] if len(names) == 1 else [folder / name.rpartition("/")[2] for name in names]


def _deliver(item: Item, target: Path | None, progress: Progress) -> None:
    """Fetch one item, into a folder where one is given, and log how to use it."""
    from ..system.files import whole_folder

    if item.fetch is None:
        if target is not None:
            raise UsageError(
                f"{item.name} comes with its package, and works without a network as it is; leave out --to."
            )
        log.info("%s comes with its package: use it with %s %s --offline", item.name, item.option, item.name)
        return
    if target is None:
        item.fetch(progress, None)
        given = f"{item.option} {item.name}{item.given}"
        if item.is_bundled:
            log.info("%s comes with its package, nothing to download: use it with %s --offline", item.name, given)
            return
        log.info("%s is downloaded and verified: use it with %s --offline", item.name, given)
        return
    with whole_folder(target) as unfinished:
        item.fetch(progress, unfinished)
    log.info("%s is in %s: use it with %s %s --offline", item.name, target, item.option, target)


@dataclass(frozen=True, slots=True)
class Item:
    """Something to fetch: `fetch` downloads all of it, and copies it to a folder where one is given.

    `option` takes its name or its folder; `given` are the options that go with the name. What comes with a package and
    cannot be copied has no `fetch`; what `is_bundled` comes with one, and can.
    """

    name: str
    option: str
    fetch: Callable[[Progress, Path | None], object] | None = None
    given: str = ""
    is_bundled: bool = False


def item_named(name: str, settings: DiarizerSettings, plugins: Plugins, to_folder: bool) -> Item:
    """Return the item of a name; raises UsageError for an unknown one.

    A revision of a recognition model needs a folder (`to_folder`): no option could name it in the cache.
    """
    from ..diarizers.pyannote.plugin import ANY
    from ..recognizers.models import published_models, repository

    diarizer = _diarizer(name, plugins)
    is_local = name in plugins.models or (diarizer is not None and not diarizer.needs and diarizer.fetch is None)
    if settings.revision and is_local:
        raise UsageError(f"{name} has no revisions, for it is not on the hub; leave out --revision.")
    if name in plugins.models:
        return _bundled(plugins.models[name])
    if is_local:
        return Item(name, "--diarizer")
    if diarizer is not None and diarizer.fetch is None:
        raise UsageError(f"{name} runs elsewhere, so there is nothing to fetch; name a model that runs here.")
    if diarizer is not None and diarizer.name == name:
        if name == ANY:
            raise UsageError(f"{name} is any pipeline of pyannote.audio; name the one to fetch by its hub id.")
        return _pipeline(name, diarizer, settings)
    if diarizer is not None and diarizer.name != ANY:
        return _pipeline(name, diarizer, replace(settings, source=name))
    if "/" in name and not os.path.exists(Path(name).expanduser()):
        return _published(name, settings, plugins, to_folder)
    if os.path.isdir(name) and name not in published_models():
        raise UsageError(f"{name} is a folder on this machine, so there is nothing to fetch; name a model or a hub id.")
    repo = repository(name, list(plugins.models.values()))
    return _model(name, repo, settings.revision, settings, to_folder)


def _diarizer(name: str, plugins: Plugins) -> DiarizerRegistration | None:
    """Return the diarizer with this name or hub id."""
    from ..diarizers.select import diarizer_for

    try:
        return diarizer_for(name, plugins)
    except UsageError:
        if known.package_of(name) is not None:
            raise
        return None


def _bundled(model: ModelRegistration) -> Item:
    """Return a recognition model that comes with a package."""
    from ..recognizers.models import NAME

    given = "" if model.recognizer == NAME else f" --recognizer {model.recognizer}"
    return Item(model.name, "--model", partial(_fetch_model, lambda progress: model.locate()), given, True)


def _published(name: str, settings: DiarizerSettings, plugins: Plugins, to_folder: bool) -> Item:
    """Return the item of a hub id: a diarizer or a recognition model, by the files of the repository."""
    from .. import hub
    from ..diarizers.pyannote.pretrained import hub_name
    from ..diarizers.select import diarizer_for

    repo, revision = hub_name(name, settings.revision)
    if hub.cached(repo, ["model.bin"], revision, settings.cache_dir):
        return _model(name, repo, revision, settings, to_folder)
    if hub.cached(repo, ["config.yaml"], revision, settings.cache_dir) is None and (
        "config.yaml" not in hub.listing(repo, settings.token, revision)
    ):
        return _model(name, repo, revision, settings, to_folder)
    return _pipeline(name, diarizer_for(name, plugins), replace(settings, source=name))


def _pipeline(name: str, diarizer: DiarizerRegistration, settings: DiarizerSettings) -> Item:
    fetch = partial(_fetch_diarizer, diarizer, settings)
    given = f" --revision {settings.revision}" if settings.revision else ""
    return Item(name, "--diarizer", fetch, given + _cache_option(settings))


def _fetch_diarizer(
    diarizer: DiarizerRegistration, settings: DiarizerSettings, progress: Progress, to: Path | None
) -> None:
    assert diarizer.fetch is not None
    with naming(f"Diarizer {diarizer.name}", diarizer.plugin):
        diarizer.fetch(settings, progress, to)


def _model(name: str, repo: str, revision: str | None, settings: DiarizerSettings, to_folder: bool) -> Item:
    from ..recognizers.models import fetch_whole

    if revision and not to_folder:
        raise UsageError(f"A revision of a recognition model needs a separate folder; add --to FOLDER for {name}.")

    def locate(progress: Progress) -> Path:
        """Return the folder in the hub's cache."""
        return fetch_whole(repo, settings.token, progress, revision, settings.cache_dir)

    return Item(name, "--model", partial(_fetch_model, locate), _cache_option(settings))


def _fetch_model(locate: Callable[[Progress], Path], progress: Progress, to: Path | None) -> None:
    """Download a recognition model, and copy it to the folder `to` where one is given."""
    folder = locate(progress)
    if to is not None:
        shutil.copytree(folder, to, copy_function=shutil.copyfile, dirs_exist_ok=True)


def _cache_option(settings: DiarizerSettings) -> str:
    return f" --cache-dir {settings.cache_dir}" if settings.cache_dir else ""
