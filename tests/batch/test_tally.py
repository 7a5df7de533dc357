"""How far a run is, in seconds of audio."""

from __future__ import annotations

from speakerplug.batch.tally import Tally
from speakerplug.plugin import Task


def task(key: str, seconds: float) -> Task:
    """Return a task of so many seconds of audio."""
    return Task(key, f"{key}.wav", {}, seconds=seconds)


def test_tally_counts_seconds_of_audio_and_what_is_running() -> None:
    """A file in the middle counts by its share; speed and time left are known after a while."""
    now = [0.0]
    tally = Tally(lambda: now[0])
    one, two = task("one", 100.0), task("two", 300.0)
    for each in (one, two):
        tally.expect(each.seconds or 0.0)
    tally.leave("skipped")
    tally.start(one)
    tally.reach(one, 0.5)
    now[0] = 5.0
    totals = tally.now()
    assert (totals.files, totals.skipped, totals.left) == (3, 1, 2)
    assert (totals.share, totals.speed, totals.running) == (0.125, None, {"one.wav": 0.5})
    tally.finish(one, "done", 100.0, 9.0)
    now[0] = 20.0
    totals = tally.now()
    assert (totals.done, totals.done_audio_s, totals.speed, totals.seconds_left) == (1, 100.0, 5.0, 60.0)


def test_tally_corrects_what_was_expected() -> None:
    """Lengths that were estimated become right; a failure leaves nothing to do."""
    tally = Tally()
    wrong, bad = task("wrong", 10.0), task("bad", 50.0)
    for each in (wrong, bad):
        tally.expect(each.seconds or 0.0)
        tally.start(each)
    tally.finish(wrong, "done", 30.0, 1.0)
    tally.finish(bad, "failed", 0.0, 1.0)
    totals = tally.now()
    assert (totals.audio_s, totals.done_audio_s, totals.share, totals.left) == (30.0, 30.0, 1.0, 0)


def test_tally_of_a_task_that_is_tried_again_is_not_ended() -> None:
    """It stops, and starts once more."""
    tally = Tally()
    tally.expect(10.0)
    tally.start(task("a", 10.0))
    tally.stop(task("a", 10.0))
    tally.reach(task("a", 10.0), 0.5)
    assert (tally.now().left, tally.now().running, tally.now().done_audio_s) == (1, {}, 0.0)
