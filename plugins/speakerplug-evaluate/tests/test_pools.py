from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.transcript import Turn, Word
from speakerplug_evaluate.measures import Result
from speakerplug_evaluate.pools import MANY, differences, pools, rows
from speakerplug_evaluate.rates import Rate
from speakerplug_evaluate.truth import Item, Truth


def result(name: str, *blocks: Rate, kind: str = "call", text: str = "", found: int = 2) -> Result:
    """Return a result with two true speakers, of whom `found` were found, and one measure."""
    truth = Truth((Word(text or name, 0, 1, "ann"),), (Turn(0, 1, "ann"),), (0.0, 60.0))
    return Result(Item(name, kind, Path(f"{name}.wav"), 60.0, 2, truth), found, {"wder": blocks})


def test_kinds_of_several_recordings_and_all_are_pooled() -> None:
    """A kind with one recording has no pool of its own; a single recording has none at all."""
    results = [result("a"), result("b"), result("c", kind="meeting")]
    assert {name: [each.item.id for each in members] for name, members in pools(results).items()} == {
        "call": ["a", "b"], "all": ["a", "b", "c"]
    }  # fmt: skip
    assert pools(results[:1]) == {}


def test_copy_is_not_pooled_twice() -> None:
    """Another encoding of the same conversation has a row, and is not in the pool."""
    results = [result("a", text="same"), result("b"), result("video", text="same", kind="video")]
    assert [each.item.id for each in pools(results)["all"]] == ["a", "b"]
    assert [row.name for row in rows("S", results)] == ["a", "b", "video", "call", "all"]


def test_pooled_rates_are_sums_and_speakers_are_counted() -> None:
    """Long recordings have more weight; the number of speakers is right or off by an average."""
    *_, pool = rows("S", [result("a", Rate(1, 10)), result("b", Rate(0, 30), found=5)])
    assert pool.measures["wder"].rate == Rate(1, 40)
    assert (pool.right, pool.recordings, pool.miscounted) == (1, 2, 1.5)


@pytest.mark.parametrize(("recordings", "drawn"), [(MANY - 1, "blocks"), (MANY, "recordings")])
def test_few_recordings_are_drawn_by_blocks(recordings: int, drawn: str) -> None:
    """All recordings have the same rate though their blocks differ: drawing recordings would show no uncertainty."""
    results = [result(str(number), Rate(0, 10), Rate(4, 10)) for number in range(recordings)]
    *_, pool = rows("S", results)
    interval = pool.measures["wder"].interval
    assert pool.drawn == drawn
    assert interval is not None
    assert (interval == pytest.approx((0.2, 0.2))) == (drawn == "recordings")


def test_systems_are_compared_with_the_first() -> None:
    """A difference for each later system, pool and measure that both have."""
    ours = [result("a", Rate(1, 10)), result("b", Rate(1, 10))]
    theirs = [result("a", Rate(2, 10)), result("b", Rate(3, 10))]
    found = list(differences({"ours": ours, "theirs": theirs}))
    assert [(each.system, each.pool, each.measure) for each in found] == [
        ("theirs", "call", "wder"), ("theirs", "all", "wder")
    ]  # fmt: skip
    assert found[0].value == pytest.approx(0.15)
