"""Pluggy's manager with our rules: a hook that could not be called, or would do nothing, costs that hook alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pluggy

from .hooks import HOOKS, PROJECT

REFINING = ("modify_diarization", "modify_words", "modify_transcript")
"""Hooks whose implementations are given what the one before them made."""


class HookManager(pluggy.PluginManager):
    """Pluggy's manager, which tells `fail` of hooks that nobody could call and leaves them out, alone."""

    def __init__(self, fail: Callable[[str, str], None]) -> None:
        super().__init__(PROJECT)
        self._fail, self._plugin = fail, ""

    def register(self, plugin: object, name: str | None = None) -> str | None:
        """Register a plugin with those of its hooks that can be called."""
        self._plugin = name or ""
        return super().register(plugin, name)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """Return what is said of one function of a plugin that implements a hook; None for all others."""
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
    """Why an implementation of a hook could not be called, or would never do anything; None for a good one."""
    if hook not in HOOKS:
        return None if found.optionalhook else f"it implements {hook!r}, and there is no such hook"
    unknown = set(found.argnames) - set(inspect.signature(HOOKS[hook]).parameters)
    if unknown:
        return f"its {hook} takes {', '.join(sorted(unknown))}, which that hook does not have"
    if wraps(found) and hook in REFINING:
        return f"its {hook} wraps, and it is given what the plugin before it made"
    if inspect.iscoroutinefunction(found.function) or inspect.isasyncgenfunction(found.function):
        return f"its {hook} is async, and nobody would await it"
    if inspect.isgeneratorfunction(found.function) and not wraps(found):
        return f"its {hook} yields, and is marked as no wrapper"
    return None


def wraps(implementation: pluggy.HookImpl) -> bool:
    """Return whether an implementation is around others, instead of being one itself."""
    return implementation.wrapper or implementation.hookwrapper


def call(implementation: pluggy.HookImpl, arguments: Mapping[str, Any]) -> Any:
    """Return what an implementation gives, called with those of the arguments that it takes."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))
