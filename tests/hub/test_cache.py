"""The hub's cache on this machine: what may be removed from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from speakerplug import hub
from speakerplug.errors import ModelError
from tests.standins.hub import StandInHub, connect

REPO = "owner/model"
FILES = {"config.json": b"{}", "part/model.bin": bytes(range(256)) * 40}
PATTERNS = ("config.json", "*.bin")


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Yield a hub with one model."""
    with StandInHub({REPO: dict(FILES)}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


@pytest.mark.parametrize("relative", [True, False])
def test_fetch_of_a_link_out_of_the_cache_leaves_the_target(
    standin: StandInHub, tmp_path: Path, relative: bool
) -> None:
    """The cache may contain links to anything; the link is replaced, its target stays."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"thesis")
    path = hub.fetch(REPO, PATTERNS) / "part" / "model.bin"
    path.unlink()
    path.symlink_to(Path(*[".."] * len(path.parent.relative_to(tmp_path).parts), "precious") if relative else precious)
    assert path.read_bytes() == b"thesis"
    folder = hub.fetch(REPO, PATTERNS, verify=True)
    assert precious.read_bytes() == b"thesis"
    assert (folder / "part" / "model.bin").read_bytes() == FILES["part/model.bin"]


def test_fetch_of_a_link_to_another_repositorys_blob_leaves_the_blob(standin: StandInHub) -> None:
    """A blob is removed only with the copy that it belongs to."""
    standin.repositories["owner/other"] = {"config.json": b"[]", "model.bin": b"other" * 500}
    other = (hub.fetch("owner/other", PATTERNS) / "model.bin").resolve()
    path = hub.fetch(REPO, PATTERNS) / "part" / "model.bin"
    path.unlink()
    path.symlink_to(other)
    hub.fetch(REPO, PATTERNS, verify=True)
    assert other.read_bytes() == b"other" * 500


def test_fetch_into_a_folder_that_is_a_link_leaves_the_target(standin: StandInHub, tmp_path: Path) -> None:
    """A file of the same name there does not belong to the cache; one sentence has a hint."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "model.bin").write_bytes(b"thesis")
    folder = hub.fetch(REPO, PATTERNS) / "part"
    (folder / "model.bin").unlink()
    folder.rmdir()
    folder.symlink_to(elsewhere)
    with pytest.raises(ModelError, match=r"is a link to another place, .*; remove the link and fetch again"):
        hub.fetch(REPO, PATTERNS, verify=True)
    assert (elsewhere / "model.bin").read_bytes() == b"thesis"


def test_fetch_into_a_cache_that_is_a_link_repairs_it(standin: StandInHub, tmp_path: Path) -> None:
    """A cache that was moved to another disk, with a link in its place, is the same cache."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "disk")
    cache = str(tmp_path / "cache")
    path = hub.fetch(REPO, PATTERNS, cache_dir=cache) / "part" / "model.bin"
    content = path.resolve()
    content.write_bytes(b"damage")
    hub.fetch(REPO, PATTERNS, cache_dir=cache, verify=True)
    assert path.resolve() == content
    assert content.read_bytes() == FILES["part/model.bin"]


@pytest.mark.parametrize("suffix", ["incomplete", "lock"])
def test_fetch_over_a_link_with_the_name_of_a_partial_download_does_not_follow_it(
    standin: StandInHub, tmp_path: Path, suffix: str
) -> None:
    """The file that it links to keeps its content."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"thesis")
    content = (hub.fetch(REPO, PATTERNS) / "part" / "model.bin").resolve()
    content.unlink()
    content.with_name(f"{content.name}.speakerplug.{suffix}").symlink_to(precious)
    hub.fetch(REPO, PATTERNS)
    assert precious.read_bytes() == b"thesis"
    assert content.read_bytes() == FILES["part/model.bin"]
