"""Which sources are models of speakrs."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug_speakrs.models import is_speakrs


@pytest.mark.parametrize("source", ["avencera/speakrs-models", "Avencera/speakrs-models@main"])
def test_is_speakrs_of_its_hub_id_is_true(source: str) -> None:
    """With or without a revision."""
    assert is_speakrs(source)


def test_is_speakrs_of_a_folder_depends_on_its_networks(folder: Path, tmp_path: Path) -> None:
    """A folder without PLDA is one, too, and its error then says what is missing; any other folder is pyannote's."""
    assert is_speakrs(str(folder))
    (folder / "plda_mu.npy").unlink()
    assert is_speakrs(str(folder))
    assert not is_speakrs(str(tmp_path))


@pytest.mark.parametrize("source", ["pyannote/speaker-diarization-3.1", "", {"pipeline": {}}])
def test_is_speakrs_of_anything_else_is_false(source: object) -> None:
    """Other diarizers take it."""
    assert not is_speakrs(source)  # type: ignore[arg-type]
