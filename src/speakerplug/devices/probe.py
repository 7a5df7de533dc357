"""Probe this machine: the devices that the CUDA driver, CTranslate2 and, where it is imported, torch see."""

from __future__ import annotations

import ctypes
import functools
import gc
import importlib
import logging
import os
import platform
import re
import sys
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import first_line
from ..system.host import host_memory, usable_cores
from ..system.packages import installed
from .cuda_libraries import OTHER_TORCH, cublas_of_ctranslate2, missing_cublas
from .device import CPU, ON_CPU, Device, DeviceState, Inventory
from .torch_state import prepare_import

log = logging.getLogger(__name__)

DRIVER = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
AMD_DRIVER = Path("/dev/kfd")
"""The device file of AMD's compute driver."""

_CAPABILITY = (75, 76)
"""Major and minor of the compute capability, among the attributes of a device in cuda.h."""
_NO_DEVICE = 100
"""What the driver answers where it sees no GPU (cuda.h)."""


class LocalProbe:
    """The machine that this process runs on. CTranslate2 is imported by the first probe.

    Of the CUDA devices only those in `indices` are probed, if given: each takes 300 to 600 MB for its context. Without
    `asks_torch`, torch is asked only if this process has imported it already, or on a machine whose GPUs only torch
    sees; until then nothing is known of torch on the GPUs of others.
    """

    def __init__(self, indices: Collection[int] | None = None, asks_torch: bool = True) -> None:
        self._indices, self._asks_torch = indices, asks_torch

    def inventory(self) -> Inventory:
        """Return the GPUs, with the most free memory first, then MPS, then the CPU."""
        prepare_import()
        if self._asks_torch or _has_amd_gpu():
            import_torch_for_gpus()
        torch = _imported_torch()
        gpus = sorted(_cuda(torch, self._indices), key=lambda state: -(state.free_bytes or 0))
        absent = {} if gpus or _sees_any_gpu(torch) else {"cuda": _why_no_gpu(torch)}
        return Inventory((*gpus, *_mps(torch), _cpu()), usable_cores(), absent)

    def free_bytes(self, device: Device) -> int | None:
        """Return the free memory in bytes, according to the driver; on the CPU, to the kernel and the control group."""
        if device == CPU:
            return host_memory()[1]
        torch = _imported_torch()
        states = _cuda(torch, {device.index}) if device.kind == "cuda" else _mps(torch)
        return next((state.free_bytes for state in states), None)

    def release(self, device: Device) -> None:
        """Collect garbage, so that dead models free their blocks, and return torch's cached blocks to the driver.

        CTranslate2 cannot use that cache; its own is returned when a model is unloaded. Torch is not imported for this.
        """
        gc.collect()
        torch = _imported_torch()
        if torch is None:
            return
        if device.kind == "cuda" and torch.cuda.is_initialized():
            with torch.cuda.device(device.index):
                torch.cuda.empty_cache()
        elif device.kind == "mps":
            torch.mps.empty_cache()


def import_torch_for_gpus() -> None:
    """Import torch if this machine may have a GPU that torch can use; elsewhere all is known without it."""
    if sys.platform == "darwin" or _has_amd_gpu() or CudaDriver.status() == 0:
        importlib.import_module("torch")


@functools.lru_cache(maxsize=1)
def _has_amd_gpu() -> bool:
    """Return whether torch, built for ROCm, may see a GPU, which only torch can tell."""
    return AMD_DRIVER.exists() or "+rocm" in (installed("torch") or "")


def _imported_torch() -> Any | None:
    """Return torch if this process has imported it, or is just doing so in another thread; else None."""
    return importlib.import_module("torch") if sys.modules.get("torch") is not None else None


def _cuda(torch: Any | None, indices: Collection[int] | None = None) -> Iterator[DeviceState]:
    """Yield the CUDA devices as torch sees them, all or those of `indices`; if torch sees none, as the driver does."""
    states: Iterable[DeviceState | None]
    if torch is not None and torch.cuda.is_available():
        chosen = range(torch.cuda.device_count()) if indices is None else sorted(indices)
        states = (_torch_state(torch, index) for index in chosen if index < torch.cuda.device_count())
    else:
        states = CudaDriver.devices(indices)
        if states and torch is not None:
            why = _why_no_torch(torch)
            states = [replace(state, unavailable={"torch": why}) for state in states]
    for state in filter(None, states):
        types, why = _ctranslate2_on(state.device)
        yield replace(
            state,
            compute_types={**state.compute_types, **({} if why else {"ctranslate2": types})},
            unavailable={**state.unavailable, **({"ctranslate2": why} if why else {})},
        )


def _torch_state(torch: Any, index: int) -> DeviceState | None:
    """Return the state of a GPU; None, with a warning, if it exists but does not respond."""
    try:
        free, total = torch.cuda.mem_get_info(index)
        properties = torch.cuda.get_device_properties(index)
    except RuntimeError as error:
        _warn_of_unresponsive(index, first_line(error))
        return None
    capability = (properties.major, properties.minor)
    types = {"torch": ("float32", "float16", *(["bfloat16"] if capability >= (8, 0) else []))}
    why = (
        ""
        if has_code_for(capability, torch.cuda.get_arch_list())
        else (
            f"torch {torch.__version__} has no code for its compute capability {properties.major}.{properties.minor}; "
            f"{OTHER_TORCH}"
        )
    )
    identity = str(getattr(properties, "uuid", ""))
    state = DeviceState(Device("cuda", index), properties.name, total, free, capability, {}, identity)
    return replace(state, unavailable={"torch": why}) if why else replace(state, compute_types=types)


@functools.lru_cache
def _warn_of_unresponsive(index: int, why: str) -> None:
    """Warn once per process that a GPU does not respond."""
    log.warning("cuda:%d does not respond (%s); it is not used.", index, why)


def has_code_for(capability: tuple[int, int], architectures: Sequence[str]) -> bool:
    """Return whether a build for `architectures` (sm_75, compute_90, gfx942) has code for a GPU of that capability.

    Binary code runs on later minor versions of the same major one, PTX on every later one (CUDA's compatibility rules).
    """
    for name in architectures:
        match = re.fullmatch(r"(sm|compute)_(\d+)(\d)[a-z]?", name)
        if match is None:  # ROCm's have other names
            return True
        major, minor = int(match[2]), int(match[3])
        if (major, minor) <= capability and (match[1] == "compute" or major == capability[0]):
            return True
    return not architectures


def _why_no_torch(torch: Any) -> str:
    """Return why torch sees no GPU although the driver does, with the hint after a semicolon."""
    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built without CUDA; {OTHER_TORCH}"
    return (
        f"the driver is for CUDA {CudaDriver.version() or 'unknown'} and torch is built for CUDA {torch.version.cuda}; "
        f"update the driver, or {OTHER_TORCH}"
    )


def _sees_any_gpu(torch: Any | None) -> bool:
    """Return whether torch or the driver sees any CUDA device."""
    return (torch is not None and torch.cuda.is_available()) or bool(CudaDriver.devices())


def _why_no_gpu(torch: Any | None) -> str:
    """Return why neither torch nor the driver sees a CUDA device, with the hint after a semicolon."""
    if torch is not None and torch.version.hip:
        return f"torch for ROCm {torch.version.hip} sees no AMD GPU; see whether rocminfo lists one"
    status, visible = CudaDriver.status(), os.environ.get("CUDA_VISIBLE_DEVICES")
    if status is None:
        return f"no NVIDIA driver is found ({DRIVER}); install it"
    if visible is not None and status in (0, _NO_DEVICE):
        hides = f"is {visible}, which names no GPU of this machine" if visible else "is empty, which hides every GPU"
        return f"CUDA_VISIBLE_DEVICES {hides}; unset it"
    if status in (0, _NO_DEVICE):
        return "NVIDIA's driver sees no GPU; see whether nvidia-smi lists one"
    return f"NVIDIA's driver answers with error {status}; see what nvidia-smi says, restart the machine"


def _ctranslate2_on(device: Device) -> tuple[tuple[str, ...], str]:
    """Return the compute types of CTranslate2 on a GPU, and why it cannot compute there, with the hint, or ""."""
    import ctranslate2

    if device.index >= ctranslate2.get_cuda_device_count():
        return (), _why_no_ctranslate2()
    return _ctranslate2_types("cuda", device.index), missing_cublas()


def _why_no_ctranslate2() -> str:
    """Return why CTranslate2 sees no GPU where torch or the driver does, with the hint after a semicolon."""
    driver = CudaDriver.version() or ""
    needed = re.search(r"\d+(?=$|\.dll$)", cublas_of_ctranslate2() or "")
    if driver and needed and int(driver.partition(".")[0]) < int(needed[0]):
        return f"the driver is for CUDA {driver} and CTranslate2 is built for CUDA {needed[0]}; update the driver"
    return "this build of CTranslate2 sees no GPU; on NVIDIA's, install ctranslate2 from the package index"


def _mps(torch: Any | None) -> Iterator[DeviceState]:
    if torch is not None and torch.backends.mps.is_available():
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
    """The CUDA driver, called directly, where torch is not imported, or is built without CUDA and CTranslate2 is not.

    Its library comes with the driver, and respects CUDA_VISIBLE_DEVICES.
    """

    def __init__(self, library: Any) -> None:
        self._library = library

    @classmethod
    def devices(cls, indices: Collection[int] | None = None) -> tuple[DeviceState, ...]:
        """Return the devices that the driver sees, all or those of `indices`; none without a driver, or if it fails."""
        try:
            driver = cls(ctypes.CDLL(DRIVER))
            return tuple(driver.states(indices))
        except OSError as error:
            log.debug("The CUDA driver fails: %s", error)
            return ()

    @classmethod
    def version(cls) -> str | None:
        """Return the newest CUDA that the driver can run, such as 12.4; None without a driver."""
        try:
            number = cls(ctypes.CDLL(DRIVER))._number("cuDriverGetVersion")
        except OSError:
            return None
        return f"{number // 1000}.{number % 1000 // 10}" if number else None

    @classmethod
    def status(cls) -> int | None:
        """Return the status of the driver after cuInit: 0 for success, None without a driver."""
        try:
            status: int = ctypes.CDLL(DRIVER).cuInit(0)
        except OSError:
            return None
        return status

    @classmethod
    def capability(cls, index: int) -> tuple[int, int] | None:
        """Return the compute capability of a device, without a context on it; None if the driver fails."""
        try:
            driver = cls(ctypes.CDLL(DRIVER))
            driver._call("cuInit", 0)
            return driver._capability(driver._number("cuDeviceGet", index))
        except OSError:
            return None

    def states(self, indices: Collection[int] | None = None) -> Iterator[DeviceState]:
        """Yield every device, or those of `indices`, with its memory in bytes; raise OSError if a call fails."""
        self._call("cuInit", 0)
        for index in range(self._number("cuDeviceGetCount")):
            if indices is not None and index not in indices:
                continue
            handle = self._number("cuDeviceGet", index)
            name = ctypes.create_string_buffer(256)
            self._call("cuDeviceGetName", name, len(name), handle)
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            with self._context(handle):
                self._call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
            yield DeviceState(
                Device("cuda", index),
                name.value.decode(),
                total.value,
                free.value,
                self._capability(handle),
                identity=self._identity(handle),
            )

    def _capability(self, handle: int) -> tuple[int, int]:
        major, minor = (self._number("cuDeviceGetAttribute", attribute, handle) for attribute in _CAPABILITY)
        return major, minor

    def _identity(self, handle: int) -> str:
        """Return the UUID of a device; that of the slice, not of its card, where a card is divided by MIG."""
        identity = (ctypes.c_ubyte * 16)()
        try:
            self._call("cuDeviceGetUuid_v2", ctypes.byref(identity), handle)
        except AttributeError:  # a driver before CUDA 11.4
            self._call("cuDeviceGetUuid", ctypes.byref(identity), handle)
        return str(uuid.UUID(bytes=bytes(identity)))

    @contextmanager
    def _context(self, handle: int) -> Iterator[None]:
        """Retain the device's primary context, which CTranslate2 uses, too, during the block."""
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
