"""Journals: records, their union, torn lines, and versions."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.batch.journal import History, Journal, read_journals, union
from speakerplug.batch.record import STATES, Record, record_of
from speakerplug.errors import OutputError, UsageError
from speakerplug.plugin import WrittenFile

HEADER = json.dumps({"schema": "speakerplug/journal", "version": "1.0", "begun": 1.0}).encode() + b"\n"
RECORDS = st.builds(
    Record,
    st.sampled_from(STATES),
    st.sampled_from("abc"),
    st.floats(0, 1e9),
    st.text(max_size=5),
    attempt=st.integers(1, 3),
    message=st.text(st.characters(), max_size=5),
    outputs=st.lists(st.builds(WrittenFile, st.text(max_size=3), st.integers(0, 9), st.just("ab")), max_size=2).map(
        tuple
    ),
    warnings=st.lists(st.text(max_size=3), max_size=2).map(tuple),
)


@given(RECORDS)
def test_record_survives_its_line(record: Record) -> None:
    """Names with newlines, and lone surrogates from names that are not UTF-8, included."""
    line = record.line()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert record_of(json.loads(line)) == record


@given(st.lists(RECORDS, unique_by=lambda each: each.time), st.integers(1, 4), st.randoms(use_true_random=False))
def test_union_is_the_latest_record_of_each_key_in_any_order_of_files(
    records: list[Record], writers: int, random: object
) -> None:
    """However the records are spread over writers."""
    records.sort(key=lambda each: each.time)
    files = [(f"{n}", HEADER + b"".join(each.line() for each in records[n::writers])) for n in range(writers)]
    expected = {record.key: record for record in records}
    assert union(files).latest == union(files[::-1]).latest == expected


@given(st.lists(RECORDS, min_size=1, max_size=4), st.data())
def test_union_of_a_journal_that_is_cut_anywhere_is_that_of_its_whole_lines(
    records: list[Record], data: st.DataObject
) -> None:
    """A writer may die within a line; nothing before it is lost."""
    records = [replace(record, time=float(at)) for at, record in enumerate(records)]
    content = HEADER + b"".join(each.line() for each in records)
    cut = data.draw(st.integers(0, len(content)))
    whole = max(0, content[:cut].count(b"\n") - 1)
    assert union([("one", content[:cut])]).latest == {each.key: each for each in records[:whole]}


def test_union_ignores_lines_and_files_of_others() -> None:
    """A later 1.x may add kinds of lines and fields; a folder may hold anything."""
    line = b'{"state":"done","key":"a","time":1.0,"path":"a","new":5}\n'
    odd = b'{"state":"new","key":"a","time":9}\n[1]\nno JSON\n{"state":"done","key":"b","outputs":5,"time":1}\n'
    found = union([("one", HEADER + line + odd), ("two", b"anything\nelse\n"), ("three", b"")])
    assert {key: record.state for key, record in found.latest.items()} == {"a": "done"}
    assert len(found.runs) == 1


def test_union_refuses_a_newer_version() -> None:
    """Half of what it says may have another meaning."""
    newer = HEADER.replace(b'"1.0"', b'"2.0"')
    with pytest.raises(UsageError, match=r"journal-x\.jsonl is of version 2\.0, .* update this one"):
        union([("journal-x.jsonl", newer)])


def test_journal_records_are_later_than_all_that_was_read(tmp_path: Path) -> None:
    """Another machine's clock may be ahead."""
    ahead = Record("done", "a", 9e9, "a")
    journal = Journal(tmp_path, History({"a": ahead}), {"shard": "1/1"})
    first, second = journal.append(Record("started", "a", 0.0, "a")), journal.append(Record("done", "a", 0.0, "a"))
    journal.note(files=3)
    journal.close()
    assert ahead.time < first.time < second.time
    history = read_journals(tmp_path)
    assert history.latest == {"a": second}
    assert history.runs[0]["files"] == 3


def test_journal_that_cannot_be_written_is_an_output_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run without a journal could not go on."""
    journal = Journal(tmp_path, History(), {})

    def full(descriptor: int, data: bytes) -> int:
        """Write nothing, as a full disk does."""
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OutputError, match="free disk space"):
        journal.append(Record("started", "a", 0.0, "a"))
    journal.close()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        Journal(tmp_path / "file", History(), {})


def test_read_journals_has_all_of_a_thousand_recordings(tmp_path: Path) -> None:
    """How long that takes, benchmarks/batch.py measures."""
    record = Record(
        "done", "", 0.0, "path", content="c" * 70, settings="s" * 32, outputs=(WrittenFile("a", 1, "b" * 64),)
    )
    lines = [replace(record, key=f"{n}", time=float(n)).line() for n in range(1000)]
    (tmp_path / ".speakerplug").mkdir()
    (tmp_path / ".speakerplug" / "journal-x.jsonl").write_bytes(HEADER + b"".join(lines))
    assert len(read_journals(tmp_path).latest) == 1000
