"""Archives that would unpack to all memory are rejected before anything unpacks them; no torch is needed for that."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakerplug.diarizers.pyannote import archives
from speakerplug.diarizers.pyannote.archives import check_arrays, check_checkpoint
from speakerplug.errors import ModelError


def archive(entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED, copies: int = 1) -> bytes:
    """Return a ZIP archive; with `copies`, its directory lists each entry several times."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, content in entries.items():
            file.writestr(name, content)
        file.filelist *= copies
    return stream.getvalue()


@pytest.mark.parametrize("content", [b"", b"a pickle", archive({"a/data.pkl": b"x", "a/data/0": bytes(100_000)})])
def test_check_checkpoint_of_stored_entries_passes(content: bytes) -> None:
    """What torch writes, and what is no archive at all, is left to torch."""
    check_checkpoint(content, Path("model.bin"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "content",
    [
        archive({"a/data.pkl": bytes(1_000_000)}, zipfile.ZIP_DEFLATED),
        archive({"a/data.pkl": b"small"}, zipfile.ZIP_DEFLATED),
        archive({"a/data/0": bytes(100_000)}, copies=640),
    ],
    ids=["large", "compressed", "shared"],
)
def test_check_checkpoint_that_unpacks_to_more_than_its_size_raises(content: bytes) -> None:
    """Compressed entries, which torch never writes, and entries that share their bytes."""
    with pytest.raises(ModelError, match=r"model\.bin unpacks to more"):
        check_checkpoint(content, Path("model.bin"))


@pytest.mark.parametrize("content", [b"PK\x03\x04 and no archive", archive({"code/constants.pkl": b""})])
def test_check_checkpoint_of_a_damaged_archive_or_torchscript_raises_value_error(content: bytes) -> None:
    """Neither is a reason to ask for trust."""
    with pytest.raises(ValueError, match=r"model\.bin is a"):
        check_checkpoint(content, Path("model.bin"))


@pytest.mark.parametrize(
    "content", [b"", b"no array", b"PK\x03\x04 and no archive", archive({"mu.npy": b"no array"}), None]
)
def test_check_arrays_of_a_damaged_or_missing_file_passes(tmp_path: Path, content: bytes | None) -> None:
    """numpy has an error for it."""
    if content is not None:
        (tmp_path / "plda.npz").write_bytes(content)
    check_arrays(tmp_path / "plda.npz")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_check_arrays_of_usual_size_pass(tmp_path: Path, save: Any) -> None:
    """As those of community-1's PLDA, compressed or not."""
    save(tmp_path / "plda.npz", mu=np.zeros(128), tr=np.eye(128))
    check_arrays(tmp_path / "plda.npz")


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        npy(np.zeros((1, 50_000), np.int8)),
        archive({"tr.npy": npy(np.zeros((1, 50_000), np.int8))}),
        archive({"mu.npy": b"no array", "tr.npy": npy(np.zeros((2, 2, 2)))}),
        archive({"mu.npy": npy(np.zeros(3))}, zipfile.ZIP_LZMA),
        archive({"text": bytes(2_000_000)}, zipfile.ZIP_DEFLATED),
    ],
    ids=["an array alone", "wide", "behind a damaged one", "other compression", "text"],
)
def test_check_arrays_of_another_kind_or_size_raise(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the header of each, before any is unpacked; one that is damaged hides no other."""
    monkeypatch.setattr(archives, "MAX_ARRAY_BYTES", 1_000_000)
    (tmp_path / "plda.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"plda\.npz contains arrays"):
        check_arrays(tmp_path / "plda.npz")
