"""What the journals alone tell, as a status and as a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from speakerplug.batch.journal import History
from speakerplug.batch.record import Record
from speakerplug.batch.report import report
from speakerplug.batch.status import status_of

RECORDS = (
    Record("done", "a.wav", 10.0, "in/a.wav", audio_s=100.0, work_s=20.0, host="one"),
    Record("done", "b.wav", 11.0, "in/b.wav", audio_s=50.0, work_s=10.0, host="one"),
    Record(
        "failed", "<b>.wav", 12.0, "in/<b>.wav", error="MediaError", message="It is <bad> & so: copy it.", work_s=1.0
    ),
    Record("killed", "k.wav", 13.0, "in/k.wav", attempt=2, message="It ended its worker."),
    Record("started", "s.wav", 14.0, "in/s.wav", host="one"),
    Record("started", "t.wav", 4.0, "in/t.wav", host="two"),
    Record("died", "d.wav", 15.0, "in/d.wav", host="one"),
)
RUNS = ({"shard": "1/2", "files": 99}, {"shard": "2/2", "files": 3}, {"shard": "1/2", "files": 7})
HISTORY = History({record.key: record for record in RECORDS}, RUNS)


def test_status_of_journals_counts_by_state() -> None:
    """What was begun by a run that is still there is at work, else it was interrupted."""
    status = status_of(HISTORY, [{"host": "one", "pid": 5, "since": 12.0}])
    assert (status.files, status.done, status.left, status.speed) == (10, 2, 3, 5.0)
    assert [each.key for each in status.failures] == ["<b>.wav", "k.wav"]
    assert [each.key for each in status.running] == ["s.wav"]
    assert sorted(each.key for each in status.waiting) == ["d.wav", "t.wav"]
    found = status.as_dict()
    assert (found["failed"], found["running"], found["failures"][0]["error"]) == (2, ["in/s.wav"], "MediaError")


def test_status_of_an_empty_history_is_empty() -> None:
    """Nothing is divided by nothing."""
    assert status_of(History()).speed is None


def test_status_of_runs_with_problems_counts_them_as_failures_once() -> None:
    """Each shard reads the whole list; a line that a later run could use is a problem no more."""
    problems = {"list:2": "Line 2 cannot be used."}
    earlier = {"shard": "1/2", "files": 3, "problems": {**problems, "list:9": "Line 9 cannot be used."}}
    strange = {"shard": "1/9", "files": 1, "problems": 5}
    runs = (earlier, strange, *({"shard": f"{number}/2", "files": 3, "problems": problems} for number in (1, 2)))
    status = status_of(History({"a.wav": RECORDS[0]}, runs))
    assert (status.files, status.done, status.left) == (7, 1, 5)
    assert [(each.path, each.message) for each in status.failures] == [("list:2", "Line 2 cannot be used.")]


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Keep the name."""
        self.tags.append(tag)


def test_report_escapes_what_strangers_named_and_needs_no_other_file() -> None:
    """It has the totals, the failures with what to do, and a dot for each recording that is done."""
    page = report(HISTORY, "out <1>")
    tags = Tags(page).tags
    assert {"script", "link", "img", "b"} & {*tags} == set()
    assert "It is &lt;bad&gt; &amp; so: copy it." in page
    assert "out &lt;1&gt;" in page
    assert tags.count("circle") == 2
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)


def test_report_of_nothing_is_a_page() -> None:
    """A run may be interrupted before its first file."""
    assert "<h1>" in report(History(), "out")
