"""The entry point `server`: a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speakerplug.plugin import hookimpl

if TYPE_CHECKING:
    import click


@hookimpl
def register_commands(cli: click.Group) -> None:
    """Add `speakerplug serve`."""
    from .command import serve

    cli.add_command(serve)
