"""GPUs that are missing, hidden, unfit, full or lost: one sentence with its hint, or the work goes on and says so."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from speakerplug.devices import (
    CPU,
    Device,
    DeviceManager,
    DeviceState,
    FixedProbe,
    Inventory,
    Lease,
    MemoryEstimate,
    ModelHandleBase,
    Placement,
)
from speakerplug.devices import manager as managing
from speakerplug.devices.device import GB, MB, ON_CPU
from speakerplug.devices.probe import DRIVER, LocalProbe
from speakerplug.media.waveform import Waveform
from speakerplug.plugin.roles import DiarizationRequest, Recognition, RecognitionRequest
from speakerplug.system.progress import Progress
from speakerplug.transcript import Diarization
from tests.cli.conftest import TURNS, WORDS, Run, write_wav
from tests.devices.machines import ANYTHING

GPU = Device("cuda", 0)
NO_CODE = (
    "torch 2.11.0 has no code for its compute capability 6.1; install a build of torch that fits: https://pytorch.org"
)
OLD_DRIVER = "the driver is for CUDA 12.4 and torch is built for CUDA 13.0; update the driver, or install another torch"
NO_CUBLAS = 'libcublas.so.12 is missing; install it with: pip install "speakerplug[cuda]"'


class Model(ModelHandleBase):
    """A model of one GB, and 500 MB an item."""

    batch_sizes = (8, 4, 2, 1)

    def __init__(self, stage: str, engine: str) -> None:
        self.key = self.stage = stage
        self.engine = engine

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        return MemoryEstimate(GB, batch_size * 500 * MB)

    def load(self, placement: Placement) -> Placement:
        return placement

    def unload(self, model: object) -> None:
        """Nothing is held."""


@dataclass
class Stage:
    """A recognizer and a diarizer; `ran` is where, and each of `failures` is raised once on a GPU."""

    model: Model
    ran: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    name: str = "fake"

    def prepare(self, devices: DeviceManager, progress: Progress) -> Model:
        return self.model

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        devices.run(self.model, self._work)
        return Recognition(WORDS, "en", "fake-model")

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        devices.run(self.model, self._work)
        return Diarization(TURNS, TURNS)

    def _work(self, lease: Lease) -> None:
        if self.failures and lease.device != CPU:
            raise self.failures.pop(0)
        self.ran.append(f"{lease.device}, batch {lease.placement.batch_size}")


@pytest.fixture
def recognizer() -> Any:
    """Return a recognizer that runs on devices."""
    return Stage(Model("recognizer", "ctranslate2"))


@pytest.fixture
def diarizer() -> Any:
    """Return a diarizer that runs on devices."""
    return Stage(Model("diarizer", "torch"))


@pytest.fixture(autouse=True)
def _unlearned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Forget what failed and was said in this process, and meet no other process."""
    monkeypatch.setattr(managing, "LEARNT", {})
    monkeypatch.setattr(managing, "_SAID", set())
    monkeypatch.setattr("speakerplug.devices.interprocess.shared_folder", lambda: tmp_path / "processes")


@pytest.fixture
def transcribe(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that transcribes with options; it returns the exit code, and what is said beside progress."""
    audio = write_wav(tmp_path / "talk.wav", 2.0)

    def transcribed(*options: str) -> tuple[int, list[str]]:
        diarizer = () if "--no-diarize" in options else ("--diarizer", "fake")
        code = run("transcribe", audio, "--recognizer", "fake", *diarizer, "-o", tmp_path / "out", *options)
        lines = [line.strip() for line in capsys.readouterr().err.splitlines()]
        if "-v" in options:
            return code, lines
        return code, [line for line in lines if line.startswith(("Error", "Warning", "Traceback")) or "cuda" in line]

    return transcribed


def has(monkeypatch: pytest.MonkeyPatch, *gpus: DeviceState, absent: Mapping[str, str] | None = None) -> None:
    """Have this machine have these GPUs, and a CPU."""
    host = DeviceState(CPU, total_bytes=64 * GB, free_bytes=64 * GB, compute_types=ON_CPU)
    fixed = FixedProbe(Inventory((*gpus, host), 4, absent or {}))
    monkeypatch.setattr(LocalProbe, "inventory", lambda self: fixed.inventory())
    monkeypatch.setattr(LocalProbe, "free_bytes", lambda self, device: fixed.free_bytes(device))
    monkeypatch.setattr(LocalProbe, "release", lambda self, device: None)


def gpu(free: int = 22 * GB, **unavailable: str) -> DeviceState:
    """Return a GPU of 24 GB that all engines compute on but the `unavailable` ones."""
    types = {engine: names for engine, names in ANYTHING.items() if engine not in unavailable}
    return DeviceState(GPU, "GPU", 24 * GB, free, (8, 6), types, "gpu", unavailable)


@pytest.mark.parametrize("driver", [None, 100], ids=["no driver", "no GPU"])
def test_transcribe_with_cuda_where_none_is_visible_says_why(
    transcribe: Any, monkeypatch: pytest.MonkeyPatch, driver: int | None
) -> None:
    """There is no driver, or CUDA_VISIBLE_DEVICES hides every GPU from it."""
    real = ctypes.CDLL

    class Library:
        def __getattr__(self, name: str) -> Any:
            return lambda *arguments: driver

    def load(name: Any, *rest: Any, **options: Any) -> Any:
        if name != DRIVER:
            return real(name, *rest, **options)
        if driver is None:
            raise OSError(name)
        return Library()

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    reason = (
        f"no NVIDIA driver is found ({DRIVER}); this machine has: cpu. Install it"
        if driver is None
        else "CUDA_VISIBLE_DEVICES is empty, which hides every GPU; this machine has: cpu. Unset it"
    )
    code, said = transcribe("--device", "cuda")
    assert code == 1
    assert said == [f"Error: Device cuda:0 is not there: {reason}, or try --device auto."]


@pytest.mark.parametrize(
    ("device", "code", "message"),
    [
        ("cuda:7", 1, "Device cuda:7 is not there; this machine has: cuda:0, cpu. Try --device auto."),
        ("mps", 1, "Device mps is not there; this machine has: cuda:0, cpu. Try --device auto."),
        (
            "cuda:GPU-1f3a",
            2,
            "There is no device 'cuda:GPU-1f3a'; choose auto, cpu, cuda, cuda:N or mps; "
            "a UUID goes into CUDA_VISIBLE_DEVICES.",
        ),
        ("gpu", 2, "There is no device 'gpu'; choose auto, cpu, cuda, cuda:N or mps."),
    ],
)
def test_transcribe_with_a_device_that_is_not_there_is_one_sentence(
    transcribe: Any, monkeypatch: pytest.MonkeyPatch, device: str, code: int, message: str
) -> None:
    """It says what there is."""
    has(monkeypatch, gpu())
    assert transcribe("--device", device) == (code, [f"Error: {message}"])


@pytest.mark.parametrize("device", ["auto", "cuda"])
@pytest.mark.parametrize("why", [OLD_DRIVER, NO_CODE])
def test_transcribe_where_torch_is_unfit_diarizes_on_the_cpu_and_says_so(
    transcribe: Any, recognizer: Stage, diarizer: Stage, monkeypatch: pytest.MonkeyPatch, device: str, why: str
) -> None:
    """A driver too old for torch's CUDA, or a GPU without code in torch: recognition stays on the GPU."""
    has(monkeypatch, gpu(torch=why))
    code, said = transcribe("--device", device)
    assert (code, said) == (0, [f"Warning: Diarizer runs on the CPU, not on cuda:0: {why}."])
    assert [recognizer.ran, diarizer.ran] == [["cuda:0, batch 8"], ["cpu, batch 8"]]


def test_transcribe_without_cublas_recognizes_on_the_cpu_and_says_so_once(
    transcribe: Any, recognizer: Stage, diarizer: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first line has the command that mends it; a second recording does not repeat it."""
    has(monkeypatch, gpu(ctranslate2=NO_CUBLAS))
    assert transcribe()[1] == [f"Warning: Recognizer runs on the CPU, not on cuda:0: {NO_CUBLAS}."]
    assert transcribe("--device", "cuda") == (0, [])
    assert recognizer.ran == ["cpu, batch 8"] * 2
    assert diarizer.ran == ["cuda:0, batch 8"] * 2


def test_transcribe_on_a_full_card_that_was_asked_for_has_a_hint(
    transcribe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is needed and what there is; `auto` goes on on the CPU."""
    has(monkeypatch, gpu(free=GB))
    code, said = transcribe("--device", "cuda")
    assert code == 1
    assert said == [
        "Error: Recognizer needs 1.49 GB, and cuda:0 has 0 MB to give; choose a smaller model or --device auto."
    ]
    assert transcribe() == (0, [])


def test_transcribe_on_a_card_that_fills_up_goes_on_with_a_smaller_batch(
    transcribe: Any, recognizer: Stage, diarizer: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is said once."""
    has(monkeypatch, gpu())
    recognizer.failures = [RuntimeError("CUDA failed with error out of memory")]
    diarizer.failures = [RuntimeError("GET was unable to find an engine to execute this computation")]
    code, said = transcribe("--concurrency", "off")
    assert (code, said) == (
        0,
        [
            "Warning: Recognizer: cuda:0 ran out of memory; going on with a batch of 4.",
            "Warning: Diarizer: cuda:0 ran out of memory; going on with a batch of 4.",
        ],
    )
    assert [recognizer.ran, diarizer.ran] == [["cuda:0, batch 4"], ["cuda:0, batch 4"]]


def test_transcribe_with_an_unknown_error_of_an_engine_is_one_sentence(
    transcribe: Any, recognizer: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback; with -v the message is there to its last line."""
    has(monkeypatch, gpu())
    error = RuntimeError("flux capacitor depleted\nat stage 3 of 4")
    recognizer.failures = [error, error]
    code, said = transcribe("--no-diarize")
    assert code == 1
    assert said == [
        "Error: Recognizer fake failed (RuntimeError: flux capacitor depleted); "
        "choose another, update the plugin fakes, or see why with -v."
    ]
    code, said = transcribe("--no-diarize", "-v")
    assert code == 1
    assert said[said.index("RuntimeError: flux capacitor depleted") + 1] == "at stage 3 of 4"
