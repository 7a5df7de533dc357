"""Building the stages that options name; what a child process does again to have the same."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from ..diarizers.fallbacks import Fallbacks
from ..diarizers.select import choose_diarizer, diarizer_for
from ..errors import PluginError, UsageError
from ..plugin.guard import naming
from ..plugin.manager import Plugins, load_plugins
from ..plugin.roles import Aligner, Diarizer, Recognizer, RecognizerSettings
from ..system.progress import Progress
from .options import Options

Stage = TypeVar("Stage")


class Built:
    """The stages of many calls: each is built once, when first needed, in whichever thread that is."""

    def __init__(self) -> None:
        self._stages: dict[str, Any] = {}
        self._building = threading.RLock()

    def once(self, role: str, make: Callable[[], Stage]) -> Stage:
        """Return what `make` gave the first time."""
        with self._building:
            if role not in self._stages:
                self._stages[role] = make()
            stage: Stage = self._stages[role]
            return stage

    def name(self, role: str) -> str | None:
        """Return how the stage is called; None where it was not built."""
        return getattr(self._stages.get(role), "name", None)


def make_recognizer(options: Options, plugins: Plugins | None = None) -> Recognizer:
    """The recognizer that the options name; with `options.isolate` it works in a process of its own.

    Raises UsageError for a name that means nothing.
    """
    plugins = plugins or load_plugins()
    settings = recognizer_settings(options, plugins)
    recognizer: Recognizer = _made(plugins, "recognizers", options.recognizer or "", settings)
    if options.isolate:
        from .isolation import IsolatedRecognizer

        return IsolatedRecognizer(recognizer, partial(make_recognizer, replace(options, isolate=False)))
    return recognizer


def recognizer_settings(options: Options, plugins: Plugins) -> RecognizerSettings:
    """How the recognizer is to be built."""
    return RecognizerSettings(
        options.model,
        options.language,
        options.compute_type,
        options.offline,
        tuple(plugins.models.values()),
        options.token,
        options.cache_dir,
    )


def make_diarizer(options: Options, plugins: Plugins | None = None, progress: Progress | None = None) -> Diarizer:
    """The diarizer that the options name, auto if none; with `options.isolate` it works in a process of its own.

    Several names, with commas between them, are tried in order. `progress` is told of what auto downloads. Raises
    UsageError for a name that means nothing, and ModelError where there is nothing to use.
    """
    plugins, wanted = plugins or load_plugins(), options.diarizer or "auto"
    names = [name.strip() for name in wanted.split(",")] if isinstance(wanted, str) else []
    if len(names) > 1 and not os.path.exists(str(wanted)):
        return Fallbacks([make_diarizer(_for_one(options, name, plugins), plugins, progress) for name in names])
    plugin = plugins.plugin_of("diarizers", wanted) if isinstance(wanted, str) else None
    said = f"Diarizer {wanted if isinstance(wanted, str) else type(wanted).__name__}"
    with naming(said, plugin):
        diarizer = choose_diarizer(wanted, plugins, options.diarizer_settings, progress)
    _refuse_useless(diarizer, said, "diarize", plugin)
    if options.isolate:
        from .isolation import IsolatedDiarizer

        chosen = diarizer.name if wanted == "auto" else wanted  # the child is not to choose anew
        return IsolatedDiarizer(diarizer, partial(make_diarizer, replace(options, diarizer=chosen, isolate=False)))
    return diarizer


def _for_one(options: Options, name: str, plugins: Plugins) -> Options:
    """The options for one of several diarizers; a revision is for those that are fetched."""
    try:
        needs = diarizer_for(name, plugins).needs and not os.path.exists(name)
    except UsageError:  # auto, or a name that will be refused
        needs = ()
    return replace(options, diarizer=name, revision=options.revision if needs else None)


def make_aligner(options: Options, plugins: Plugins) -> Aligner:
    """Return the aligner that the options name; raises UsageError for a name that means nothing."""
    aligner: Aligner = _made(plugins, "aligners", options.aligner or "", options.aligner_settings)
    return aligner


WORK = {"recognizers": "recognize", "aligners": "align"}
"""What a stage of each kind does."""


def called(diarizer: Any) -> str:
    """What the options call a diarizer that nobody has built: its name, a hub id, a path."""
    return diarizer if isinstance(diarizer, str) else getattr(diarizer, "name", type(diarizer).__name__)


def _made(plugins: Plugins, kind: str, name: str, settings: Any) -> Any:
    """What the factory of that name makes; raises PluginError where that is no such stage."""
    offer, called = plugins.choose(kind, name), f"{kind[:-1].capitalize()} {name}"
    plugin = plugins.plugin_of(kind, name)
    with naming(called, plugin):
        stage = offer.factory(settings)
    _refuse_useless(stage, called, WORK[kind], plugin)
    return stage


def _refuse_useless(stage: Any, called: str, work: str, plugin: str | None) -> None:
    """Raise PluginError for what has no name or cannot do the work."""
    with naming(called, plugin):
        name = getattr(stage, "name", None)
    if not (isinstance(name, str) and all(callable(getattr(stage, method, None)) for method in ("prepare", work))):
        raise PluginError(
            f"{called} is a {type(stage).__name__} without a name, `prepare` or `{work}`; choose another, "
            f"or update the plugin {plugin or 'that brings it'}."
        )
