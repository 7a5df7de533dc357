"""Invalid registrations: each wrong field is named, and the plugin's other registrations are kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speakerplug.plugin import (
    AlignerRegistration,
    DiarizerRegistration,
    ExecutorRegistration,
    FormatRegistration,
    ModelRegistration,
    RecognizerRegistration,
    hookimpl,
)
from speakerplug.plugin.manager import Plugins
from speakerplug.testing import FakeDiarizer

STAGES: dict[str, Any] = {
    "recognizer": RecognizerRegistration,
    "diarizer": DiarizerRegistration,
    "aligner": AlignerRegistration,
    "executor": ExecutorRegistration,
}


def fine(kind: str, name: Any, **fields: Any) -> Any:
    """Return a registration that is valid but for these fields."""
    if kind == "format":
        return FormatRegistration(name, **{"write": lambda transcript: "", **fields})
    if kind == "model":
        return ModelRegistration(name, **{"recognizer": "fake", "locate": Path, **fields})
    return STAGES[kind](name, **{"factory": FakeDiarizer, **fields})


class Offering:
    """A plugin with an invalid registration between two valid ones, and one of another kind."""

    def __init__(self, kind: str, make: Callable[[], Any]) -> None:
        self.kind, self.make = kind, make

    def _offer(self, kind: str, register: Callable[[Any], None]) -> None:
        if self.kind != kind:
            register(fine(kind, "other"))
            return
        register(fine(kind, "before"))
        register(self.make())
        register(fine(kind, "after"))

    @hookimpl
    def register_recognizers(self, register: Any) -> None:
        self._offer("recognizer", register)

    @hookimpl
    def register_diarizers(self, register: Any) -> None:
        self._offer("diarizer", register)

    @hookimpl
    def register_aligners(self, register: Any) -> None:
        self._offer("aligner", register)

    @hookimpl
    def register_executors(self, register: Any) -> None:
        self._offer("executor", register)

    @hookimpl
    def register_formats(self, register: Any) -> None:
        self._offer("format", register)

    @hookimpl
    def register_models(self, register: Any) -> None:
        self._offer("model", register)


KINDS = ("recognizer", "diarizer", "aligner", "executor", "format", "model")
WRONG: list[tuple[str, str, Any, str]] = [
    *((kind, "name", name, "that name is reserved") for kind in KINDS for name in ("auto", "none")),
    *((kind, "name", name, "that is not a valid name") for kind in KINDS for name in (5, "", "-x", "two\nlines")),
    *((kind, "description", 5, "its description is not a string") for kind in KINDS),
    *((kind, "factory", 5, "its factory is not callable") for kind in STAGES),
    *(("diarizer", name, value, f"its {name} are not a list of strings")
      for name in ("needs", "parameters", "classes") for value in (5, [5], [["key"]], b"key", object())),
    *(("diarizer", name, None, f"its {name} are not a list of strings") for name in ("needs", "classes")),
    ("diarizer", "needs", ("moon",), "its needs can be network, network once, token, key, terms, not 'moon'"),
    *(("diarizer", name, 5, f"its {name} is not callable")
      for name in ("takes", "is_cached", "check", "fetch", "found")),
    *((kind, "rank", rank, "its rank is not a number")
      for kind in ("diarizer", "model") for rank in ("x", None, float("nan"), [1])),
    *(("model", "languages", value, "its languages are not a list of strings") for value in (5, "en", [5])),
    *(("model", "recognizer", value, "its recognizer is not a name") for value in (5, None, "")),
    ("model", "locate", 5, "its locate is not callable"),
    *(("format", name, 5, f"its {name} is not callable") for name in ("write", "matches", "read", "read_cues")),
    *(("format", "takes", value, "its takes can only be rules and media")
      for value in (5, None, "rules", ["moon"], [["rules"]])),
    ("format", "suffix", 5, "its suffix is not a string"),
    ("format", "suffix", "/x", "its suffix names a folder"),
    ("executor", "metavar", 5, "its metavar is not a string"),
    *(("executor", "name", name, "its name is no name for an option") for name in ("two words", "Ray", "a=b")),
    ("format", "for_programs", "no", "its for_programs is neither True nor False"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "field", "value", "said"), WRONG)
def test_registration_with_an_invalid_field_is_rejected_alone(kind: str, field: str, value: Any, said: str) -> None:
    """One failure names the field; the plugin's registrations before, after and of other kinds are kept."""

    def make() -> Any:
        return fine(kind, value) if field == "name" else fine(kind, "wrong", **{field: value})

    plugins = Plugins({"culprit": Offering(kind, make)}, discover=False)
    (failure,) = plugins.failures
    assert failure.plugin == "culprit"
    assert failure.reason.endswith(f"is rejected because {said}")
    assert failure.reason.startswith(f"its {kind} ")
    for other in KINDS:
        offers = getattr(plugins, f"{other}s")
        assert {name for name, offer in offers.items() if offer.plugin == "culprit"} == (
            {"before", "after"} if other == kind else {"other"}
        )


@pytest.mark.parametrize("field", ["needs", "parameters", "classes"])
def test_registration_whose_values_cannot_be_listed_does_not_raise(field: str) -> None:
    """The constructor runs inside the plugin's hook, where an error would lose all later registrations."""

    class Never:
        def __iter__(self) -> Any:
            raise ZeroDivisionError("oh")

    plugins = Plugins({"culprit": Offering("diarizer", lambda: fine("diarizer", "x", **{field: Never()}))}, False)
    assert "x" not in plugins.diarizers
    assert {"before", "after"} <= set(plugins.diarizers)


def test_registration_with_a_string_or_an_iterator_keeps_a_tuple() -> None:
    """One name may be given as a string."""
    offer = DiarizerRegistration("x", FakeDiarizer, needs="key", parameters=iter(["a", "b"]))  # type: ignore[arg-type]
    plugins = Plugins({"right": Offering("diarizer", lambda: offer)}, discover=False)
    assert (plugins.diarizers["x"].needs, plugins.diarizers["x"].parameters) == (("key",), ("a", "b"))
    assert plugins.failures == ()
