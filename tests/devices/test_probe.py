"""What is there: the CUDA driver is asked through a library that answers as it would."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from speakerplug.devices import CPU, Device
from speakerplug.devices.device import GB
from speakerplug.devices.probe import CudaDriver, LocalProbe


class FakeLibrary:
    """Two devices of compute capability 8.6; `contexts` counts those retained and not released."""

    def __init__(self, failing: str = "") -> None:
        self.failing = failing
        self.contexts = 0

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.answer(name, *arguments)

    def answer(self, name: str, *arguments: Any) -> int:
        if name == self.failing:
            return 100
        first = getattr(arguments[0], "_obj", None)
        if name == "cuDeviceGetCount":
            first.value = 2
        elif name == "cuDeviceGet":
            first.value = arguments[1]
        elif name == "cuDeviceGetName":
            arguments[0].value = b"GeForce"
        elif name == "cuDeviceGetAttribute":
            first.value = {75: 8, 76: 6}[arguments[1]]
        elif name == "cuMemGetInfo_v2":
            first.value, arguments[1]._obj.value = 5 * GB, 6 * GB
        elif name == "cuDeviceGetUuid_v2":
            first[:] = range(16)
        elif name == "cuDevicePrimaryCtxRetain":
            self.contexts += 1
        elif name == "cuDevicePrimaryCtxRelease_v2":
            self.contexts -= 1
        return 0


def test_driver_tells_every_device_and_keeps_no_context() -> None:
    """Name, memory, capability and identity of every device; no context is kept for that."""
    library = FakeLibrary()
    first, second = CudaDriver(library).states()
    assert (first.device, second.device) == (Device("cuda", 0), Device("cuda", 1))
    assert (first.name, first.free_bytes, first.total_bytes, first.capability) == ("GeForce", 5 * GB, 6 * GB, (8, 6))
    assert first.identity == "00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert library.contexts == 0


@pytest.mark.parametrize("failing", ["cuInit", "cuDeviceGet", "cuMemGetInfo_v2"])
def test_driver_that_fails_raises_and_keeps_no_context(failing: str) -> None:
    """An error code ends the asking, and the context goes all the same."""
    library = FakeLibrary(failing)
    with pytest.raises(OSError, match=f"{failing} answers 100"):
        list(CudaDriver(library).states())
    assert library.contexts == 0


def test_release_collects_models_in_circles() -> None:
    """Models in circles of references, as Lightning makes them, are collected."""

    class Model:
        def __init__(self) -> None:
            self.me = self

    gone = weakref.ref(Model())
    gc.disable()
    try:
        Model()
        LocalProbe().release(CPU)
    finally:
        gc.enable()
    assert gone() is None
