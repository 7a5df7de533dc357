"""The plugin manager: finds plugins, keeps what they offer, and goes on when one of them fails.

The built-in recognizers, diarizers, writers and commands register here through the same hooks as everybody's.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib import metadata
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import pluggy

from . import hookspecs
from .errors import SpeakerPlugError, UsageError
from .hookspecs import PROJECT
from .secrecy import masked
from .stages import Aligner, AlignerSettings, Diarizer, DiarizerSettings, ModelPack, Recognizer, RecognizerSettings

log = logging.getLogger(__name__)

BUILT_IN = ("recognizers", "diarizers", "writers", "cli")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Offer(Generic[T]):
    """Something a plugin registered under a name: how to `make` it, and who offers it.

    `classes` are those that the files of a diarizer may name.
    """

    name: str
    make: T
    plugin: str
    suffix: str = ""
    description: str = ""
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with a plugin."""

    plugin: str
    reason: str


class Plugins:
    """Everything registered: `recognizers`, `diarizers`, `aligners`, `writers`, `models`; and what failed to load.

    `extra` are further plugins (modules or objects) by name, after the built-in ones; `discover` looks for
    installed ones by entry point.
    """

    def __init__(self, extra: Mapping[str, object] | None = None, discover: bool = True) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._recognizers: dict[str, Offer[Callable[[RecognizerSettings], Recognizer]]] = {}
        self._diarizers: dict[str, Offer[Callable[[DiarizerSettings], Diarizer]]] = {}
        self._aligners: dict[str, Offer[Callable[[AlignerSettings], Aligner]]] = {}
        self._writers: dict[str, Offer[Callable[..., str]]] = {}
        self._models: dict[str, Offer[ModelPack]] = {}
        self._failures: dict[tuple[str, str], Failure] = {}
        for name in BUILT_IN:
            self.add(f"{PROJECT}.{name}", importlib.import_module(f".{name}", __package__))
        for name, plugin in (extra or {}).items():
            self.add(name, plugin)
        if discover:
            self._discover()

    recognizers = property(lambda self: MappingProxyType(self._recognizers))
    diarizers = property(lambda self: MappingProxyType(self._diarizers))
    aligners = property(lambda self: MappingProxyType(self._aligners))
    writers = property(lambda self: MappingProxyType(self._writers))
    models = property(lambda self: MappingProxyType(self._models))
    failures = property(lambda self: tuple(self._failures.values()))

    @property
    def classes(self) -> frozenset[str]:
        """The full names of classes that a diarizer's files may name, for plugins registered them."""
        return frozenset().union(*(offer.classes for offer in self._diarizers.values()))

    @property
    def hook(self) -> Any:
        """The hook callers, as pluggy makes them: `plugins.hook.diarize(...)`."""
        return self._manager.hook

    @property
    def names(self) -> tuple[str, ...]:
        """The plugins that are loaded, in the order in which they came."""
        return tuple(name for name, plugin in self._manager.list_name_plugin() if plugin is not None)

    def add(self, name: str, plugin: object) -> None:
        """Register one plugin and what it offers; one that breaks the rules is named in `failures` instead."""
        try:
            hash(plugin)  # pluggy keeps plugins in sets
            self._manager.register(plugin, name)
            self._refuse_unknown_hooks(plugin)
        except (TypeError, ValueError, pluggy.PluginValidationError) as error:
            if self._manager.get_plugin(name) is plugin:
                self._manager.unregister(plugin)
            self._fail(name, str(error).splitlines()[-1].strip())
            return
        if not name.startswith(f"{PROJECT}."):
            self._guard(name, plugin)
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        for hook, register in self._registers(name).items():
            self._manager.subset_hook_caller(hook, others)(register=register)

    def remove(self, name: str) -> None:
        """Stop calling a plugin's hooks; what it offered stays."""
        self._manager.unregister(name=name)

    def refine(self, hook: str, value: T, **context: Any) -> T:
        """`value` as each plugin's implementation of `hook` makes it, one after the other.

        The value goes in under the name of the hook's first argument. A result of another type is refused,
        and the plugin named.
        """
        caller = getattr(self.hook, hook)
        first = caller.spec.argnames[0]
        for implementation in reversed(caller.get_hookimpls()):
            arguments = {**context, first: value}
            result = implementation.function(*(arguments[name] for name in implementation.argnames))
            if isinstance(result, type(value)):
                value = result
            elif result is not None:
                self._fail(implementation.plugin_name, f"its {hook} gave back a {type(result).__name__}")
        return value

    def choose(self, kind: str, name: str) -> Offer[Any]:
        """The offer of a kind ("recognizers", "diarizers", ...) by name; UsageError for an unknown one."""
        offers: Mapping[str, Offer[Any]] = getattr(self, kind)
        if not offers:
            raise UsageError(f"There is no {kind[:-1]} named {name!r}, nor any other; install a plugin that has it.")
        if name not in offers:
            known = ", ".join(sorted(offers))
            raise UsageError(f"There is no {kind[:-1]} named {name!r}; choose one of: {known}.")
        return offers[name]

    def _discover(self) -> None:
        for entry_point in sorted(metadata.entry_points(group=PROJECT), key=lambda found: found.name):
            try:
                plugin = entry_point.load()
            except Exception as error:  # whatever a stranger's module does at import, the others are loaded
                self._fail(entry_point.name, f"it cannot be imported: {type(error).__name__}: {error}")
                continue
            self.add(entry_point.name, plugin)

    def _registers(self, plugin: str) -> dict[str, Callable[..., None]]:
        """What each registering hook is called with: functions that keep the offers of `plugin`."""

        def keep(offers: dict[str, Offer[Any]], kind: str, offer: Offer[Any]) -> None:
            """Keep the offer, unless its name is taken."""
            if offer.name in offers:
                owner = offers[offer.name].plugin
                self._fail(plugin, f"its {kind} {offer.name!r} is refused, because {owner} has that name already")
            else:
                offers[offer.name] = offer

        def recognizer(name: str, factory: Any, description: str = "") -> None:
            keep(self._recognizers, "recognizer", Offer(name, factory, plugin, description=description))

        def diarizer(name: str, factory: Any, description: str = "", classes: Collection[str] = ()) -> None:
            named = frozenset([classes] if isinstance(classes, str) else classes)
            keep(self._diarizers, "diarizer", Offer(name, factory, plugin, description=description, classes=named))

        def aligner(name: str, factory: Any, description: str = "") -> None:
            keep(self._aligners, "aligner", Offer(name, factory, plugin, description=description))

        def writer(name: str, writer: Any, suffix: str = "", description: str = "") -> None:
            keep(self._writers, "writer", Offer(name, writer, plugin, suffix, description))

        def model(pack: ModelPack) -> None:
            keep(self._models, "model", Offer(pack.name, pack, plugin, description=pack.description))

        return {
            "register_recognizers": recognizer,
            "register_diarizers": diarizer,
            "register_aligners": aligner,
            "register_writers": writer,
            "register_models": model,
        }

    def _refuse_unknown_hooks(self, plugin: object) -> None:
        for caller in self._manager.get_hookcallers(plugin) or []:
            optional = all(found.optionalhook for found in caller.get_hookimpls() if found.plugin is plugin)
            if not caller.has_spec() and not optional:
                raise ValueError(f"it implements {caller.name!r}, and there is no such hook")

    def _guard(self, name: str, plugin: object) -> None:
        """Make an error inside this plugin's hooks a message that names it, instead of everybody's end."""
        for caller in self._manager.get_hookcallers(plugin) or []:
            for implementation in caller.get_hookimpls():
                function = implementation.function
                if implementation.plugin is plugin and not inspect.isgeneratorfunction(function):
                    # pluggy offers no other place to catch what one implementation raises
                    implementation.function = self._guarded(name, caller.name, function)  # type: ignore[misc]

    def _guarded(self, plugin: str, hook: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def guarded(*arguments: Any) -> Any:
            """The function's result, or None and a message."""
            try:
                return function(*arguments)
            except Exception as error:
                if isinstance(error, SpeakerPlugError) and not hook.startswith("register_"):
                    raise  # said on purpose, to the user
                self._fail(plugin, f"its {hook} failed: {type(error).__name__}: {error}")
                log.debug("%s", plugin, exc_info=True)
                return None

        return guarded

    def _fail(self, plugin: str, reason: str) -> None:
        """Remember what is wrong with a plugin and say it, once."""
        reason = masked(reason)  # it quotes what a stranger raised
        if (plugin, reason) not in self._failures:
            self._failures[plugin, reason] = Failure(plugin, reason)
            log.warning("Plugin %s: %s. Going on without that.", plugin, reason)


@functools.lru_cache(maxsize=1)
def load_plugins() -> Plugins:
    """The plugins of this process: the built-in ones and those that are installed, loaded once."""
    return Plugins()
