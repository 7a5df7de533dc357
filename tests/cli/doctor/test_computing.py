"""What the doctor says of devices: each computes, or says why not."""

from __future__ import annotations

import pytest

from speakerplug.cli.doctor import computing
from speakerplug.devices import CPU, Device, DeviceState, Inventory
from speakerplug.devices.probe import LocalProbe

ABSENT = Device("cuda", 7)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CPU, and a GPU that does not work, for it is not there."""
    only_torch = {"torch": ("float32",)}
    states = (DeviceState(ABSENT, compute_types=only_torch), DeviceState(CPU, compute_types=only_torch))
    monkeypatch.setattr(LocalProbe, "inventory", lambda self: Inventory(states))


@pytest.mark.usefixtures("machine")
def test_each_device_is_tried() -> None:
    """One that cannot compute is a problem that names it, and the next is tried all the same."""
    gpu, cpu = computing.look_at_devices()
    assert (gpu.status, gpu.remedy) == ("problem", "leave it out with --device cpu")
    assert gpu.text.startswith("torch cannot compute on cuda:7: ")
    assert (cpu.status, cpu.text) == ("ok", "torch computes on cpu: matrices and a convolution")


@pytest.mark.usefixtures("machine")
def test_a_library_of_cuda_that_ctranslate2_misses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As its own error names it, with the package that brings it."""

    def fail(device: Device) -> str:
        raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")

    monkeypatch.setattr(computing, "_with_torch", fail)
    gpu, _ = computing.look_at_devices()
    assert gpu.remedy == "pip install nvidia-cublas-cu12, and put its lib folder into LD_LIBRARY_PATH"


def test_speech_is_found_in_the_sample() -> None:
    """onnxruntime at work in faster-whisper's voice activity detection."""
    (finding,) = computing.look_at_onnxruntime()
    assert finding.status == "ok"
    assert "CPU" in finding.text


def test_a_machine_without_a_driver_is_no_worry(monkeypatch: pytest.MonkeyPatch) -> None:
    """All runs on the CPU; a driver whose GPU torch cannot use is worth a warning."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(computing, "driver_cuda", lambda: None)
    (without,) = computing.look_at_cuda()
    monkeypatch.setattr(computing, "driver_cuda", lambda: "12.4")
    (unused,) = computing.look_at_cuda()
    assert (without.status, unused.status) == ("ok", "warning")
    assert "the driver is for CUDA 12.4, and torch can use no GPU" in unused.text
    assert unused.remedy
