"""Plugins and registrations that are rejected: they are reported, and all others are kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from speakerplug import Diarization, hookimpl
from speakerplug.plugin import (
    AlignerRegistration,
    DiarizerRegistration,
    FormatRegistration,
    ModelRegistration,
    RecognizerRegistration,
)
from speakerplug.testing import plugins_with

from .misbehaving import called, implementing

OFFERS: dict[str, Callable[[Any], Any]] = {
    "recognizers": lambda name: RecognizerRegistration(name, lambda settings: None),  # type: ignore[arg-type,return-value]
    "diarizers": lambda name: DiarizerRegistration(name, lambda settings: None),  # type: ignore[arg-type,return-value]
    "aligners": lambda name: AlignerRegistration(name, lambda settings: None),  # type: ignore[arg-type,return-value]
    "models": lambda name: ModelRegistration(name, "ear", lambda: None),  # type: ignore[arg-type,return-value]
}
"""How something of each kind is registered under a name."""


async def _async() -> None:
    """It would never be awaited."""


def _yields() -> Iterator[None]:
    yield


@pytest.mark.parametrize(("function", "said"), [(_async, "is async"), (_yields, "is not marked as a wrapper")])
def test_hook_that_would_never_run_is_rejected(function: Any, said: str) -> None:
    """It would have no effect, as a misspelled one."""
    (failure,) = called(implementing("report", function), "report").failures
    assert said in failure.reason


@pytest.mark.parametrize("hook", ["modify_diarization", "modify_words", "modify_transcript"])
def test_refinement_that_wraps_is_rejected(hook: str) -> None:
    """It gets the result of the previous plugin; there is nothing to wrap."""
    (failure,) = called(implementing(hook, _yields, wrapper=True), hook).failures
    assert f"its {hook} is a wrapper" in failure.reason


def _hashless() -> object:
    class Hashless:
        def __hash__(self) -> int:
            sys.exit(0)

    return Hashless()


def _opaque() -> object:
    class Opaque:
        def __dir__(self) -> list[str]:
            raise RuntimeError("do not look")

    return Opaque()


def _unreadable() -> object:
    class Unreadable:
        @property
        def report(self) -> None:
            sys.exit(0)

    return Unreadable()


def test_plugin_that_fails_during_registration_leaves_no_hook() -> None:
    """Hooks that were found before are not called unguarded."""

    class Half:
        zebra = 1

        def __getattribute__(self, name: str) -> Any:
            if name == "zebra":
                sys.exit(0)
            return object.__getattribute__(self, name)

        @hookimpl
        def diarize(self) -> Diarization:
            raise RuntimeError("out of ears")

    assert {failure.plugin for failure in called(Half(), "diarize").failures} == {"culprit"}


def test_plugin_that_is_none_is_rejected() -> None:
    """An entry point may lead to None, which would register nothing without a message."""
    assert [failure.reason for failure in plugins_with({"culprit": None}).failures] == ["it is None"]


@pytest.mark.parametrize("make", [_hashless, _opaque, _unreadable])
def test_plugin_that_raises_when_inspected_is_reported(make: Callable[[], object]) -> None:
    """Whatever it does when it is registered."""
    plugins = plugins_with({"culprit": make(), "good": implementing("report", lambda: None)})
    assert "good" in plugins.names
    assert {failure.plugin for failure in plugins.failures} <= {"culprit"}


@pytest.mark.parametrize("name", [5, None, b"bytes", ("a", "b")])
def test_plugin_whose_name_is_not_a_string_is_rejected(name: Any) -> None:
    """Lists of names are shown to users."""
    plugins = plugins_with()
    plugins.add(name, object())
    assert [failure.plugin for failure in plugins.failures] == [str(name)]
    assert all(isinstance(loaded, str) for loaded in plugins.names)


@pytest.mark.parametrize("name", [5, None, "", "  ", ["a"], b"ear", "--embed-subs"])
@pytest.mark.parametrize("kind", ["recognizers", "diarizers", "aligners", "formats", "models"])
def test_registration_whose_name_is_not_a_string_is_rejected_and_the_next_kept(kind: str, name: Any) -> None:
    """Only this one is lost: the plugin's other registrations are kept, and lists can be shown."""

    def register(register: Any) -> None:
        for each in (name, "good"):
            register(OFFERS[kind](each) if kind in OFFERS else FormatRegistration(each, write=lambda transcript: ""))

    plugins = plugins_with({"culprit": implementing(f"register_{kind}", register)})
    assert "good" in getattr(plugins, kind)
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]
    assert all(isinstance(offered, str) for offered in getattr(plugins, kind))


@pytest.mark.parametrize(
    "given",
    [
        None,
        "x",
        FormatRegistration("x"),
        FormatRegistration("x", matches=print),  # type: ignore[arg-type]
        FormatRegistration("x", write=5),  # type: ignore[arg-type]
        FormatRegistration("x", read=5),  # type: ignore[arg-type]
        FormatRegistration("x", 5, write=str),  # type: ignore[arg-type]
        FormatRegistration("x", suffix=5, write=str),  # type: ignore[arg-type]
        FormatRegistration("x", suffix="/etc/.x", write=str),
        FormatRegistration("x", write=str, takes=("everything",)),
        FormatRegistration("x", write=str, takes="rules"),
    ],
)
def test_register_formats_of_an_invalid_format_is_rejected(given: Any) -> None:
    """One that neither writes nor reads, is not callable, or has an invalid suffix, description or arguments."""
    plugins = plugins_with({"culprit": implementing("register_formats", lambda register: register(given))})
    assert "x" not in plugins.formats
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


@pytest.mark.parametrize("given", [None, 5, "alp", object()])
@pytest.mark.parametrize("kind", OFFERS)
def test_registration_of_a_wrong_type_is_rejected(kind: str, given: Any) -> None:
    """Each kind has its own type, which is named."""
    plugins = plugins_with({"culprit": implementing(f"register_{kind}", lambda register: register(given))})
    (failure,) = plugins.failures
    assert f"is not a {kind.capitalize()[:-1]}Registration" in failure.reason


@pytest.mark.parametrize(
    "given",
    [
        DiarizerRegistration("x", None),  # type: ignore[arg-type]
        DiarizerRegistration("x", print, fetch="url"),  # type: ignore[arg-type]
        DiarizerRegistration("x", print, description=5),  # type: ignore[arg-type]
    ],
)
def test_registration_with_a_field_of_a_wrong_type_is_rejected(given: DiarizerRegistration) -> None:
    """What is not callable is found when it is registered, not when it is needed."""
    plugins = plugins_with({"culprit": implementing("register_diarizers", lambda register: register(given))})
    assert "x" not in plugins.diarizers
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


def test_model_registration_without_a_number_for_its_rank_is_rejected() -> None:
    """Models are compared by it."""
    bad = ModelRegistration("x", "ear", lambda: None, rank="high")  # type: ignore[arg-type,return-value]
    plugins = plugins_with({"culprit": implementing("register_models", lambda register: register(bad))})
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]
