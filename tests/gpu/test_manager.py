"""The manager on a real GPU: with CTranslate2 and torch in one process. Skipped without one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speakerplug.devices import Device, DeviceManager, DeviceOptions, Lease, MemoryEstimate, ModelHandleBase, Placement
from speakerplug.devices.device import GB, MB
from speakerplug.devices.probe import LocalProbe
from tests.gpu.machine import GPU, tiny_en

pytestmark = [pytest.mark.gpu, pytest.mark.usefixtures("gpu")]


class TorchBlock(ModelHandleBase):
    """A block of GPU memory that torch holds; its work takes half a GB an item."""

    key = stage = "block"
    kinds = ("cuda", "cpu")
    batch_sizes = (8, 4, 2, 1)

    def __init__(self, weights: int = GB) -> None:
        self._weights = weights

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        return MemoryEstimate(self._weights, batch_size * GB // 2)

    def load(self, placement: Placement) -> Any:
        return [_block(self._weights, placement.device)]

    def unload(self, model: Any) -> None:
        model.clear()

    def to_host(self, model: Any) -> bool:
        model[0] = model[0].cpu()
        return True

    def to_device(self, model: Any, placement: Placement) -> None:
        model[0] = model[0].to(str(placement.device))


def _block(size: int, device: Device) -> Any:
    import torch

    return torch.ones(size, dtype=torch.uint8, device=str(device))


class TinyWhisper(ModelHandleBase):
    """tiny.en, through CTranslate2."""

    key = stage = "whisper"
    engine = "ctranslate2"
    kinds = ("cuda", "cpu")

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def compute_types(self, state: Any) -> tuple[str, ...]:
        return ("float32",)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        return MemoryEstimate(200 * MB, 600 * MB)

    def load(self, placement: Placement) -> Any:
        import ctranslate2

        return ctranslate2.models.Whisper(str(self._folder), device=placement.device.kind, compute_type="float32")

    def unload(self, model: Any) -> None:
        model.unload_model()

    def to_host(self, model: Any) -> bool:
        model.unload_model(to_cpu=True)
        return True

    def to_device(self, model: Any, placement: Placement) -> None:
        model.load_model()


@pytest.fixture
def whisper() -> TinyWhisper:
    """The model of the bundled plugin."""
    return TinyWhisper(tiny_en())


def encode(lease: Lease) -> None:
    """Have Whisper encode half a minute of silence."""
    import ctranslate2
    import numpy as np

    lease.model.encode(ctranslate2.StorageView.from_array(np.zeros((1, 80, 3000), dtype=np.float32)), to_cpu=True)


def fill(lease: Lease) -> None:
    """Have torch take the working memory of a batch, and free it into its cache."""
    block = _block(lease.placement.need.working_bytes, lease.device)
    assert int(block[-1]) == 1


Work = Callable[[Lease], None]


@pytest.mark.parametrize("torch_first", [True, False])
def test_engines_in_either_order_give_their_memory_back(whisper: TinyWhisper, torch_first: bool) -> None:
    """Both load and work in either order, and at the end the driver has its memory back within 5 %."""
    steps: list[tuple[ModelHandleBase, Work]] = [(TorchBlock(), fill), (whisper, encode)]
    devices, probe = DeviceManager(device_options=DeviceOptions(GPU), limits={}), LocalProbe()
    for handle, work in steps:  # once, for the engines' own contexts stay for the rest of the process
        devices.run(handle, work)
    devices.close()
    before = probe.free_bytes(GPU) or 0
    for handle, work in steps if torch_first else reversed(steps):
        devices.run(handle, work)
    taken = before - (probe.free_bytes(GPU) or 0)
    devices.close()
    missing = before - (probe.free_bytes(GPU) or 0)
    assert taken >= GB
    assert missing <= 0.05 * taken


def test_models_that_fit_on_one_card_run_at_once(whisper: TinyWhisper) -> None:
    """Planned together on a card with room for both, they run concurrently and neither is evicted."""
    block, devices = TorchBlock(), DeviceManager(device_options=DeviceOptions(GPU), limits={})
    plan = devices.plan([whisper, block])
    assert plan.concurrent
    with devices.hold(whisper) as one, devices.hold(block) as other:
        encode(one)
        fill(other)
        assert (one.device, other.device) == (GPU, GPU)
    devices.close()


def test_models_under_a_small_limit_swap(whisper: TinyWhisper) -> None:
    """With a limit below the memory that both need, they take turns, repeatedly."""
    block = TorchBlock()
    devices = DeviceManager(device_options=DeviceOptions(GPU, memory_limit_bytes=1600 * MB), limits={})
    assert devices.plan([whisper, block]).swaps
    for _ in range(2):
        devices.run(whisper, encode)
        devices.run(block, fill)
    assert devices.occupied == (GPU,)
    devices.close()


def test_run_on_a_card_that_is_too_small_takes_smaller_batches() -> None:
    """A torch that may take only a part of the card runs out of memory, and work goes on with a smaller batch."""
    import torch

    devices, sizes = DeviceManager(device_options=DeviceOptions(GPU), limits={}), list[int]()

    def work(lease: Lease) -> None:
        sizes.append(lease.placement.batch_size)
        fill(lease)

    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, 2.7 * GB / total))
    try:
        devices.run(TorchBlock(), work)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        devices.close()
    assert sizes == [8, 4, 2]


def test_driver_and_torch_see_the_same() -> None:
    """Asked without torch, the CUDA driver tells the same devices and memory."""
    from speakerplug.devices.probe import CudaDriver

    seen = {state.device: state for state in LocalProbe().inventory().devices}
    for state in CudaDriver.devices():
        assert state.total_bytes == seen[state.device].total_bytes
        assert state.capability == seen[state.device].capability
        assert state.identity in seen[state.device].identity
