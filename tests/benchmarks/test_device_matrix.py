"""The table of plans on simulated machines."""

from __future__ import annotations

import pytest

from device_matrix import BEGIN, END, PAGE, matrix
from speakerplug.devices import manager


def test_the_page_of_devices_has_the_table_that_the_benchmark_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planner that decides in another way changes the page: python benchmarks/device_matrix.py --write."""
    monkeypatch.setattr(manager, "_SAID", set())
    page = PAGE.read_text(encoding="utf-8")
    assert page.split(BEGIN)[1].split(END)[0] == matrix()
