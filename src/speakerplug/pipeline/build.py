"""Build the stages that options name; a child process builds the same ones again."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from ..diarizers.fallbacks import Fallbacks
from ..diarizers.select import choose_diarizer, diarizer_for
from ..errors import PluginError, UsageError, kind_of
from ..plugin.guard import naming
from ..plugin.manager import Plugins, load_plugins
from ..plugin.roles import Aligner, Diarizer, Recognizer, RecognizerSettings
from ..system.progress import Progress
from .options import Options

Stage = TypeVar("Stage")


class Built:
    """Keep the stages of many calls: each is built once, when first needed, from any thread."""

    def __init__(self) -> None:
        self._stages: dict[str, Any] = {}
        self._building = threading.RLock()

    def once(self, role: str, make: Callable[[], Stage]) -> Stage:
        """Return the stage of this role, made by `make` on the first call."""
        with self._building:
            if role not in self._stages:
                self._stages[role] = make()
            stage: Stage = self._stages[role]
            return stage

    def name(self, role: str) -> str | None:
        """Return the name of the stage of this role; None if it was not built."""
        return getattr(self._stages.get(role), "name", None)


def make_recognizer(options: Options, plugins: Plugins | None = None) -> Recognizer:
    """Return the recognizer that the options name; with `options.isolate` it runs in a child process.

    Raises UsageError for an unknown name.
    """
    plugins = plugins or load_plugins()
    settings = recognizer_settings(options, plugins)
    recognizer: Recognizer = _made(plugins, "recognizers", options.recognizer or "", settings)
    if options.isolate:
        from .isolation import IsolatedRecognizer

        return IsolatedRecognizer(recognizer, partial(make_recognizer, replace(options, isolate=False)))
    return recognizer


def recognizer_settings(options: Options, plugins: Plugins) -> RecognizerSettings:
    """Return the settings with which to build the recognizer."""
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
    """Return the diarizer that the options name, else auto; with `options.isolate` it runs in a child process.

    Several names, separated by commas, are tried in order. `progress` reports what auto downloads. Raises UsageError
    for an unknown name, and ModelError if no diarizer is available.
    """
    plugins, wanted = plugins or load_plugins(), options.diarizer or "auto"
    names = [name.strip() for name in wanted.split(",")] if isinstance(wanted, str) else []
    if len(names) > 1 and not os.path.exists(str(wanted)):
        return Fallbacks([make_diarizer(_for_one(options, name, plugins), plugins, progress) for name in names])
    plugin = plugins.plugin_of("diarizers", wanted) if isinstance(wanted, str) else None
    label = f"Diarizer {wanted if isinstance(wanted, str) else type(wanted).__name__}"
    with naming(label, plugin):
        diarizer = choose_diarizer(wanted, plugins, options.diarizer_settings, progress)
    _refuse_invalid_stage(diarizer, label, "diarize", plugin)
    if options.isolate:
        from .isolation import IsolatedDiarizer

        chosen = diarizer.name if wanted == "auto" else wanted  # the child must not choose again
        return IsolatedDiarizer(diarizer, partial(make_diarizer, replace(options, diarizer=chosen, isolate=False)))
    return diarizer


def _for_one(options: Options, name: str, plugins: Plugins) -> Options:
    """Return the options for one of several diarizers; a revision applies only to those that are fetched."""
    try:
        needs = diarizer_for(name, plugins).needs and not os.path.exists(name)
    except UsageError:  # auto, or an invalid name, which is reported later
        needs = ()
    return replace(options, diarizer=name, revision=options.revision if needs else None)


def make_aligner(options: Options, plugins: Plugins) -> Aligner:
    """Return the aligner that the options name; raises UsageError for an unknown name."""
    aligner: Aligner = _made(plugins, "aligners", options.aligner or "", options.aligner_settings)
    return aligner


WORK = {"recognizers": "recognize", "aligners": "align"}
"""The method that does the work of each kind of stage."""


def diarizer_name(diarizer: Any) -> str:
    """Return the name of a diarizer before it is built: its registered name, a hub id, or a path."""
    return diarizer if isinstance(diarizer, str) else getattr(diarizer, "name", type(diarizer).__name__)


def _made(plugins: Plugins, kind: str, name: str, settings: Any) -> Any:
    """Return what the factory registered under `name` makes; raises PluginError if it is not a stage."""
    registration, label = plugins.choose(kind, name), f"{kind[:-1].capitalize()} {name}"
    plugin = plugins.plugin_of(kind, name)
    with naming(label, plugin):
        stage = registration.factory(settings)
    _refuse_invalid_stage(stage, label, WORK[kind], plugin)
    return stage


def _refuse_invalid_stage(stage: Any, label: str, work: str, plugin: str | None) -> None:
    """Raise PluginError for an object without a name or without the methods of its stage."""
    with naming(label, plugin):
        name = getattr(stage, "name", None)
    if not (isinstance(name, str) and all(callable(getattr(stage, method, None)) for method in ("prepare", work))):
        raise PluginError(
            f"{label} is {kind_of(stage)} without a name, `prepare` or `{work}`; choose another, "
            f"or update the plugin {plugin or 'that provides it'}."
        )
