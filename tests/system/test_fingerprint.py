"""A file is identified by its size and its two ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.system.fingerprint import END_BYTES, fingerprint


@pytest.mark.parametrize("size", [0, 1, END_BYTES, 3 * END_BYTES])
def test_fingerprint_of_a_copy_is_the_same_and_of_a_change_at_an_end_another(size: int, tmp_path: Path) -> None:
    """The name does not count; the first byte, the last one and the size do."""
    content = bytes(size)
    variants = {content, b"x" + content[1:], content[:-1] + b"x", content + b"\0"}
    found = set()
    for number, variant in enumerate(variants):
        for name in (f"{number}", f"{number}.copy"):
            (tmp_path / name).write_bytes(variant)
        assert fingerprint(tmp_path / f"{number}") == fingerprint(tmp_path / f"{number}.copy")
        found.add(fingerprint(tmp_path / f"{number}"))
    assert len(found) == len(variants)
