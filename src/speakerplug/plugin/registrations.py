"""Registrations of recognizers, diarizers, aligners and executors: a name, how to build it, and what else is known.

`plugin`, the name of the plugin that registered it, is filled in by the plugin manager.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..system.progress import Progress
    from .executor import Executor, ExecutorRequest
    from .roles import Aligner, AlignerSettings, Diarizer, DiarizerSettings, Recognizer, RecognizerSettings

NEEDS = ("network", "network once", "token", "key", "terms")
"""What a diarizer may need that is not on this machine."""


@dataclass(frozen=True, slots=True)
class RecognizerRegistration:
    """A recognizer under a name: `factory` builds it from the settings of a run."""

    name: str
    factory: Callable[[RecognizerSettings], Recognizer]
    _: KW_ONLY
    description: str = ""
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class AlignerRegistration:
    """An aligner under a name: `factory` builds it from the settings of a run."""

    name: str
    factory: Callable[[AlignerSettings], Aligner]
    _: KW_ONLY
    description: str = ""
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class ExecutorRegistration:
    """An executor of `speakerplug batch` under a name: `factory` builds it from what the user asked for.

    The user chooses it by the option --NAME, whose value is the request's `address`; `metavar` says what that may be,
    and `description` is the option's help.
    """

    name: str
    factory: Callable[[ExecutorRequest], Executor]
    _: KW_ONLY
    description: str = ""
    metavar: str = "ADDRESS"
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class DiarizerRegistration:
    """A diarizer under a name: `factory` builds it from the settings of a run.

    `needs` are what it needs that is not on this machine, of `NEEDS`; without any it is local. With a `rank` above 0
    it is a candidate for `auto`, the highest first. `parameters` are the names that --diarizer-param accepts, None if
    the diarizer checks them itself. `classes` are the full names of classes that model files may refer to. The other
    functions are called before it is built: `takes` returns whether a hub id, a path or a configuration is for it;
    `is_cached`, whether all its downloads are on this machine; `check`, why it cannot run now if it is not cached, as
    a phrase, or None; `fetch` downloads it, and copies it to a folder if one is given; `found` returns the diarizers
    that it finds on this machine, to be listed in its place.
    """

    name: str
    factory: Callable[[DiarizerSettings], Diarizer]
    _: KW_ONLY
    description: str = ""
    needs: Collection[str] = ()
    rank: int = 0
    parameters: Collection[str] | None = None
    classes: Collection[str] = ()
    takes: Callable[[str | Mapping[str, Any]], bool] | None = None
    is_cached: Callable[[DiarizerSettings], bool] | None = None
    check: Callable[[DiarizerSettings], str | None] | None = None
    fetch: Callable[[DiarizerSettings, Progress, Path | None], object] | None = None
    found: Callable[[DiarizerSettings], Iterable[DiarizerRegistration]] | None = None
    plugin: str = ""

    def __post_init__(self) -> None:
        for name in ("needs", "parameters", "classes"):
            given = getattr(self, name)
            if given is not None:
                with suppress(Exception):  # the plugin manager rejects what is no collection, with a reason
                    object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))
