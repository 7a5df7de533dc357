"""Pluggy's manager with our rules: of a plugin with an unusable hook, only that hook is left out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pluggy

from .hooks import HOOKS, PROJECT

REFINING = ("modify_diarization", "modify_words", "modify_transcript")
"""Hooks whose implementations get the result of the previous one."""


class HookManager(pluggy.PluginManager):
    """Pluggy's manager, which leaves unusable hooks out and calls `fail` for each."""

    def __init__(self, fail: Callable[[str, str], None]) -> None:
        super().__init__(PROJECT)
        self._fail, self._plugin = fail, ""

    def register(self, plugin: object, name: str | None = None) -> str | None:
        """Register a plugin with its usable hooks."""
        self._plugin = name or ""
        return super().register(plugin, name)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """Return pluggy's options of a function that implements a hook; None for any other, or an unusable one."""
        if name.startswith("__"):  # half of the names of a module, and of most objects
            return None
        options = super().parse_hookimpl_opts(plugin, name)
        if options is None:
            return None
        found = pluggy.HookImpl(plugin, self._plugin, getattr(plugin, name), options)
        fault = _useless(options.get("specname") or name, found)
        if fault is None:
            return options
        self._fail(self._plugin, fault)
        return None


def _useless(hook: str, found: pluggy.HookImpl) -> str | None:
    """Return why an implementation of a hook could not be called, or would have no effect; None if it is usable."""
    if hook not in HOOKS:
        return None if found.optionalhook else f"it implements {hook!r}, but there is no such hook"
    unknown = set(found.argnames) - set(inspect.signature(HOOKS[hook]).parameters)
    if unknown:
        return f"its {hook} takes {', '.join(sorted(unknown))}, which that hook does not have"
    if wraps(found) and hook in REFINING:
        return f"its {hook} is a wrapper, but this hook cannot be wrapped: it gets the result of the previous plugin"
    if inspect.iscoroutinefunction(found.function) or inspect.isasyncgenfunction(found.function):
        return f"its {hook} is async, but hooks are not awaited"
    if inspect.isgeneratorfunction(found.function) and not wraps(found):
        return f"its {hook} yields, but is not marked as a wrapper"
    return None


def wraps(implementation: pluggy.HookImpl) -> bool:
    """Return whether an implementation is a hook wrapper."""
    return implementation.wrapper or implementation.hookwrapper


def call(implementation: pluggy.HookImpl, arguments: Mapping[str, Any]) -> Any:
    """Call an implementation with those of the arguments that it takes, and return its result."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))
