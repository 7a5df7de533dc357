"""The recordings of a run: folders, links, hidden files, names in every form, and shards."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.batch.found import Found, Problem, found_in, in_shard, recordings_in, share_of
from speakerplug.errors import UsageError
from tests.batch.scripted import written


def names(folder: Path, output: Path | None = None) -> list[str]:
    """Return the names of the recordings in a folder."""
    found = recordings_in(str(folder), output or folder)
    return [each.name for each in found if isinstance(each, Found)]


def test_recordings_in_a_folder_mirror_its_tree_in_order(tmp_path: Path) -> None:
    """Whatever is no recording, is hidden, or is a copy that we made, is left out."""
    written(tmp_path, "b/two.wav", "a.mp3", "notes.txt", ".hidden.wav", ".cache/x.wav", "a.subtitled.mp4", "b/c/3.OGG")
    assert names(tmp_path) == ["a.mp3", "b/two.wav", "b/c/3.OGG"]


def test_recordings_in_a_folder_leave_out_the_folder_of_the_results(tmp_path: Path) -> None:
    """It may hold copies; where it is the folder itself, all of it is taken."""
    written(tmp_path, "a.wav", "out/copy.wav")
    assert names(tmp_path, tmp_path / "out") == ["a.wav"]
    assert names(tmp_path, tmp_path) == ["a.wav", "out/copy.wav"]


def test_recordings_in_a_folder_inside_that_of_the_results_are_taken(tmp_path: Path) -> None:
    """Results lie above them then, and hide nothing."""
    assert names(written(tmp_path / "out" / "in", "a.wav"), tmp_path / "out") == ["a.wav"]


def test_recordings_in_a_folder_with_links_that_lead_back_are_taken_once(tmp_path: Path) -> None:
    """A link to a folder above or beside is not followed for ever; a real folder has its own name."""
    written(tmp_path, "real/a.wav")
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "real")
    assert names(tmp_path) == ["real/a.wav"]


def test_recordings_in_a_folder_include_links_to_nowhere_and_no_pipes(tmp_path: Path) -> None:
    """The first fails when its turn comes; a pipe would never end."""
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nothing.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    assert names(tmp_path) == ["gone.wav"]


def test_recordings_in_a_folder_with_links_to_themselves_are_taken_without_them(tmp_path: Path) -> None:
    """The system refuses to follow one; that stops no other. One named like a recording is reported in its turn."""
    (written(tmp_path, "a.wav") / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "round.wav").symlink_to(tmp_path / "round.wav")
    assert names(tmp_path) == ["a.wav", "round.wav"]


def test_recordings_in_a_folder_without_permission_are_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and the other folders are taken."""
    written(tmp_path, "a/x.wav", "b/y.wav")
    scan = os.scandir

    def refuse(place: str) -> object:
        """Refuse one of the folders."""
        if place.endswith("a"):
            raise PermissionError(13, "Permission denied")
        return scan(place)

    monkeypatch.setattr(os, "scandir", refuse)
    problem, found = recordings_in(str(tmp_path), tmp_path)
    assert isinstance(problem, Problem)
    assert "cannot be read (Permission denied)" in problem.message
    assert isinstance(found, Found)
    assert found.name == "b/y.wav"


def test_found_in_files_of_one_name_get_the_names_of_their_folders(tmp_path: Path) -> None:
    """Their keys and results would be the same; others keep their names alone."""
    written(tmp_path, "x/a.wav", "y/a.wav", "y/b.wav")
    files = [str(tmp_path / each) for each in ("x/a.wav", "y/a.wav", "y/b.wav", "y/b.wav")]
    assert [each.key for each in found_in(files, tmp_path) if isinstance(each, Found)] == [
        "x/a.wav",
        "y/a.wav",
        "b.wav",
    ]


def test_found_in_names_in_two_unicode_forms_are_two_recordings(tmp_path: Path) -> None:
    """On Linux they are two files; the key of one is marked."""
    forms = [unicodedata.normalize(form, "é.wav") for form in ("NFC", "NFD")]
    found = found_in([str(written(tmp_path, *forms))], tmp_path / "out")
    keys = {each.key for each in found if isinstance(each, Found)}
    assert len(keys) == len(set(os.listdir(tmp_path))) == 2


def test_found_in_names_in_two_unicode_forms_in_a_folder_stay_in_the_tree(tmp_path: Path) -> None:
    """No folder tells them apart: the tree is mirrored, and their keys are the same wherever it lies."""
    forms = [unicodedata.normalize(form, "é.wav") for form in ("NFC", "NFD")]
    keys = []
    for place in ("here", "there"):
        folder = written(tmp_path / place, *(f"talks/{each}" for each in forms))
        found = [each for each in found_in([str(folder)], tmp_path / "out") if isinstance(each, Found)]
        assert {each.name for each in found} == {f"talks/{each}" for each in os.listdir(folder / "talks")}
        keys.append({each.key for each in found})
    assert keys[0] == keys[1]


@pytest.mark.parametrize("count", [1, 2])
def test_found_in_folders_without_recordings_is_an_error(tmp_path: Path, count: int) -> None:
    """An empty run would look like success; with --watch it is none."""
    with pytest.raises(UsageError, match="no recordings; name"):
        found_in([str(tmp_path)] * count, tmp_path / "out")
    assert found_in([str(tmp_path)], tmp_path / "out", may_be_empty=True) == []


def test_found_in_refuses_a_url(tmp_path: Path) -> None:
    """It would be taken for a file that does not exist."""
    with pytest.raises(UsageError, match="is a URL"):
        found_in(["https://example.com/a.mp3"], tmp_path)


@given(st.sets(st.text(min_size=1), max_size=30), st.integers(1, 12))
def test_in_shard_every_recording_is_in_exactly_one(names: set[str], count: int) -> None:
    """Whatever the names and the number of shards."""
    found = [Found(name, name) for name in sorted(names)]
    shards = [in_shard(found, (number, count)) for number in range(1, count + 1)]
    assert sorted(each.name for shard in shards for each in shard) == sorted(names)


def test_share_of_a_key_is_the_same_on_every_machine() -> None:
    """It is no hash that Python changes from process to process."""
    assert [share_of(key, 16) for key in ("a.wav", "b/c.wav")] == [8, 12]
