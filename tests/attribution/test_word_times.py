from __future__ import annotations

from speakerplug.attribution.word_times import interpolated, spread


def test_spread_is_in_proportion_and_ends_at_end() -> None:
    """Spans follow each other without a gap, the last one to the very end."""
    times = spread([1, 3, 1], 0.1, 0.6)
    assert [start for start, _ in times[1:]] == [end for _, end in times[:-1]]
    assert [round(end - start, 9) for start, end in times] == [0.1, 0.3, 0.1]
    assert (times[0][0], times[-1][1]) == (0.1, 0.6)


def test_spread_zero_lengths_leaves_time_to_the_last() -> None:
    """No lengths give no spans; lengths of 0 leave all of the time to the last."""
    assert spread([], 0.0, 1.0) == []
    assert spread([0, 0], 0.0, 1.0) == [(0.0, 0.0), (0.0, 1.0)]


def test_interpolated_end_before_start_gives_zero_length() -> None:
    """All of its words are at its start, to the millisecond."""
    words = interpolated([("A", "a b")], 2.00049, 1.0)
    assert [(word.start, word.end) for word in words] == [(2.0, 2.0), (2.0, 2.0)]
