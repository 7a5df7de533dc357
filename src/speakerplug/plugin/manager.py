"""The plugin manager: finds plugins, keeps what they offer, and goes on when one of them fails.

The built-in recognizers, diarizers, formats and commands register here through the same hooks as everybody's.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import pluggy

from ..errors import UsageError, masked
from ..transcript import Diarization
from . import hooks
from .formats import FormatRegistration, fault_of
from .guard import Guard, naming, told
from .hooks import PROJECT
from .roles import Aligner, AlignerSettings, Diarizer, DiarizerSettings, ModelPack, Recognizer, RecognizerSettings
from .validation import admitted_diarization, admitted_words

log = logging.getLogger(__name__)

BUILT_IN = ("recognizers", "diarizers", "formats", "cli")
OURS = tuple(f"{PROJECT}.{name}" for name in BUILT_IN)
REFINING = ("modify_diarization", "modify_words")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Registration(Generic[T]):
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
    """Everything registered: `recognizers`, `diarizers`, `aligners`, `formats`, `models`; and what failed to load.

    `extra` are further plugins (modules or objects) by name, after the built-in ones; `discover` looks for
    installed ones by entry point.
    """

    def __init__(self, extra: Mapping[str, object] | None = None, discover: bool = True) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hooks)
        self._recognizers: dict[str, Registration[Callable[[RecognizerSettings], Recognizer]]] = {}
        self._diarizers: dict[str, Registration[Callable[[DiarizerSettings], Diarizer]]] = {}
        self._aligners: dict[str, Registration[Callable[[AlignerSettings], Aligner]]] = {}
        self._formats: dict[str, FormatRegistration] = {}
        self._models: dict[str, Registration[ModelPack]] = {}
        self._failures: dict[tuple[str, str], Failure] = {}
        self._guard = Guard(self._fail)
        for name, ours in zip(BUILT_IN, OURS, strict=True):
            self._add(ours, importlib.import_module(f"{PROJECT}.{name}"))
        for name, plugin in (extra or {}).items():
            self.add(name, plugin)
        if discover:
            self._discover()

    recognizers = property(lambda self: MappingProxyType(self._recognizers))
    diarizers = property(lambda self: MappingProxyType(self._diarizers))
    aligners = property(lambda self: MappingProxyType(self._aligners))
    formats = property(lambda self: MappingProxyType(self._formats))
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
        if not isinstance(name, str) or plugin is None:
            self._fail(f"{name}", "its name is no text" if plugin is not None else "it is None")
            return
        with self._guard.around(name, "registration"):
            self._add(name, plugin, guarded=True)

    def _add(self, name: str, plugin: object, guarded: bool = False) -> None:
        try:
            hash(plugin)  # pluggy keeps plugins in sets
            self._manager.register(plugin, name)
            self._refuse_useless_hooks(plugin)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # half of its hooks may be there by now
            if self._manager.get_plugin(name) is plugin:
                self._manager.unregister(plugin)
            ours = isinstance(error, (ValueError, pluggy.PluginValidationError)) and str(error).strip()
            self._fail(name, str(error).splitlines()[-1].strip() if ours else told(error))
            return
        if guarded:
            self._stand_around(name, plugin)
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
            plugin = implementation.plugin_name
            arguments = {**context, first: value}
            result = implementation.function(*(arguments[name] for name in implementation.argnames))
            if result is None:
                continue
            try:
                value = _refined(value, result, plugin, context)
            except ValueError as error:
                self._fail(plugin, f"its {hook} gave back what cannot be used: {error}")
        return value

    def choose(self, kind: str, name: str) -> Registration[Any]:
        """The offer of a kind ("recognizers", "diarizers", ...) by name; UsageError for an unknown one."""
        offers: Mapping[str, Registration[Any]] = getattr(self, kind)
        if not offers:
            raise UsageError(f"There is no {kind[:-1]} named {name!r}, nor any other; install a plugin that has it.")
        if name not in offers:
            known = ", ".join(sorted(offers))
            raise UsageError(f"There is no {kind[:-1]} named {name!r}; choose one of: {known}.")
        return offers[name]

    def plugin_of(self, kind: str, name: str) -> str | None:
        """The installed plugin that offers something of a kind; None for what comes with SpeakerPlug or from nobody."""
        offer: Registration[Any] | None = getattr(self, kind).get(name)
        return None if offer is None or offer.plugin in OURS else offer.plugin

    def _discover(self) -> None:
        for entry_point in sorted(self._entry_points(), key=lambda found: found.name):
            with self._guard.around(entry_point.name, "import"):  # whatever a stranger's module does, others are loaded
                self.add(entry_point.name, entry_point.load())

    def _entry_points(self) -> Iterable[metadata.EntryPoint]:
        try:
            return metadata.entry_points(group=PROJECT)
        except Exception:  # one package's damaged list hides everybody's: look at each for itself
            log.debug("Entry points", exc_info=True)
        found: dict[str, list[metadata.EntryPoint]] = {}
        for package in metadata.distributions():
            name = package.metadata["Name"]
            try:
                found.setdefault(name, [point for point in package.entry_points if point.group == PROJECT])
            except Exception as error:
                self._fail(name, f"the list of what it offers is damaged: {told(error)}")
        return [point for points in found.values() for point in points]

    def _registers(self, plugin: str) -> dict[str, Callable[..., None]]:
        """What each registering hook is called with: functions that keep the offers of `plugin`."""

        def keep(
            offers: dict[str, Registration[Any]],
            kind: str,
            name: Any,
            make: Any,
            *about: Any,
            classes: frozenset[str] = frozenset(),
        ) -> None:
            """Keep the offer, unless its name is taken or it cannot be one."""
            fault = _fault(name, make, *about)
            if fault is None and name in offers:
                fault = f"{offers[name].plugin} has that name already"
            if fault is not None:
                self._fail(plugin, f"its {kind} {name!r:.80} is refused, because {fault}")
                return
            suffix, description = about
            offers[name] = Registration(name, make, plugin, suffix, description, classes)

        def recognizer(name: str, factory: Any, description: str = "") -> None:
            keep(self._recognizers, "recognizer", name, factory, "", description)

        def diarizer(name: str, factory: Any, description: str = "", classes: Collection[str] = ()) -> None:
            named = frozenset([classes] if isinstance(classes, str) else classes)
            keep(self._diarizers, "diarizer", name, factory, "", description, classes=named)

        def aligner(name: str, factory: Any, description: str = "") -> None:
            keep(self._aligners, "aligner", name, factory, "", description)

        def format(format: FormatRegistration) -> None:
            fault, name = fault_of(format), str(getattr(format, "name", format))
            if fault is None and name in self._formats:
                fault = f"{self._formats[name].plugin} has that name already"
            if fault is not None:
                self._fail(plugin, f"its format {name!r:.80} is refused, because {fault}")
                return
            self._formats[name] = replace(format, plugin=plugin)

        def model(pack: ModelPack) -> None:
            if not isinstance(pack, ModelPack) or not _is_sound(pack):
                self._fail(plugin, f"it offers {pack!r:.80} for a model, no ModelPack with a rank and languages")
                return

            def locate() -> Path:
                """The model's folder."""
                with naming(f"Model {pack.name}", plugin):
                    return pack.locate()

            keep(self._models, "model", pack.name, replace(pack, locate=locate), "", pack.description)

        return {
            "register_recognizers": recognizer,
            "register_diarizers": diarizer,
            "register_aligners": aligner,
            "register_formats": format,
            "register_models": model,
        }

    def _refuse_useless_hooks(self, plugin: object) -> None:
        """Raise ValueError for a hook that does not exist, or whose implementation would never do anything."""
        for caller in self._manager.get_hookcallers(plugin) or []:
            for found in caller.get_hookimpls():
                if found.plugin is not plugin:
                    continue
                if not caller.has_spec() and not found.optionalhook:
                    raise ValueError(f"it implements {caller.name!r}, and there is no such hook")
                wraps = found.wrapper or found.hookwrapper
                if wraps and caller.name in REFINING:
                    raise ValueError(f"its {caller.name} wraps, and it is given what the plugin before it made")
                if inspect.iscoroutinefunction(found.function) or inspect.isasyncgenfunction(found.function):
                    raise ValueError(f"its {caller.name} is async, and nobody would await it")
                if inspect.isgeneratorfunction(found.function) and not wraps:
                    raise ValueError(f"its {caller.name} yields, and is marked as no wrapper")

    def _stand_around(self, name: str, plugin: object) -> None:
        """Make an error inside this plugin's hooks a message that names it, instead of everybody's end."""
        for caller in self._manager.get_hookcallers(plugin) or []:
            for found in caller.get_hookimpls():
                if found.plugin is plugin:
                    # pluggy offers no other place to catch what one implementation raises
                    found.function = self._guard.guarded(name, caller.name, found.function)  # type: ignore[misc]

    def _fail(self, plugin: str, reason: str) -> None:
        """Remember what is wrong with a plugin and say it, once."""
        reason = masked(reason)  # it quotes what a stranger raised
        if (plugin, reason) not in self._failures:
            self._failures[plugin, reason] = Failure(plugin, reason)
            log.warning("Plugin %s: %s. Going on without that.", plugin, reason)


def _refined(value: Any, result: Any, plugin: str, context: Mapping[str, Any]) -> Any:
    """What a refinement gave back, through the gate; raises ValueError for what is no such value."""
    if not isinstance(result, type(value)):
        raise ValueError(f"it is a {type(result).__name__}, not a {type(value).__name__}")
    source, duration = f"Plugin {plugin}", context["waveform"].duration
    if isinstance(value, Diarization):
        return admitted_diarization(result, source, duration)
    return admitted_words(result, source, duration)


def _is_sound(pack: ModelPack) -> bool:
    """Whether models can be compared by what the pack says."""
    languages = () if pack.languages is None else pack.languages
    named = not isinstance(languages, str) and isinstance(languages, Collection)
    return named and isinstance(pack.rank, (int, float)) and callable(pack.locate)


def _fault(name: Any, make: Any, suffix: Any, description: Any) -> str | None:
    """Why something cannot be offered, None where it can."""
    if not isinstance(name, str) or not name.strip() or name.startswith("-"):
        return "that is no name"
    if not (callable(make) or isinstance(make, ModelPack)):
        return "nothing can be called to make it"
    if not isinstance(suffix, str) or not isinstance(description, str):
        return "its suffix or its description is no text"
    if "/" in suffix or "\\" in suffix:
        return "its suffix names a folder"
    return None


@functools.lru_cache(maxsize=1)
def load_plugins() -> Plugins:
    """The plugins of this process: the built-in ones and those that are installed, loaded once."""
    return Plugins()
