"""What identifies the work of each stage: a checkpoint of other work is never continued."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from ...plugin.manager import Plugins
from ...system.fingerprint import fingerprint
from ..options import Options

Work = Mapping[str, str]
"""The digest of each thing that changes the result of a stage, by its name in messages."""

RECORDING, TRACK, VERSION, PLUGINS = "recording", "audio track", "version of SpeakerPlug", "set of plugins"
PART = "part of the recording"
COMMON = (RECORDING, PART, TRACK, VERSION, PLUGINS)
"""What both stages depend on."""


def works_of(
    path: Path, options: Options, plugins: Plugins, diarizer: str | None = None, track: int = 1
) -> dict[str, Work]:
    """Return the work of each stage on audio track `track` of the recording at `path`.

    `diarizer` is the name of the one that was chosen.
    Each stage is identified by what changes its own result, so that the other's options do not matter. Raises OSError
    if the recording cannot be read.
    """
    common = {
        RECORDING: (fingerprint(path), path.stat().st_mtime_ns),
        PART: (options.part.start, options.part.end),
        TRACK: track,
        VERSION: metadata.version("speakerplug"),
        PLUGINS: [(name, _version(name)) for name in plugins.names],
    }
    works: dict[str, Work] = {}
    if options.recognizer is not None:
        names = ("recognizer", "model", "language", "task", "prompt", "hotwords")
        works["recognition"] = _digests({**common, **{name: getattr(options, name) for name in names}})
    if options.diarizer is not None and _is_one(options.diarizer):
        own = {
            "diarizer": (options.diarizer, diarizer),
            "revision of the diarizer": options.revision,
            "set of diarizer parameters": dict(options.diarizer_params),
            "segmentation step": options.segmentation_step,
        }
        works["diarization"] = _digests({**common, **own})
    return works


def _digests(values: Mapping[str, Any]) -> Work:
    """Return digests, which reveal neither prompts nor the token that a configuration may hold."""
    texts = {name: json.dumps(value, sort_keys=True, default=repr) for name, value in values.items()}
    return {name: hashlib.sha256(text.encode()).hexdigest()[:32] for name, text in texts.items()}


def _is_one(diarizer: Any) -> bool:
    """Return whether this is one diarizer, known by its name or configuration.

    Of several, each would go on from what another has saved.
    """
    return isinstance(diarizer, Mapping) or (
        isinstance(diarizer, str) and ("," not in diarizer or os.path.exists(diarizer))
    )


def _version(name: str) -> str | None:
    """Return the version of a plugin that has the name of its distribution."""
    with suppress(metadata.PackageNotFoundError, ValueError):
        return metadata.version(name)
    return None
