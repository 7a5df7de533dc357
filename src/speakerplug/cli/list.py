"""`speakerplug plugins`, `speakerplug models` and `speakerplug diarizers`: what is registered and available."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from .help import Command
from .options import CACHE, OFFLINE, with_options
from .stdout import show, table


@click.command(cls=Command, short_help="List what plugins register, and what failed to load.")
def plugins() -> None:
    """List what each plugin registers, the built-in ones too, and what failed to load and why."""
    from ..plugin.manager import load_plugins

    loaded = load_plugins()
    for title, offers in (
        ("Recognizers", loaded.recognizers),
        ("Diarizers", loaded.diarizers),
        ("Aligners", loaded.aligners),
        ("Executors", loaded.executors),
        ("Formats", loaded.formats),
        ("Models", loaded.models),
    ):
        show(f"{title}:")
        _table([(offer.name, offer.plugin, offer.description) for offer in offers.values()])
    show("Plugins: " + ", ".join(loaded.names))
    if loaded.failures:
        show("Failed:")
        _table([(failure.plugin, failure.reason) for failure in loaded.failures])


@click.command(cls=Command, short_help="List the models that work now, without a network.")
def models() -> None:
    """List the models that work now, without a network."""
    from ..diarizers.status import local_diarizers
    from ..plugin.manager import load_plugins
    from ..recognizers.models import local_models

    loaded = load_plugins()
    show("Recognition (--model):")
    _table(local_models(list(loaded.models.values())))
    show("Diarization (--diarizer):")
    _table(local_diarizers(loaded))


@click.command(cls=Command, short_help="List the diarizers: what each needs, and whether it can run now.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@with_options((*CACHE, OFFLINE))
def diarizers(as_json: bool, **given: Any) -> None:
    """List the diarizers, with what each needs and whether it can run now.

    Any other pipeline of pyannote.audio is named by its hub id, its folder or its config.yaml.
    """
    from ..diarizers.status import readiness
    from ..plugin.manager import load_plugins
    from ..plugin.roles import DiarizerSettings

    found = readiness(load_plugins(), DiarizerSettings(**given))
    if as_json:
        show(json.dumps([asdict(row) for row in found], indent=2))
        return
    rows = [(row.name, ", ".join(row.needs) or "nothing", "yes" if row.ready else "no", row.why) for row in found]
    _table([("NAME", "NEEDS", "READY", ""), *rows])


def _table(rows: Sequence[Sequence[str]]) -> None:
    """Print a table, or `none` where it has no rows."""
    if not rows:
        show("  none")
        return
    for line in table(rows):
        show(line)
