"""Looking at this machine: what torch, CTranslate2 and the CUDA driver say is there."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator
from typing import Any

from .allocators import release_caches
from .device import CPU, Device
from .driver import CudaDriver
from .host import host_memory, usable_cores
from .inventory import ON_CPU, DeviceState, Inventory
from .waiting import spin_briefly

log = logging.getLogger(__name__)


class LocalProbe:
    """The machine that this process runs on. Torch and CTranslate2 are imported at the first look."""

    def inventory(self) -> Inventory:
        """GPUs with the most free memory first, then MPS, then the CPU."""
        spin_briefly()
        gpus = sorted(_cuda(), key=lambda state: -(state.free_bytes or 0))
        return Inventory((*gpus, *_mps(), _cpu()), usable_cores())

    def free_bytes(self, device: Device) -> int | None:
        """By the driver's account on a GPU, by the kernel's and the control group's on the CPU."""
        if device == CPU:
            return host_memory()[1]
        state = next((state for state in (*_cuda(), *_mps()) if state.device == device), None)
        return state.free_bytes if state else None

    def release(self, device: Device) -> None:
        """Collect garbage and empty torch's cache."""
        release_caches(device)


def _cuda() -> Iterator[DeviceState]:
    """CUDA devices as torch sees them; where torch has no CUDA, as the driver and CTranslate2 do."""
    import ctranslate2
    import torch

    if torch.cuda.is_available():
        count = ctranslate2.get_cuda_device_count()
        yield from filter(None, (_torch_state(index, index < count) for index in range(torch.cuda.device_count())))
    elif ctranslate2.get_cuda_device_count():
        for state in CudaDriver.devices():
            types = {"ctranslate2": _ctranslate2_types("cuda", state.device.index)}
            yield DeviceState(
                state.device, state.name, state.total_bytes, state.free_bytes, state.capability, types, state.identity
            )


def _torch_state(index: int, has_ctranslate2: bool) -> DeviceState | None:
    """One GPU; None, with a warning, for one that is there and does not answer."""
    import torch

    try:
        free, total = torch.cuda.mem_get_info(index)
        properties: Any = torch.cuda.get_device_properties(index)
    except RuntimeError as error:
        log.warning("cuda:%d does not answer (%s); it is left out.", index, str(error).splitlines()[0])
        return None
    capability = (properties.major, properties.minor)
    types = {"torch": ("float32", "float16", *(["bfloat16"] if capability >= (8, 0) else []))}
    if has_ctranslate2:
        types["ctranslate2"] = _ctranslate2_types("cuda", index)
    identity = str(getattr(properties, "uuid", ""))
    return DeviceState(Device("cuda", index), properties.name, total, free, capability, types, identity)


def _mps() -> Iterator[DeviceState]:
    import torch

    if torch.backends.mps.is_available():
        total = torch.mps.recommended_max_memory()
        free = max(0, total - torch.mps.driver_allocated_memory())
        yield DeviceState(
            Device("mps"), "Apple GPU", total, free, compute_types={"torch": ("float32", "float16")}, identity="mps"
        )


def _cpu() -> DeviceState:
    total, free = host_memory()
    types = {**ON_CPU, "ctranslate2": _ctranslate2_types("cpu", 0)}
    return DeviceState(CPU, platform.processor() or platform.machine(), total, free, compute_types=types)


def _ctranslate2_types(kind: str, index: int) -> tuple[str, ...]:
    import ctranslate2

    return tuple(sorted(ctranslate2.get_supported_compute_types(kind, index)))
