"""Lines of subtitles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speakerplug_subtitle_edit.lines import Line, ass_of, lines_of_ass, lines_of_subrip, with_names

TEXTS = st.lists(st.sampled_from(["Hi.", "<i>Oh</i>", "- 12", "7", "a, b", r"{\an8}"]), max_size=3).map("\n".join)


@given(st.lists(st.tuples(st.integers(0, 90_000_000), st.integers(1, 9999), TEXTS), max_size=6), st.data())
def test_lines_of_subrip_and_of_ass_are_those_written(given: list[tuple[int, int, str]], data: st.DataObject) -> None:
    """Times to the millisecond, texts with lines that are numbers; a line that was not named stays without a name."""
    lines = [Line(start, start + length, text) for start, length, text in sorted(given)]
    subrip = "".join(f"{n}\n{clock(x.start_ms)} --> {clock(x.end_ms)}\n{x.text}\n\n" for n, x in enumerate(lines, 1))
    assert lines_of_subrip(subrip) == lines_of_subrip(subrip.replace("\n", "\r\n")) == lines
    written = list(lines_of_ass(ass_of(lines)))
    assert [(x.start_ms, x.end_ms, x.text.replace("\\N", "\n")) for x in written] == [
        (x.start_ms, x.end_ms, x.text) for x in lines
    ]
    named = [Line(round(x.start_ms, -1), x.end_ms, "", "Ann") for x in lines if data.draw(st.booleans())]
    found = with_names(lines, named)
    assert [x.text for x in found] == [x.text for x in lines]
    assert sum(x.name == "Ann" for x in found) == len(named)


def clock(time_ms: int) -> str:
    """Return a time as SubRip has it."""
    seconds, milliseconds = divmod(time_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{milliseconds:03}"
