"""What the plugins of hosts share that call one function for each recording."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from speakerplug import UsageError
from speakerplug.hosts import shared
from speakerplug.hosts.shared import shared_transcriber


@pytest.fixture(autouse=True)
def first_in_its_process() -> Iterator[None]:
    """Forget the transcriber of other tests, and that of this one."""
    shared._made.cache_clear()
    yield
    shared._made.cache_clear()


def test_shared_transcriber_of_several_threads_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that models are loaded once, with the options of the environment."""
    monkeypatch.setenv("SPEAKERPLUG_MODEL", "tiny.en")
    with ThreadPoolExecutor(8) as threads:
        found = {*threads.map(lambda _: shared_transcriber(), range(8))}
    assert [each.options.model for each in found] == ["tiny.en"]


def test_shared_transcriber_after_an_invalid_option_works_once_that_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is not kept, and names the variable that a user has set."""
    monkeypatch.setenv("SPEAKERPLUG_NUM_SPEAKERS", "two")
    with pytest.raises(UsageError, match=r"^SPEAKERPLUG_NUM_SPEAKERS is 'two'; it must be a whole number"):
        shared_transcriber()
    monkeypatch.setenv("SPEAKERPLUG_NUM_SPEAKERS", "2")
    assert shared_transcriber().options.num_speakers == 2
