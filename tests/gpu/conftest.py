"""What the device manager promises, on a real GPU; `make gpu` runs it and writes what was measured to out/gpu.json."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from speakerplug.devices.cuda_libraries import missing_cublas
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
    """Skip without a GPU that torch can use."""
    import torch

    if not torch.cuda.is_available():
        pytest.skip("torch sees no CUDA device")


@pytest.fixture(scope="session")
def gpu(torch_gpu: None) -> None:
    """Skip without a GPU that both engines can use."""
    import ctranslate2

    if not ctranslate2.get_cuda_device_count():
        pytest.skip("CTranslate2 sees no CUDA device")
    if missing := missing_cublas():
        pytest.skip(missing)


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
