"""Looking at this machine: what torch, CTranslate2 and the CUDA driver say is there."""

from __future__ import annotations

import ctypes
import gc
import logging
import platform
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..errors import first_line
from ..system.host import host_memory, usable_cores
from .device import CPU, ON_CPU, Device, DeviceState, Inventory
from .torch_state import spin_briefly

log = logging.getLogger(__name__)

_CAPABILITY = (75, 76)
"""Major and minor of the compute capability, among the attributes of a device in cuda.h."""


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
        return next((state.free_bytes for state in (*_cuda(), *_mps()) if state.device == device), None)

    def release(self, device: Device) -> None:
        """Collect garbage, so that dead models free their blocks, and hand torch's cached blocks back to the driver.

        CTranslate2 does not see that cache, and hands its own back when a model is unloaded. Torch is not imported
        for this.
        """
        gc.collect()
        torch = sys.modules.get("torch")
        if torch is None:
            return
        if device.kind == "cuda" and torch.cuda.is_initialized():
            with torch.cuda.device(device.index):
                torch.cuda.empty_cache()
        elif device.kind == "mps":
            torch.mps.empty_cache()


def _cuda() -> Iterator[DeviceState]:
    """CUDA devices as torch sees them; where torch has no CUDA, as the driver and CTranslate2 do."""
    import ctranslate2
    import torch

    count = ctranslate2.get_cuda_device_count()
    if torch.cuda.is_available():
        yield from filter(None, (_torch_state(index, index < count) for index in range(torch.cuda.device_count())))
    elif count:
        for state in CudaDriver.devices():
            yield replace(state, compute_types={"ctranslate2": _ctranslate2_types("cuda", state.device.index)})


def _torch_state(index: int, has_ctranslate2: bool) -> DeviceState | None:
    """One GPU; None, with a warning, for one that is there and does not answer."""
    import torch

    try:
        free, total = torch.cuda.mem_get_info(index)
        properties: Any = torch.cuda.get_device_properties(index)
    except RuntimeError as error:
        log.warning("cuda:%d does not answer (%s); it is left out.", index, first_line(error))
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
        types = {"torch": ("float32", "float16")}
        yield DeviceState(Device("mps"), "Apple GPU", total, free, compute_types=types, identity="mps")


def _cpu() -> DeviceState:
    total, free = host_memory()
    types = {**ON_CPU, "ctranslate2": _ctranslate2_types("cpu", 0)}
    return DeviceState(CPU, platform.processor() or platform.machine(), total, free, compute_types=types)


def _ctranslate2_types(kind: str, index: int) -> tuple[str, ...]:
    import ctranslate2

    return tuple(sorted(ctranslate2.get_supported_compute_types(kind, index)))


class CudaDriver:
    """The CUDA driver asked directly, for where torch was built without CUDA and CTranslate2 was not.

    Its library comes with the driver and obeys CUDA_VISIBLE_DEVICES.
    """

    def __init__(self, library: Any) -> None:
        self._library = library

    @classmethod
    def devices(cls) -> tuple[DeviceState, ...]:
        """The devices that the driver sees; none where there is no driver or it does not answer."""
        try:
            driver = cls(ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"))
            return tuple(driver.states())
        except OSError as error:
            log.debug("The CUDA driver cannot be asked: %s", error)
            return ()

    def states(self) -> Iterator[DeviceState]:
        """Every device with its memory in bytes. Raises OSError where the driver answers with an error."""
        self._call("cuInit", 0)
        for index in range(self._number("cuDeviceGetCount")):
            handle = self._number("cuDeviceGet", index)
            name, identity = ctypes.create_string_buffer(256), (ctypes.c_ubyte * 16)()
            self._call("cuDeviceGetName", name, len(name), handle)
            self._call("cuDeviceGetUuid", ctypes.byref(identity), handle)
            major, minor = (self._number("cuDeviceGetAttribute", attribute, handle) for attribute in _CAPABILITY)
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            with self._context(handle):
                self._call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
            yield DeviceState(
                Device("cuda", index),
                name.value.decode(),
                total.value,
                free.value,
                (major, minor),
                identity=str(uuid.UUID(bytes=bytes(identity))),
            )

    @contextmanager
    def _context(self, handle: int) -> Iterator[None]:
        """The device's primary context, which CTranslate2 uses too."""
        context, popped = ctypes.c_void_p(), ctypes.c_void_p()
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), handle)
        try:
            self._call("cuCtxPushCurrent_v2", context)
            try:
                yield
            finally:
                self._call("cuCtxPopCurrent_v2", ctypes.byref(popped))
        finally:
            self._call("cuDevicePrimaryCtxRelease_v2", handle)

    def _number(self, function: str, *arguments: int) -> int:
        value = ctypes.c_int()
        self._call(function, ctypes.byref(value), *arguments)
        return value.value

    def _call(self, function: str, *arguments: Any) -> None:
        status = getattr(self._library, function)(*arguments)
        if status:
            raise OSError(f"{function} answers {status}")
