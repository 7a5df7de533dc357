"""A model's files on the hub, as a plugin's registration declares them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from speakerplug import hub
from speakerplug.plugin import DiarizerSettings, HubModel, ModelError, UsageError
from tests.standins.hub import COMMIT, StandInHub, connect

REPO = "owner/model"
FILES = {"config.json": b"{}", "parts/weights.bin": b"weights " * 200}
MODEL = HubModel(REPO, tuple(FILES), COMMIT)
SETTINGS = DiarizerSettings()


def quietly(step: str, completed: float, total: float) -> None:
    """Ignore progress."""


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Yield a hub with the model, and with a file that it does not need."""
    with StandInHub({REPO: {**FILES, "large.bin": b"other"}}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


def test_locate_downloads_its_files_once(standin: StandInHub) -> None:
    """And no others; with them, nothing is asked."""
    assert not MODEL.is_cached(SETTINGS)
    folder = MODEL.locate(SETTINGS, quietly)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(FILES)
    assert MODEL.is_cached(SETTINGS)
    before = len(standin.asked)
    assert MODEL.locate(DiarizerSettings(offline=True), quietly) == folder
    assert len(standin.asked) == before


def test_locate_offline_without_the_files_is_a_model_error(standin: StandInHub) -> None:
    """Without a request; it names the command."""
    with pytest.raises(ModelError, match=f"offline mode is on; fetch it once with: speakerplug fetch {REPO}"):
        MODEL.locate(DiarizerSettings(offline=True), quietly)
    assert not standin.asked


def test_fetch_repairs_a_damaged_copy_and_copies_it(standin: StandInHub, tmp_path: Path) -> None:
    """Each file is compared with its checksum; the copy has the layout of the repository."""
    weights = MODEL.locate(SETTINGS, quietly) / "parts" / "weights.bin"
    weights.resolve().write_bytes(b"damaged")
    MODEL.fetch(SETTINGS, quietly, tmp_path / "to")
    assert weights.read_bytes() == FILES["parts/weights.bin"]
    for name, content in FILES.items():
        assert (tmp_path / "to" / name).read_bytes() == content


def test_fetch_of_a_damaged_copy_without_a_hub_is_a_model_error(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not copied on as if it were whole."""
    (MODEL.locate(SETTINGS, quietly) / "config.json").resolve().write_bytes(b"damaged")
    monkeypatch.setattr(hub, "answers", lambda: False)
    with pytest.raises(ModelError, match=r"config\.json of owner/model is damaged; fetch it again"):
        MODEL.fetch(SETTINGS, quietly, None)


def test_locate_of_a_revision_without_a_file_is_a_model_error(standin: StandInHub) -> None:
    """It names the file."""
    model = HubModel(REPO, ("config.json", "missing.bin"), COMMIT)
    with pytest.raises(ModelError, match=r"has no missing\.bin"):
        model.locate(SETTINGS, quietly)


@pytest.mark.parametrize(
    "settings", [DiarizerSettings(revision="v1"), DiarizerSettings(source=f"{REPO}@v1")], ids=["option", "source"]
)
def test_locate_with_another_revision_asks_for_that(standin: StandInHub, settings: DiarizerSettings) -> None:
    """The pinned one is the default."""
    MODEL.locate(settings, quietly)
    assert f"/api/models/{REPO}/revision/v1" in [asked.path for asked in standin.asked]


def test_locate_with_two_revisions_is_a_usage_error(standin: StandInHub) -> None:
    """Neither is preferred."""
    with pytest.raises(UsageError, match="contradicts --revision v2"):
        MODEL.locate(DiarizerSettings(source=f"{REPO}@v1", revision="v2"), quietly)


@pytest.mark.parametrize(
    ("offline", "answers", "why"),
    [
        (True, True, "not on this machine, and offline mode is on"),
        (False, False, "not on this machine, and the model hub does not answer"),
        (False, True, None),
    ],
)
def test_why_not_says_whether_it_can_be_fetched(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, offline: bool, answers: bool, why: str | None
) -> None:
    """Nothing is downloaded for that."""
    monkeypatch.setattr(hub, "answers", lambda: answers)
    assert MODEL.why_not(DiarizerSettings(offline=offline)) == why
    assert not standin.downloads()
