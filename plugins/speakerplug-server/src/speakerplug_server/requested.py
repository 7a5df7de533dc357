"""What one request wants of the transcriber, and the models that requests may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from speakerplug import Transcriber
from speakerplug.plugin import Plugins

DIARIZING = "diarize"
"""A model name with this means speakers."""
ALIASES = ("whisper-1", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize")
"""Names that clients of OpenAI's service have in their lists; any other name does as well."""
KEPT = 64
"""Transcribers that are kept: one for each model and language."""


@dataclass(frozen=True)
class Wanted:
    """What a request wants: options that differ from the server's, and whether speakers are wanted."""

    options: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    language: str | None = None
    speakers: bool = True


class Transcribers:
    """One transcriber with the options of each request; all use the same models, through one device manager."""

    def __init__(self, first: Transcriber, plugins: Plugins, models: tuple[str, ...]) -> None:
        """`models` are those that requests may name, the default first, beside those that plugins come with."""
        self._first, self.default = first, models[0]
        self.models = tuple(dict.fromkeys((*models, *plugins.models)))
        self._for = lru_cache(KEPT)(self._made)

    def model_of(self, name: str | None) -> str:
        """Return the model for the name that a client sends: one of ours, or the default."""
        plain = (name or "").removeprefix("whisper-")
        return next((model for model in (name, plain) if model in self.models), None) or self.default

    @property
    def names(self) -> list[str]:
        """The names to list: clients show those that contain whisper or transcribe."""
        return [*ALIASES, *(f"whisper-{model}" for model in self.models if model != "auto")]

    def for_request(self, wanted: Wanted) -> Transcriber:
        """Return the transcriber for a request. Raises UsageError for invalid options."""
        language = wanted.language or self._first.options.language
        base = self._for(self.model_of(wanted.model), language, wanted.speakers)
        return base.with_options(**wanted.options)

    def _made(self, model: str, language: str | None, speakers: bool) -> Transcriber:
        changes: dict[str, Any] = {"model": model, "language": language}
        if not speakers:
            changes |= {"diarizer": None, "num_speakers": None, "min_speakers": None, "max_speakers": None}
        return self._first.with_options(**changes)
