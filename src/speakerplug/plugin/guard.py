"""The guard of plugins: whatever one of them does when it is called, it is named, and the rest goes on.

What a plugin raises is caught, `sys.exit` and what is no Exception (such as asyncio's CancelledError, or the panic of a
library in Rust) included; Ctrl-C never is.
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
"""What each hook that is asked for an answer may be answered with."""

Fail = Callable[[str, str], None]
"""Called with a plugin and what is wrong with it."""


def told(error: BaseException) -> str:
    """What an error says in a sentence: its type, and the first line of its text."""
    if isinstance(error, SystemExit):
        return f"it called sys.exit({'' if error.code is None else repr(error.code)})"
    try:
        first = first_line(error)
    except Exception:  # its text is a plugin's code, too
        first = "it cannot say why"
    return f"{type(error).__name__}: {first}"


@contextmanager
def naming(stage: str, plugin: str | None = None) -> Iterator[None]:
    """Turn an unexpected error into one that names the stage it comes from, and the plugin that brought the stage."""
    try:
        with explained_imports():
            yield
    except SpeakerPlugError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # A generator, as this is, cannot pass StopIteration on, not even as a cause.
        cause = RuntimeError(told(error)) if isinstance(error, StopIteration) else error
        update = "" if plugin is None else f"update the plugin {plugin}, "
        raise PluginError(f"{stage} failed ({told(error)}); choose another, {update}or see why with -v.") from cause


class Guard:
    """Stands around the hooks of plugins; `fail` is told what one does that it must not."""

    def __init__(self, fail: Fail) -> None:
        self._fail = fail
        self._watch = Watch()

    @contextmanager
    def around(self, plugin: str, what: str) -> Iterator[None]:
        """Inside, what `plugin` raises is told and goes no further, and what takes too long is named.

        Only what it says on purpose while a recording is at work, a SpeakerPlugError, is meant for the user.
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
        """The implementation of `hook`, one that wraps others too, as it may be called."""
        if inspect.isgeneratorfunction(function):
            return self._guarded_wrapper(plugin, hook, function)

        @functools.wraps(function)
        def called(*arguments: Any) -> Any:
            """The function's result, or None and a message."""
            with self.around(plugin, hook):
                result = function(*arguments)
                return None if result is None else self._usable(plugin, hook, result, None)
            return None

        return called

    def _guarded_wrapper(self, plugin: str, hook: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapping(*arguments: Any) -> Generator[None, Any, Any]:
            """What the wrapper makes of what it wraps; that alone where the wrapper fails."""
            wrapper = None
            with self.around(plugin, hook):
                begun = function(*arguments)
                if next(begun, begun) is begun:
                    raise RuntimeError("it wraps, and did not yield")
                wrapper = begun
            try:
                inner = yield
            except (KeyboardInterrupt, GeneratorExit):  # GeneratorExit: nobody waits for the wrapper any more
                raise
            except BaseException as error:
                if wrapper is None:
                    raise
                return self._end(plugin, hook, wrapper, error)
            return inner if wrapper is None else self._end(plugin, hook, wrapper, inner)

        return wrapping

    def _end(self, plugin: str, hook: str, wrapper: Generator[Any, Any, Any], inner: Any) -> Any:
        """The result of a wrapper, resumed with what it wraps gave or raised; that itself where the wrapper fails."""
        was = _value(inner)
        try:
            with self._watch.over(plugin, hook):
                wrapper.throw(inner) if isinstance(inner, BaseException) else wrapper.send(inner)
            self._fail(plugin, f"its {hook} yielded twice")
            wrapper.close()
        except StopIteration as done:
            if isinstance(inner, pluggy.Result):  # of the old kind, which changes the result in its place
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
        """What a plugin gave back in `hook`; `otherwise` in place of what nobody can use."""
        if hook not in ADMIT or (result is None and otherwise is None):
            return result
        try:
            return ADMIT[hook](result, f"Plugin {plugin}")
        except ValueError as error:
            self._fail(plugin, f"its {hook} is no answer: {error}")
            return otherwise


def _is_at_work(what: str) -> bool:
    return what in HOOKS and not what.startswith("register_")


def _value(inner: Any) -> Any:
    """The result of what a wrapper wraps, None for an error."""
    if isinstance(inner, pluggy.Result):
        return None if inner.exception is not None else inner.get_result()
    return None if isinstance(inner, BaseException) else inner
