"""The CUDA driver asked directly, for where torch was built without CUDA and CTranslate2 was not."""

from __future__ import annotations

import ctypes
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .device import Device
from .inventory import DeviceState

log = logging.getLogger(__name__)

# CUdevice_attribute in cuda.h
CAPABILITY_MAJOR, CAPABILITY_MINOR = 75, 76


class CudaDriver:
    """A thin hand on libcuda, which comes with the driver and obeys CUDA_VISIBLE_DEVICES."""

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
        count = ctypes.c_int()
        self._call("cuDeviceGetCount", ctypes.byref(count))
        for index in range(count.value):
            handle, name = ctypes.c_int(), ctypes.create_string_buffer(256)
            self._call("cuDeviceGet", ctypes.byref(handle), index)
            self._call("cuDeviceGetName", name, len(name), handle)
            free, total = self._memory(handle)
            capability = self._attribute(handle, CAPABILITY_MAJOR), self._attribute(handle, CAPABILITY_MINOR)
            identity = self._identity(handle)
            yield DeviceState(Device("cuda", index), name.value.decode(), total, free, capability, identity=identity)

    def _memory(self, handle: ctypes.c_int) -> tuple[int, int]:
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        with self._context(handle):
            self._call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value, total.value

    @contextmanager
    def _context(self, handle: ctypes.c_int) -> Iterator[None]:
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

    def _attribute(self, handle: ctypes.c_int, attribute: int) -> int:
        value = ctypes.c_int()
        self._call("cuDeviceGetAttribute", ctypes.byref(value), attribute, handle)
        return value.value

    def _identity(self, handle: ctypes.c_int) -> str:
        raw = (ctypes.c_ubyte * 16)()
        self._call("cuDeviceGetUuid", ctypes.byref(raw), handle)
        text = bytes(raw).hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def _call(self, function: str, *arguments: Any) -> None:
        status = getattr(self._library, function)(*arguments)
        if status:
            raise OSError(f"{function} answers {status}")
