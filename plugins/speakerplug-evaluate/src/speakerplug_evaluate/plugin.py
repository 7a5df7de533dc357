"""The entry point `evaluate`: a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speakerplug.plugin import hookimpl

if TYPE_CHECKING:
    import click


@hookimpl
def register_commands(cli: click.Group) -> None:
    """Add `speakerplug evaluate`."""
    from .command import evaluate

    cli.add_command(evaluate)
