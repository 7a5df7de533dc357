"""Every hook is documented and tested."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from speakerplug.plugin import (
    AlignerRegistration,
    DiarizerRegistration,
    ExecutorRegistration,
    ModelRegistration,
    RecognizerRegistration,
)
from speakerplug.plugin.hooks import HOOKS

ROOT = Path(__file__).parents[2]


def test_hooks_are_not_empty() -> None:
    """The list that the other tests use contains the hook of the ASR engine."""
    assert "diarize" in HOOKS
    assert len(HOOKS) >= 10


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_heading_in_the_documentation(hook: str) -> None:
    """docs/reference/hooks.md has a heading for each hook."""
    text = (ROOT / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
    assert hook in re.findall(r"^#+ `?(\w+)", text, re.MULTILINE)


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_has_a_test(hook: str) -> None:
    """Some test implements each hook in a plugin of its own."""
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert re.search(rf"@hookimpl[^\n]*\n\s+def {hook}\(", tests)


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_has_a_docstring_and_types(hook: str) -> None:
    """Each hook has a docstring, and its arguments have types."""
    assert HOOKS[hook].__doc__
    arguments = HOOKS[hook].__code__.co_varnames[: HOOKS[hook].__code__.co_argcount]
    assert set(arguments) <= set(HOOKS[hook].__annotations__)


REGISTRATIONS = (
    RecognizerRegistration,
    DiarizerRegistration,
    AlignerRegistration,
    ExecutorRegistration,
    ModelRegistration,
)


@pytest.mark.parametrize("registration", REGISTRATIONS)
def test_registration_is_documented_with_each_of_its_fields(registration: type) -> None:
    """docs/reference/hooks.md names them all, but for the one that the manager fills in."""
    text = (ROOT / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
    assert f"register({registration.__name__}(" in text
    for field in fields(registration):  # type: ignore[arg-type]
        assert field.name == "plugin" or re.search(rf"\b{field.name}\b", text), field.name
