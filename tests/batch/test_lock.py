"""One run at a time in a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from speakerplug.batch.lock import holders, locked
from speakerplug.errors import OutputError, UsageError


@pytest.mark.parametrize(("one", "other"), [((1, 1), (1, 1)), ((1, 1), (2, 3)), ((2, 3), (2, 3)), ((1, 2), (2, 3))])
def test_locked_refuses_a_second_run_and_says_who_holds_it(
    tmp_path: Path, one: tuple[int, int], other: tuple[int, int]
) -> None:
    """The same shard, or shards of another count, might do the same recordings."""
    with locked(tmp_path, one):
        said = rf"Another run is at work in .*: process {os.getpid()} on "
        with pytest.raises(UsageError, match=said) as caught, locked(tmp_path, other):
            pass
        assert ("shard" in str(caught.value)) == (one != (1, 1))
        assert [each["pid"] for each in holders(tmp_path)] == [os.getpid()]
    assert holders(tmp_path) == []


def test_locked_lets_shards_of_one_job_share_a_folder(tmp_path: Path) -> None:
    """They do different recordings."""
    with locked(tmp_path, (1, 3)), locked(tmp_path, (3, 3)):
        assert [each["shard"] for each in holders(tmp_path)] == ["1/3", "3/3"]
    with locked(tmp_path):
        pass


def test_locked_where_nothing_can_be_written_is_an_output_error(tmp_path: Path) -> None:
    """With the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"), locked(tmp_path / "file"):
        pass
