"""What is done with a recording, from its last record."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.batch.decide import Decision, Present, Wish, decide
from speakerplug.batch.record import STATES, Record

NOW = Present("content", "settings")


def record(state: str, **about: Any) -> Record:
    """Return the last record of a recording that has not changed."""
    return Record(state, "key", 1.0, "path", content="content", settings="settings", **about)


@pytest.mark.parametrize(
    ("latest", "decision"),
    [
        (None, Decision()),
        (record("done"), Decision("done")),
        (record("failed"), Decision("failed")),
        (record("failed", again=True), Decision()),
        (record("killed", attempt=2), Decision("killed")),
        (record("started"), Decision(attempt=1, is_late=True)),
        (record("started", attempt=2), Decision(attempt=2, is_late=True)),
        (record("died"), Decision(attempt=2, is_late=True)),
        (record("died", blames=False), Decision(attempt=1, is_late=True)),
    ],
)
def test_decide_by_the_last_state(latest: Record | None, decision: Decision) -> None:
    """Interrupted ones come last and are no attempt; deaths that the driver saw are."""
    assert decide(latest, NOW) == decision


@pytest.mark.parametrize("state", ["failed", "killed"])
def test_decide_with_retry_failed_tries_again_from_the_first_attempt(state: str) -> None:
    """What was set aside has two attempts again."""
    assert decide(record(state, attempt=2), NOW, Wish(retry_failed=True)) == Decision()


def test_decide_for_results_that_are_gone_does_them_again() -> None:
    """The journal says done, the disk does not."""
    assert decide(record("done"), Present("content", "settings", lambda record: False)) == Decision()


@given(st.sampled_from(STATES), st.integers(1, 3), st.booleans(), st.sampled_from(["content", "settings", "redo"]))
def test_decide_for_whatever_has_changed_is_as_if_nothing_was_done(
    state: str, attempt: int, blames: bool, changed: str
) -> None:
    """Content, settings, or the wish to do all again."""
    now = Present(*("new" if changed == name else name for name in ("content", "settings")))
    latest = record(state, attempt=attempt, blames=blames)
    assert decide(latest, now, Wish(redo=changed == "redo")) == Decision()


@given(st.sampled_from(STATES), st.integers(1, 3), st.booleans(), st.booleans(), st.booleans())
def test_decide_leaves_only_what_has_ended(state: str, attempt: int, blames: bool, again: bool, retry: bool) -> None:
    """Nothing is lost: what has no end is to do, whatever else is so."""
    found = decide(record(state, attempt=attempt, blames=blames, again=again), NOW, Wish(retry_failed=retry))
    assert found.is_todo or state in ("done", "failed", "killed")
