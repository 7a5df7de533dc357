"""Building the stages that options name; what a child process does again to have the same."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from .diarizers.choice import REMOTE, choose_diarizer
from .diarizers.fallbacks import Fallbacks
from .options import Options
from .plugins import Plugins, load_plugins
from .stages import Aligner, Diarizer, Progress, Recognizer, RecognizerSettings


def make_recognizer(options: Options, plugins: Plugins | None = None) -> Recognizer:
    """The recognizer that the options name; with `options.isolate` it works in a process of its own.

    Raises UsageError for a name that means nothing.
    """
    plugins = plugins or load_plugins()
    packs = tuple(offer.make for offer in plugins.models.values())
    settings = RecognizerSettings(
        options.model,
        options.language,
        options.compute_type,
        options.offline,
        packs,
        options.token,
        options.cache_dir,
    )
    recognizer: Recognizer = plugins.choose("recognizers", options.recognizer or "").make(settings)
    if options.isolate:
        from .isolation import IsolatedRecognizer

        return IsolatedRecognizer(recognizer, partial(make_recognizer, replace(options, isolate=False)))
    return recognizer


def make_diarizer(options: Options, plugins: Plugins | None = None, progress: Progress | None = None) -> Diarizer:
    """The diarizer that the options name, auto if none; with `options.isolate` it works in a process of its own.

    Several names, with commas between them, are tried in order. `progress` is told of what auto downloads. Raises
    UsageError for a name that means nothing, and ModelError where there is nothing to use.
    """
    plugins, wanted = plugins or load_plugins(), options.diarizer or "auto"
    names = [name.strip() for name in wanted.split(",")] if isinstance(wanted, str) else []
    if len(names) > 1 and not os.path.exists(str(wanted)):
        return Fallbacks([make_diarizer(_for_one(options, name), plugins, progress) for name in names])
    diarizer = choose_diarizer(wanted, plugins, options.diarizer_settings, progress)
    if options.isolate:
        from .isolation import IsolatedDiarizer

        chosen = diarizer.name if wanted == "auto" else wanted  # the child is not to choose anew
        return IsolatedDiarizer(diarizer, partial(make_diarizer, replace(options, diarizer=chosen, isolate=False)))
    return diarizer


def _for_one(options: Options, name: str) -> Options:
    """The options for one of several diarizers; a revision is for those that are on the hub."""
    on_hub = name in REMOTE or ("/" in name and not os.path.exists(name))
    return replace(options, diarizer=name, revision=options.revision if on_hub else None)


def make_aligner(options: Options, plugins: Plugins | None = None) -> Aligner | None:
    """The aligner that the options name, None if none; raises UsageError for a name that means nothing."""
    if options.aligner is None:
        return None
    aligner: Aligner = (plugins or load_plugins()).choose("aligners", options.aligner).make(options.aligner_settings)
    return aligner
