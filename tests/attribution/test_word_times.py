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


def test_interpolated_with_known_times_begins_there() -> None:
    """A word between two known times has these; several share the time between by their length."""
    words = interpolated([(None, "a bb cc d")], 0.0, 10.0, [(2, 2.0), (8, 8.0)])
    assert [(word.text, word.start, word.end, word.estimated) for word in words] == [
        ("a", 0.0, 2.0, False),
        ("bb", 2.0, 5.0, True),
        ("cc", 5.0, 8.0, True),
        ("d", 8.0, 10.0, False),
    ]


def test_interpolated_with_two_times_at_a_place_leaves_a_pause() -> None:
    """The word before ends at the first, the word after begins at the second."""
    words = interpolated([(None, "a b")], 0.0, 10.0, [(1, 2.0), (2, 7.0)])
    assert [(word.start, word.end) for word in words] == [(0.0, 2.0), (7.0, 10.0)]


def test_interpolated_with_times_out_of_order_ignores_these() -> None:
    """A time before the one before it, or outside of the cue, tells nothing."""
    words = interpolated([(None, "a b c")], 1.0, 4.0, [(2, 9.0), (2, 3.0), (4, 2.0)])
    assert [(word.start, word.end) for word in words] == [(1.0, 3.0), (3.0, 3.5), (3.5, 4.0)]


def test_interpolated_with_a_time_within_a_word_keeps_it_whole() -> None:
    """The syllables of a word are one word, from the start of the first."""
    (word,) = interpolated([(None, "ka"), (None, "ra")], 0.0, 2.0, [(2, 0.5)])[:1]
    assert (word.text, word.start) == ("ka", 0.0)
