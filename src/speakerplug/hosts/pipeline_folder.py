"""Write the folder that `pyannote.audio.Pipeline.from_pretrained` loads: a configuration without weights."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from ..diarizers.select import diarizer_for
from ..errors import UsageError, shown, suggested
from ..plugin.manager import Plugins, given_or_installed
from ..system.files import whole_folder, write_whole

PIPELINE = "speakerplug.hosts.pyannote.SpeakerPlugPipeline"
"""The class that the configuration names."""
OPTIONS = ("diarizer_params", "exact", "offline", "revision", "segmentation_step")
"""Options of `speakerplug.Options` that a configuration may set; none of them lets a model run its own code."""
AUTO = "auto"

COMMENT = """\
# A pipeline for tools that load one with pyannote.audio.Pipeline.from_pretrained(FOLDER): SpeakerPlug's diarizer.
# It has no weights and no token; the tool's environment needs speakerplug, and the package of the diarizer.
"""


def write_pipeline(
    folder: str | os.PathLike[str],
    diarizer: str = AUTO,
    exclusive: bool = False,
    plugins: Plugins | None = None,
    **options: Any,
) -> Path:
    """Write a folder that any tool loads as a pyannote pipeline, and return its path.

    `options` are those in `OPTIONS`. Raises UsageError for another option or an unknown diarizer, OutputError if
    `folder` is taken or cannot be written.
    """
    import yaml  # type: ignore[import-untyped]

    refuse_unknown_options(options)
    names = [_checked(name.strip(), given_or_installed(plugins)) for name in _names(diarizer)]
    params = {"diarizer": ",".join(names), "exclusive": exclusive, **_plain(options)}
    config = {
        "dependencies": {"speakerplug": metadata.version("speakerplug")},
        "pipeline": {"name": PIPELINE, "params": params},
    }
    target = Path(folder).expanduser()
    with whole_folder(target) as unfinished:
        write_whole(unfinished / "config.yaml", COMMENT + yaml.safe_dump(config, sort_keys=False))
    return target


def refuse_unknown_options(options: Iterable[str]) -> None:
    """Raise UsageError for an option that a configuration may not set."""
    for name in set(options) - set(OPTIONS):
        raise UsageError(f"A pipeline's configuration has no option {shown(name)}; {suggested(name, OPTIONS)}")


def _names(diarizer: str) -> list[str]:
    return [diarizer] if os.path.exists(diarizer) else diarizer.split(",")


def _checked(name: str, plugins: Plugins) -> str:
    """Return the name of a diarizer as any working folder understands it; raises UsageError for an unknown one."""
    if not name:
        raise UsageError("A name of a diarizer is empty; name one, or leave the option out for auto.")
    if name == AUTO or name in plugins.diarizers:
        return name
    diarizer_for(name, plugins)
    return os.path.abspath(name) if os.path.exists(name) else name


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are set."""
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in options.items() if value}
