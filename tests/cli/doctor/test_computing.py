"""What the doctor finds about devices: each computes, or the finding says why not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from speakerplug.cli.doctor import computing
from speakerplug.devices import CPU, Device, DeviceState, Inventory
from speakerplug.devices.probe import CudaDriver, LocalProbe
from speakerplug.system.packages import install_command

ABSENT = Device("cuda", 7)
ONLY_TORCH = {"torch": ("float32",)}


def stand_in(
    monkeypatch: pytest.MonkeyPatch, *states: DeviceState, driver: str | None = "13.0", absent: Mapping[str, str] = {}
) -> None:
    """Have a machine with these devices, and a driver for that CUDA."""
    monkeypatch.setattr(LocalProbe, "inventory", lambda self: Inventory(states, absent=absent))
    monkeypatch.setattr(CudaDriver, "version", lambda: driver)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CPU, and a GPU that does not work because it does not exist."""
    stand_in(monkeypatch, DeviceState(ABSENT, compute_types=ONLY_TORCH), DeviceState(CPU, compute_types=ONLY_TORCH))


@pytest.mark.usefixtures("machine")
def test_check_devices_tries_each() -> None:
    """One that cannot compute is a problem that names it, and the next is tried all the same."""
    gpu, cpu = computing.check_devices()
    assert gpu.status == "problem"
    assert gpu.text.startswith("torch cannot compute on cuda:7: ")
    assert gpu.remedy
    assert (cpu.status, cpu.text) == ("ok", "torch computes on cpu: matrices and a convolution")


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("Library libcublas.so.12 is not found or cannot be loaded", 'pip install "speakerplug[cuda]"'),
        ("Library cublas64_12.dll is not found or cannot be loaded", 'pip install "speakerplug[cuda]"'),
        (
            "Unable to load any of {libcudnn_ops.so.9.1.0, libcudnn_ops.so.9}",
            install_command("torch").replace("install", "install --force-reinstall"),
        ),
        (
            "Could not locate cudnn_ops64_9.dll. Please make sure it is in your library path!",
            install_command("torch").replace("install", "install --force-reinstall"),
        ),
        ("CUDA failed with error CUDA driver version is insufficient", "update NVIDIA's driver"),
        ("CUDA error: unspecified launch failure", "leave it out with --device cpu"),
        ("a product of matrices is 3.0 instead of 256", "leave it out with --device cpu"),
    ],
)
def test_check_devices_gives_the_command_for_a_missing_library(
    monkeypatch: pytest.MonkeyPatch, message: str, remedy: str
) -> None:
    """By the names that the libraries have on Linux and on Windows."""

    def fail(device: Device) -> str:
        raise RuntimeError(message)

    monkeypatch.setattr(computing, "_with_torch", fail)
    gpu, cpu = computing.check_devices()
    assert (gpu.remedy, cpu.remedy) == (remedy, "reinstall the package")


def test_check_devices_of_an_unavailable_engine_has_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that the probe found unfit is not tried; the hint is the command alone, where there is one."""
    why = {
        "ctranslate2": 'cublas64_12.dll is missing; install it with: pip install "speakerplug[cuda]"',
        "torch": "torch 2.11.0 is built without CUDA; install a build of torch that fits: https://pytorch.org/get-started",
    }
    stand_in(monkeypatch, DeviceState(ABSENT, unavailable=why))
    cublas, torch = computing.check_devices()
    assert (cublas.status, torch.status) == ("problem", "problem")
    assert cublas.text == "ctranslate2 cannot compute on cuda:7: cublas64_12.dll is missing"
    assert cublas.remedy == 'pip install "speakerplug[cuda]"'
    assert torch.text == "torch cannot compute on cuda:7: torch 2.11.0 is built without CUDA"
    assert torch.remedy == "install a build of torch that fits: https://pytorch.org/get-started"


def test_check_devices_of_an_engine_without_a_build_for_the_gpu_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command mends recognition on ROCm or a Jetson."""
    stand_in(monkeypatch, DeviceState(ABSENT, unavailable={"ctranslate2": "this build of CTranslate2 sees no GPU; x"}))
    (finding,) = computing.check_devices()
    assert finding.status == "warning"


def test_check_onnxruntime_finds_speech_in_the_sample() -> None:
    """onnxruntime runs faster-whisper's voice activity detection."""
    (finding,) = computing.check_onnxruntime()
    assert finding.status == "ok"
    assert "CPU" in finding.text


def test_check_cuda_without_a_driver_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything runs on the CPU."""
    stand_in(monkeypatch, driver=None)
    (finding,) = computing.check_cuda()
    assert finding.status == "ok"
    assert finding.text.endswith("; there is no NVIDIA driver, so everything runs on the CPU")


def test_check_cuda_with_hidden_gpus_says_what_hides_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver without a visible GPU is a warning with the reason and its hint."""
    hidden = {"cuda": "CUDA_VISIBLE_DEVICES is empty, which hides every GPU; unset it"}
    stand_in(monkeypatch, driver="12.4", absent=hidden)
    (finding,) = computing.check_cuda()
    assert finding.status == "warning"
    assert finding.text.endswith("; the driver is for CUDA 12.4; CUDA_VISIBLE_DEVICES is empty, which hides every GPU")
    assert finding.remedy == "unset it"


def test_check_cuda_counts_the_gpus_of_each_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an engine sees none, check_devices says why."""
    import torch

    stand_in(monkeypatch, DeviceState(ABSENT))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    (finding,) = computing.check_cuda()
    assert finding.text.endswith("; the driver is for CUDA 13.0; torch sees 2 GPUs, CTranslate2 no GPUs")
