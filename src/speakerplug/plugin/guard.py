"""The guard around plugins: a failing plugin is reported by name, and everything else continues.

Whatever a plugin raises is caught, including `sys.exit` and other BaseExceptions (such as asyncio's CancelledError, or
the panic of a library in Rust), but never Ctrl-C.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pluggy

from ..errors import PluginError, SpeakerPlugError, first_line
from ..system.packages import explained_imports
from .hooks import HOOKS
from .validation import admitted_diarization, admitted_recognition, admitted_words
from .watch import Watch

log = logging.getLogger(__name__)

ADMIT: Mapping[str, Callable[[Any, str], Any]] = {
    "recognize": admitted_recognition,
    "diarize": admitted_diarization,
    "align": admitted_words,
}
"""The validation of the results of hooks that replace a stage."""

Fail = Callable[[str, str], None]
"""Called with the name of a plugin and the reason of its failure."""


def told(error: BaseException) -> str:
    """Return an error as a phrase: its type, and the first line of its message."""
    if isinstance(error, SystemExit):
        return f"it called sys.exit({'' if error.code is None else repr(error.code)})"
    try:
        first = first_line(error)
    except Exception:  # its __str__ is a plugin's code, too
        first = "without a message"
    return f"{type(error).__name__}: {first}"


@contextmanager
def naming(stage: str, plugin: str | None = None) -> Iterator[None]:
    """Turn an unexpected error into a PluginError that names the stage, and the plugin that provides it."""
    try:
        with explained_imports():
            yield
    except SpeakerPlugError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # A context manager, being a generator, cannot raise from StopIteration.
        cause = RuntimeError(told(error)) if isinstance(error, StopIteration) else error
        update = "" if plugin is None else f"update the plugin {plugin}, "
        raise PluginError(f"{stage} failed ({told(error)}); choose another, {update}or see why with -v.") from cause


class Guard:
    """Wraps the hooks of plugins; `fail` is called for what one does wrong."""

    def __init__(self, fail: Fail) -> None:
        self._fail = fail
        self._watch = Watch()

    @contextmanager
    def around(self, plugin: str, what: str) -> Iterator[None]:
        """Report and suppress what `plugin` raises inside the block, and report if it takes too long.

        Only a SpeakerPlugError, raised while a recording is processed, is meant for the user and passed on.
        """
        try:
            with self._watch.over(plugin, what):
                yield
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if isinstance(error, SpeakerPlugError) and _is_at_work(what):
                raise
            self._fail(plugin, f"its {what} failed: {told(error)}")
            log.debug("%s", plugin, exc_info=True)

    def guarded(self, plugin: str, hook: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return an implementation of `hook`, which may be a hook wrapper, as a guarded function."""
        if inspect.isgeneratorfunction(function):
            return self._guarded_wrapper(plugin, hook, function)

        @functools.wraps(function)
        def called(*arguments: Any) -> Any:
            """Return the function's result; None, and report it, if the function fails."""
            with self.around(plugin, hook):
                result = function(*arguments)
                return None if result is None else self._usable(plugin, hook, result, None)
            return None

        return called

    def _guarded_wrapper(self, plugin: str, hook: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapping(*arguments: Any) -> Generator[None, Any, Any]:
            """Run the wrapper; if it fails, return the result of what it wraps."""
            wrapper = None
            with self.around(plugin, hook):
                begun = function(*arguments)
                if next(begun, begun) is begun:
                    raise RuntimeError("it is a wrapper and did not yield")
                wrapper = begun
            try:
                inner = yield
            except (KeyboardInterrupt, GeneratorExit):  # GeneratorExit: the wrapper is no longer needed
                raise
            except BaseException as error:
                if wrapper is None:
                    raise
                return self._end(plugin, hook, wrapper, error)
            return inner if wrapper is None else self._end(plugin, hook, wrapper, inner)

        return wrapping

    def _end(self, plugin: str, hook: str, wrapper: Generator[Any, Any, Any], inner: Any) -> Any:
        """Resume a wrapper with the result or error of what it wraps, and return its own; if it fails, the former."""
        was = _value(inner)
        try:
            with self._watch.over(plugin, hook):
                wrapper.throw(inner) if isinstance(inner, BaseException) else wrapper.send(inner)
            self._fail(plugin, f"its {hook} yielded twice")
            wrapper.close()
        except StopIteration as done:
            if isinstance(inner, pluggy.Result):  # an old-style wrapper, which changes the result in place
                if inner.exception is None:
                    inner.force_result(self._usable(plugin, hook, _value(inner), was))
                return None
            if not isinstance(inner, BaseException) or done.value is not None:
                return self._usable(plugin, hook, done.value, was)
            self._fail(plugin, f"its {hook} hid an error")
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if error is inner or (isinstance(error, SpeakerPlugError) and _is_at_work(hook)):
                raise
            self._fail(plugin, f"its {hook} failed: {told(error)}")
            log.debug("%s", plugin, exc_info=True)
        if isinstance(inner, BaseException):
            raise inner
        return inner

    def _usable(self, plugin: str, hook: str, result: Any, otherwise: Any) -> Any:
        """Return the validated result of a plugin's `hook`; `otherwise`, and report it, if it is invalid."""
        if hook not in ADMIT or (result is None and otherwise is None):
            return result
        try:
            return ADMIT[hook](result, f"Plugin {plugin}")
        except ValueError as error:
            self._fail(plugin, f"its {hook} returned an invalid result: {error}")
            return otherwise


def _is_at_work(what: str) -> bool:
    return what in HOOKS and not what.startswith("register_")


def _value(inner: Any) -> Any:
    """Return the result of what a wrapper wraps; None for an error."""
    if isinstance(inner, pluggy.Result):
        return None if inner.exception is not None else inner.get_result()
    return None if isinstance(inner, BaseException) else inner
