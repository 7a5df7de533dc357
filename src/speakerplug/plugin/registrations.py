"""How a plugin offers a recognizer, a diarizer or an aligner: its name, how to build it, and what must be known before.

`plugin` is filled in by the manager: who offers it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..system.progress import Progress
    from .roles import Aligner, AlignerSettings, Diarizer, DiarizerSettings, Recognizer, RecognizerSettings

NEEDS = ("network", "network once", "token", "key", "terms")
"""What a diarizer may need beside this machine, by these words."""


@dataclass(frozen=True, slots=True)
class RecognizerRegistration:
    """Offer a recognizer under a name: `factory` builds it from the settings of a run."""

    name: str
    factory: Callable[[RecognizerSettings], Recognizer]
    _: KW_ONLY
    description: str = ""
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class AlignerRegistration:
    """Offer an aligner under a name: `factory` builds it from the settings of a run."""

    name: str
    factory: Callable[[AlignerSettings], Aligner]
    _: KW_ONLY
    description: str = ""
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class DiarizerRegistration:
    """Offer a diarizer under a name: `factory` builds it from the settings of a run.

    `needs` says in a word each what it needs beside this machine, one of `NEEDS`; without any it is a local one. With a
    `rank` above 0, `auto` may take it, the highest first. `parameters` are the names that --diarizer-param may have,
    None where the diarizer itself knows. `classes` are the full names of classes that model files may name. The rest is
    asked before it is built: `takes`, whether a hub id, a path or a configuration means it; `is_cached`, whether all
    that it fetches is on this machine; `check`, why it cannot run now where it is not cached, in a phrase, or None;
    `fetch`, which fetches it whole, and fills a folder with it where one is given; `found`, which offers the diarizers
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
                with suppress(Exception):  # what is no collection is for the registry to refuse, by name
                    object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))
