"""Names of devices and amounts of memory."""

from __future__ import annotations

import pytest

from speakerplug.devices import parse_device
from speakerplug.devices.device import GB, MB, format_bytes, parse_bytes
from speakerplug.errors import UsageError


@pytest.mark.parametrize("text", ["gpu", "cuda:", "cuda:x", "", "CPU 1"])
def test_parse_device_of_an_invalid_name_is_refused(text: str) -> None:
    """Only auto, cpu, mps, cuda and cuda:N are names of devices."""
    with pytest.raises(UsageError):
        parse_device(text)


@pytest.mark.parametrize(
    ("text", "size"), [("6GB", 6 * GB), ("512 MiB", 512 * MB), ("1.5g", 3 * GB // 2), ("1048576", MB), ("2k", 2048)]
)
def test_parse_bytes_with_or_without_a_unit_reads_it(text: str, size: int) -> None:
    """With a unit or without."""
    assert parse_bytes(text) == size


def test_format_bytes_takes_the_unit_of_the_size() -> None:
    """The unit follows the size, and None is unknown."""
    assert [format_bytes(size) for size in (6 * GB, 512 * MB, None)] == ["6 GB", "512 MB", "unknown"]


@pytest.mark.parametrize("text", ["6", "6B", "1048575", "1000"])
def test_parse_bytes_of_a_small_number_without_a_unit_is_refused(text: str) -> None:
    """It is meant in GB or MB, and no model fits in less than one."""
    with pytest.raises(UsageError, match="write it like 6GB or 512MB"):
        parse_bytes(text)
