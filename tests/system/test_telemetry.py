"""Privacy: nothing is reported to anyone, whatever was imported first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from speakerplug import hub
from speakerplug.system.telemetry import SWITCHES, silence_telemetry
from tests.standins.hub import StandInHub, connect, environment
from tests.standins.lookups import Process


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Yield a server that would receive the reports."""
    with StandInHub({"owner/model": {"model.bin": b"weights"}}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def python(code: str, standin: StandInHub, home: Path) -> dict[str, object]:
    """Return what a separate process prints last, as JSON; it has none of this one's settings."""
    inherited = {name: value for name, value in os.environ.items() if name not in SWITCHES}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**inherited, **environment(standin.endpoint, home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


DIARIZING = """
import json, socket, sys
reached = []
sys.addaudithook(lambda event, given: reached.append(event) if event in ("socket.connect", "socket.getaddrinfo") else 0)
socket.create_connection(("127.0.0.1", {port})).close()
seen = len(reached)
{first}
import numpy, speakerplug
speakerplug.diarize(numpy.zeros(32_000, numpy.float32), diarizer="bundled", device="cpu")
from pyannote.audio.telemetry import metrics
metrics.provider.force_flush()
print(json.dumps({{"counts": seen > 0, "reached": reached[seen:], "after": metrics.is_metrics_enabled(), **before}}))
"""
WE_FIRST = "before = {}"
HOST_FIRST = """
import huggingface_hub, pyannote.audio.telemetry.metrics as host
before = {"before": host.is_metrics_enabled()}
"""


@pytest.mark.models
@pytest.mark.parametrize(("first", "before"), [(WE_FIRST, {}), (HOST_FIRST, {"before": True})])
def test_diarizing_reports_nothing(standin: StandInHub, tmp_path: Path, first: str, before: dict[str, bool]) -> None:
    """Telemetry is off, even if a host imported pyannote (whose telemetry is on) before us; no server is called."""
    port = standin.endpoint.rpartition(":")[2]
    said = python(DIARIZING.format(port=port, first=first), standin, tmp_path)
    assert said == {"counts": True, "reached": [], "after": False, **before}
    assert not standin.asked


def test_hub_client_does_not_report_versions(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Downloads do not send the version of torch, even if a host imported the hub's client first."""
    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", False)
    assert "torch" in build_hf_headers()["user-agent"]
    hub.fetch("owner/model", ("model.bin",))
    agents = [asked.agent for asked in standin.asked if "/resolve/" in asked.path]
    assert agents
    assert not any("torch" in agent for agent in agents)


def test_silence_telemetry_sets_every_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the variables that the libraries read, whatever their values were."""
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "true")
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY", raising=False)
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    silence_telemetry()
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def test_onnxruntime_imported_after_speakerplug_leaves_no_trace(tmp_path: Path) -> None:
    """No file appears in the home or temporary folder, and no name is looked up; a look-up would have been recorded."""
    process = Process.within(tmp_path / "ours")
    said = process.run(
        "import speakerplug, onnxruntime, socket\ntry: socket.getaddrinfo('control.invalid', 80)\nexcept OSError: pass"
    )
    assert process.files() == []
    assert process.looked_up() == {"control.invalid"}
    assert said == ""


@pytest.mark.slow
def test_onnxruntime_imported_before_speakerplug_warns_once(tmp_path: Path) -> None:
    """It has left its files by then (so that they would be found elsewhere), and one sentence has a hint."""
    late = "import onnxruntime, speakerplug.system.telemetry as p; p.silence_telemetry()"
    process = Process.within(tmp_path / "late")
    said = process.run(late)
    assert len(said.splitlines()) == 1
    assert "import speakerplug first, or set ORT_DISABLE_TELEMETRY=1" in said
    assert bool(process.files()) == can_report()
    told = Process.within(tmp_path / "told")
    assert told.run(late, ORT_DISABLE_TELEMETRY="1") == ""
    assert told.files() == []


def can_report() -> bool:
    """Return whether this onnxruntime contains the address of its reports; for Python 3.10 there is an older one."""
    from importlib.util import find_spec

    spec = find_spec("onnxruntime")
    assert spec is not None
    assert spec.origin is not None
    binaries = [path.read_bytes() for path in (Path(spec.origin).parent / "capi").glob("*pybind11_state*")]
    assert binaries
    return any(b"/OneCollector/" in binary for binary in binaries)
