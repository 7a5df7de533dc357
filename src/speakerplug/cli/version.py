"""`speakerplug --version`: the versions that matter when something goes wrong."""

from __future__ import annotations

import platform
from importlib import metadata

import click

from ..system.packages import installed

PACKAGES = ("faster-whisper", "ctranslate2", "pyannote.audio", "torch", "onnxruntime", "av")
"""Those whose versions decide about words, speakers and devices."""


def _show(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(versions())
        context.exit()


version_option = click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show,
    help="Show the versions of SpeakerPlug, Python, the main libraries and plugins, and exit.",
)


def versions() -> str:
    """Return the version of SpeakerPlug in the first line, then Python's, those of `PACKAGES` and of plugins."""
    rows = [("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")]
    rows += [(name, installed(name) or "not installed") for name in PACKAGES]
    plugins = {each.dist.name: each.dist.version for each in metadata.entry_points(group="speakerplug") if each.dist}
    rows += [(name, version) for name, version in sorted(plugins.items()) if name != "speakerplug"]
    width = max(len(name) for name, _ in rows)
    lines = (f"  {name.ljust(width)}  {version}" for name, version in rows)
    return "\n".join((f"speakerplug, version {installed('speakerplug') or 'unknown'}", *lines))
