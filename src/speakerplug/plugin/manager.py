"""The plugin manager: finds plugins, keeps their registrations, and continues when one of them fails.

The built-in recognizers, diarizers, formats and commands are registered through the same hooks.
"""

from __future__ import annotations

import functools
import importlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar

import pluggy

from ..errors import PluginError, UsageError, first_line, insist, kind_of, masked, suggested
from ..transcript import Diarization, Transcript
from . import hooks, known
from .faults import fault_of
from .formats import FormatRegistration
from .guard import Guard, naming, told
from .hook_manager import HookManager, call, wraps
from .hooks import CONTRACT, PROJECT
from .registrations import AlignerRegistration, DiarizerRegistration, ExecutorRegistration, RecognizerRegistration
from .roles import ModelRegistration
from .validation import admitted_diarization, admitted_transcript, admitted_words

log = logging.getLogger(__name__)

BUILT_IN = ("recognizers", "diarizers", "formats", "batch", "cli")
OURS = tuple(f"{PROJECT}.{name}" for name in BUILT_IN)

T = TypeVar("T")

TYPES = {
    "recognizer": RecognizerRegistration,
    "diarizer": DiarizerRegistration,
    "aligner": AlignerRegistration,
    "executor": ExecutorRegistration,
    "format": FormatRegistration,
    "model": ModelRegistration,
}
"""The type that each registering hook takes."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A plugin that failed, and why."""

    plugin: str
    reason: str


class Plugins:
    """All registrations: `recognizers`, `diarizers`, `aligners`, `executors`, `formats`, `models`, and the `failures`.

    `extra` are further plugins (modules or objects) by name, after the built-in ones; with `discover`, installed
    ones are found by their entry points.
    """

    def __init__(self, extra: Mapping[str, object] | None = None, discover: bool = True) -> None:
        insist("extra", extra, (Mapping, type(None)), "a dictionary of plugins by name")
        self._manager = HookManager(self.fail)
        self._manager.add_hookspecs(hooks)
        self._offers: dict[str, dict[str, Any]] = {kind: {} for kind in TYPES}
        self._failures: dict[tuple[str, str], Failure] = {}
        self._guard = Guard(self.fail)
        for name, ours in zip(BUILT_IN, OURS, strict=True):
            self._add(ours, importlib.import_module(f"{PROJECT}.{name}"))
        for name, plugin in (extra or {}).items():
            self.add(name, plugin)
        if discover:
            self._discover()

    recognizers = property(lambda self: MappingProxyType(self._offers["recognizer"]))
    diarizers = property(lambda self: MappingProxyType(self._offers["diarizer"]))
    aligners = property(lambda self: MappingProxyType(self._offers["aligner"]))
    executors = property(lambda self: MappingProxyType(self._offers["executor"]))
    formats = property(lambda self: MappingProxyType(self._offers["format"]))
    models = property(lambda self: MappingProxyType(self._offers["model"]))
    failures = property(lambda self: tuple(self._failures.values()))

    @property
    def classes(self) -> frozenset[str]:
        """The full names of the classes that model files may refer to, as registered by diarizers."""
        return frozenset().union(*(offer.classes for offer in self.diarizers.values()))

    @property
    def hook(self) -> Any:
        """Pluggy's hook callers: `plugins.hook.diarize(...)`."""
        return self._manager.hook

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the loaded plugins, in the order of their registration."""
        return tuple(name for name, plugin in self._manager.list_name_plugin() if plugin is not None)

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages of plugins that do not come with SpeakerPlug, whose log messages are shown with ours."""
        theirs = [self._manager.get_plugin(name) for name in self.names if name not in OURS]
        modules = [each.__name__ if isinstance(each, ModuleType) else type(each).__module__ for each in theirs]
        return tuple(dict.fromkeys(module.split(".")[0] for module in modules if module.split(".")[0] != PROJECT))

    def add(self, name: str, plugin: object) -> None:
        """Register a plugin and its registrations; an invalid one is added to `failures` instead."""
        if not isinstance(name, str) or plugin is None:
            self.fail(f"{name}", "its name is not a string" if plugin is not None else "it is None")
            return
        with self._guard.around(name, "registration"):
            self._add(name, plugin, guarded=True)

    def _add(self, name: str, plugin: object, guarded: bool = False) -> None:
        try:
            hash(plugin)  # pluggy keeps plugins in sets
            self._refuse_other_contract(plugin)
            self._manager.register(plugin, name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # some of its hooks may be registered by now
            if self._manager.get_plugin(name) is plugin:
                self._manager.unregister(plugin)
            if isinstance(error, pluggy.PluginValidationError):  # pluggy gives the reason in the last line
                self.fail(name, (str(error).strip().splitlines() or [told(error)])[-1].strip())
            else:
                self.fail(name, first_line(error) if type(error) is ValueError and str(error).strip() else told(error))
            return
        if guarded:
            self._guard_hooks(name, plugin)
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        for hook, register in self._registers(name).items():
            self._manager.subset_hook_caller(hook, others)(register=register)

    def remove(self, name: str) -> None:
        """Stop calling a plugin's hooks; its registrations stay."""
        self._manager.unregister(name=name)

    def refine(self, hook: str, value: T, **context: Any) -> T:
        """Pass `value` through each plugin's implementation of `hook`, one after the other, and return the result.

        The value is the hook's first argument. An invalid result is ignored, and its plugin reported.
        """
        first = getattr(self.hook, hook).spec.argnames[0]
        for implementation in self._implementations(hook):
            plugin = implementation.plugin_name
            result = call(implementation, {**context, first: value})
            if result is None:
                continue
            try:
                value = _refined(value, result, plugin, context)
            except ValueError as error:
                self.fail(plugin, f"its {hook} returned an invalid result: {error}")
        return value

    def answers(self, hook: str) -> bool:
        """Return whether any plugin implements `hook` and may replace the stage; wrappers do not count."""
        return any(not wraps(found) for found in self._implementations(hook))

    def ask(self, hook: str, admit: Callable[[Any], Any] = lambda answer: answer, **arguments: Any) -> Any:
        """Return the first result that a plugin returns for `hook` in place of the stage, through `admit`, or None.

        A result for which `admit` raises ValueError or PluginError is ignored, and its plugin reported.
        """
        for implementation in self._implementations(hook):
            answer = None if wraps(implementation) else call(implementation, arguments)
            if answer is None:
                continue
            try:
                return admit(answer)
            except (ValueError, PluginError) as error:
                self.fail(implementation.plugin_name, f"its {hook} returned an invalid result: {error}")
        return None

    def run(self, hook: str, **arguments: Any) -> Any:
        """Run the stage through the plugins that wrap `hook`, and return the result; other plugins are not called."""
        asked = [found.plugin for found in self._implementations(hook) if not wraps(found)]
        return self._manager.subset_hook_caller(hook, asked)(**arguments)

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        """Return the plugins' implementations of a hook, in calling order."""
        found = getattr(self.hook, hook).get_hookimpls()
        return [implementation for implementation in reversed(found) if implementation.plugin_name not in OURS]

    def choose(self, kind: str, name: str) -> Any:
        """Return the registration of a kind ("recognizers", "diarizers", ...) by name; raises UsageError if unknown."""
        offers: Mapping[str, Any] = getattr(self, kind)
        if name in offers:
            return offers[name]
        if hint := known.hint(name):
            raise UsageError(f"{hint}.")
        if not offers:
            raise UsageError(
                f"There is no {kind[:-1]} named {name!r}, nor any other; install a plugin that provides it."
            )
        raise UsageError(f"There is no {kind[:-1]} named {name!r}; {suggested(name, offers, 'choose one of')}")

    def plugin_of(self, kind: str, name: str) -> str | None:
        """Return the installed plugin that registered a name of a kind; None if it is built in or unknown."""
        offer = getattr(self, kind).get(name)
        return None if offer is None or offer.plugin in OURS else offer.plugin

    def _discover(self) -> None:
        for entry_point in sorted(self._entry_points(), key=lambda found: found.name):
            with self._guard.around(entry_point.name, "import"):  # whatever a plugin's module does, others are loaded
                self.add(entry_point.name, entry_point.load())

    def _entry_points(self) -> Iterable[metadata.EntryPoint]:
        try:
            return metadata.entry_points(group=PROJECT)
        except Exception:  # one package's damaged metadata hides all: read each package on its own
            log.debug("Entry points", exc_info=True)
        found: dict[str, list[metadata.EntryPoint]] = {}
        for package in metadata.distributions():
            name = package.metadata["Name"]
            try:
                found.setdefault(name, [point for point in package.entry_points if point.group == PROJECT])
            except Exception as error:
                self.fail(name, f"its list of entry points is damaged: {told(error)}")
        return [point for points in found.values() for point in points]

    def _registers(self, plugin: str) -> dict[str, Callable[..., None]]:
        """Return the `register` argument of each registering hook, for `plugin`."""

        def keeping(kind: str, offers: dict[str, Any]) -> Callable[[Any], None]:
            """Return the function that keeps valid registrations of one kind."""

            def _register(given: Any) -> None:
                offer = self.admitted(kind, given, plugin, offers)
                if offer is not None:
                    offers[offer.name] = offer

            return _register

        return {f"register_{kind}s": keeping(kind, offers) for kind, offers in self._offers.items()}

    def admitted(self, kind: str, given: Any, plugin: str, taken: Mapping[str, Any] | None = None) -> Any:
        """Return a plugin's registration as it is kept; None, and report it, if it is invalid or the name `taken`."""
        is_one = isinstance(given, TYPES[kind])
        fault = fault_of(given) if is_one else f"it is not a {TYPES[kind].__name__}"
        if fault is None and taken is not None and given.name in taken:
            fault = f"{taken[given.name].plugin} already has that name"
        if fault is not None:
            called = given.name if is_one else given
            self.fail(plugin, f"its {kind} {called!r:.80} is rejected because {fault}")
            return None
        if isinstance(given, ModelRegistration):
            given = replace(given, locate=_named(given.locate, given.name, plugin))
        return replace(given, plugin=plugin)

    def _refuse_other_contract(self, plugin: object) -> None:
        """Raise ValueError for a plugin that is for another version of the plugin API."""
        wanted = getattr(plugin, "speakerplug_contract", CONTRACT)
        if wanted != CONTRACT:
            raise ValueError(
                f"it is for version {wanted!r:.20} of the plugin API, but this SpeakerPlug has version "
                f"{CONTRACT}; update the older one"
            )

    def _guard_hooks(self, name: str, plugin: object) -> None:
        """Guard this plugin's hooks, so that an error inside is reported instead of ending the run."""
        for caller in self._manager.get_hookcallers(plugin) or []:
            for found in caller.get_hookimpls():
                if found.plugin is plugin:
                    # pluggy offers no other place to catch what one implementation raises
                    found.function = self._guard.guarded(name, caller.name, found.function)  # type: ignore[misc]

    def fail(self, plugin: str, reason: str) -> None:
        """Record a failure of a plugin, and log it once."""
        reason = masked(reason)  # it quotes what a plugin raised
        if (plugin, reason) not in self._failures:
            self._failures[plugin, reason] = Failure(plugin, reason)
            log.warning("Plugin %s: %s. Continuing without it.", plugin, reason)


def _refined(value: Any, result: Any, plugin: str, context: Mapping[str, Any]) -> Any:
    """Return the validated result of a refinement; raises ValueError for an invalid one."""
    if not isinstance(value, tuple) and not isinstance(result, type(value)):
        raise ValueError(f"it is {kind_of(result)}, not {kind_of(value)}")
    source, duration = f"Plugin {plugin}", context["waveform"].duration
    if isinstance(value, Transcript):
        return admitted_transcript(result, value)
    if isinstance(value, Diarization):
        return admitted_diarization(result, source, duration)
    return admitted_words(result, source, duration)


def _named(locate: Callable[[], Path], model: str, plugin: str) -> Callable[[], Path]:
    """Return `locate` with errors that name the model and its plugin."""

    def located() -> Path:
        with naming(f"Model {model}", plugin):
            return Path(locate())

    return located


@functools.lru_cache(maxsize=1)
def load_plugins() -> Plugins:
    """Return the plugins of this process, the built-in and the installed ones; they are loaded once."""
    return Plugins()


def given_or_installed(plugins: Plugins | None) -> Plugins:
    """Return the given plugins, by default those of this process; raises UsageError for any other object."""
    insist("plugins", plugins, (Plugins, type(None)), 'Plugins, such as speakerplug.Plugins({"name": a_module})')
    return load_plugins() if plugins is None else plugins
