"""What the device manager promises, on a real GPU; `make gpu` runs it and writes what was measured to out/gpu.json."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from speakerplug.devices.probe import LocalProbe
from tests.gpu.machine import GPU

ROOT = Path(__file__).parents[2]
FIGURES: dict[str, Any] = {}


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What this test measures, by name."""
    measured: dict[str, Any] = FIGURES.setdefault(request.node.name, {})
    return measured


@pytest.fixture(scope="session")
def torch_gpu() -> None:
    """Skip without a GPU that torch can use, and say what this machine lacks."""
    _skip_without("torch")


@pytest.fixture(scope="session")
def gpu(torch_gpu: None) -> None:
    """Skip without a GPU that both engines can use, and say what this machine lacks."""
    _skip_without("ctranslate2")


def _skip_without(engine: str) -> None:
    inventory = LocalProbe().inventory()
    state = inventory.find(GPU)
    if state is None:
        pytest.skip(f"{GPU} is not there: {inventory.absent.get('cuda', 'it does not respond')}")
    if engine not in state.compute_types:
        pytest.skip(f"{engine} cannot compute on {GPU}: {state.unavailable[engine]}")


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep what each test measures, and leave it nothing of the memory of the one before."""
    start = time.monotonic()
    yield
    LocalProbe().release(GPU)
    if request.node.name in FIGURES:
        FIGURES[request.node.name]["seconds"] = round(time.monotonic() - start, 1)
        path = Path(os.environ.get("GPU_FIGURES", ROOT / "out" / "gpu.json"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(FIGURES, indent=1) + "\n", encoding="utf-8")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show the figures."""
    for name, measured in FIGURES.items():
        terminalreporter.write_line(f"{name}: {json.dumps(measured)}")
