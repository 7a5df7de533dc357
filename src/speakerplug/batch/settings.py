"""What a worker has to know, and the key that says whether results would be the same."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..formats.targets import OutputOptions
from ..pipeline.options import Options
from ..system.fingerprint import digest_of, fingerprint

if TYPE_CHECKING:
    from ..plugin.executor import Worker

HOW = (
    *("device", "recognizer_device", "diarizer_device", "aligner_device", "concurrency", "memory_limit", "isolate"),
    *("batch_size", "diarizer_batch_size", "token", "cache_dir", "offline", "timings", "artifacts", "trust_model"),
)
"""Options that say how and where it runs, not what comes out."""
MODELS = ("model", "aligner_model", "diarizer")


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of the transcription and of what is written, and the names of speakers.

    With `force` results are replaced that someone has edited. Checkpoints of long recordings are kept in the folder
    `checkpoints`, None for none. Formats are sorted: their order changes no result.
    """

    options: Options
    output: OutputOptions
    names: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    checkpoints: str | None = None

    def __post_init__(self) -> None:
        """Sort the formats."""
        output = replace(self.output, formats=tuple(sorted(self.output.formats)))
        object.__setattr__(self, "output", output)

    def open(self) -> Worker:
        """Return the worker of this process."""
        from .worker import TranscribingWorker

        return TranscribingWorker(
            self.options, self.output, names=self.names, force=self.force, checkpoints=self.checkpoints
        )

    def with_options(self, **changes: Any) -> Settings:
        """Return settings with other options of the transcription."""
        return replace(self, options=replace(self.options, **changes))


def settings_key(settings: Settings, own: Mapping[str, Any] | None = None) -> str:
    """Return the digest of all that changes results, with a recording's `own` options; no version of SpeakerPlug.

    The files of a model that is named by its path count by size, first and last MiB.
    """
    options = replace(settings.options, **(own or {}))
    what = {each.name: getattr(options, each.name) for each in fields(options) if each.name not in HOW}
    models = {name: _files_of(what[name]) for name in MODELS if isinstance(what[name], str)}
    output = {**asdict(settings.output), "output": None}
    whole = {"options": what, "models": models, "output": output, "names": dict(settings.names)}
    text = json.dumps(whole, sort_keys=True, default=repr, ensure_ascii=True)
    return digest_of(text)[:32]


def _files_of(name: str) -> list[tuple[str, str]]:
    """Return each file of a model with its fingerprint; none where `name` is no path."""
    root = Path(os.path.expanduser(name))
    if not root.exists():
        return []
    files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
    return [(str(path.relative_to(root)), fingerprint(path)) for path in files]
