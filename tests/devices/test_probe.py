"""What is there: the CUDA driver is asked through a library that answers as it would."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import ctranslate2
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.devices import CPU, Device, DeviceManager, DeviceOptions, DeviceState, Inventory
from speakerplug.devices import probe as probing
from speakerplug.devices.candidates import missing
from speakerplug.devices.device import GB
from speakerplug.devices.probe import DRIVER, CudaDriver, LocalProbe, has_code_for
from speakerplug.errors import DeviceError


class FakeLibrary:
    """Two devices of compute capability 8.6; `contexts` counts those retained and not released.

    `failing` answers with 100, and `lacking` is no function of this driver, which can run CUDA `version`.
    """

    def __init__(self, failing: str = "", lacking: str = "", version: int = 13000, status: int = 100) -> None:
        self.failing, self.lacking, self.version, self.status = failing, lacking, version, status
        self.contexts = 0

    def __getattr__(self, name: str) -> Any:
        if name == self.lacking:
            raise AttributeError(name)
        return lambda *arguments: self.answer(name, *arguments)

    def answer(self, name: str, *arguments: Any) -> int:
        if name == self.failing:
            return self.status
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
        elif name == "cuDeviceGetUuid":
            first[:] = range(16, 32)
        elif name == "cuDriverGetVersion":
            first.value = self.version
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


def test_driver_before_cuda_11_4_gives_the_uuid_of_the_card() -> None:
    """The function that tells slices of MIG apart is newer."""
    first, _ = CudaDriver(FakeLibrary(lacking="cuDeviceGetUuid_v2")).states()
    assert first.identity == "10111213-1415-1617-1819-1a1b1c1d1e1f"


Driver = Callable[[FakeLibrary | None], None]


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    """Return a function that gives this machine another driver, or none, and a torch that sees no GPU."""
    real = ctypes.CDLL
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(probing, "missing_cublas", lambda: "")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def install(library: FakeLibrary | None) -> None:
        def load(name: Any, *rest: Any, **options: Any) -> Any:
            if name != DRIVER:
                return real(name, *rest, **options)
            if library is None:
                raise OSError(f"{name}: cannot open shared object file: No such file or directory")
            return library

        monkeypatch.setattr(ctypes, "CDLL", load)

    return install


@pytest.mark.parametrize(
    ("library", "visible", "why"),
    [
        (None, None, f"no NVIDIA driver is found ({DRIVER}); install it"),
        (None, "", f"no NVIDIA driver is found ({DRIVER}); install it"),
        (FakeLibrary("cuInit"), "", "CUDA_VISIBLE_DEVICES is empty, which hides every GPU; unset it"),
        (
            FakeLibrary("cuInit"),
            "GPU-f00",
            "CUDA_VISIBLE_DEVICES is GPU-f00, which names no GPU of this machine; unset it",
        ),
        (FakeLibrary("cuInit"), None, "NVIDIA's driver sees no GPU; see whether nvidia-smi lists one"),
        (
            FakeLibrary("cuInit", status=803),
            "0",
            "NVIDIA's driver answers with error 803; see what nvidia-smi says, restart the machine",
        ),
    ],
)
def test_inventory_without_a_gpu_says_why(
    driver: Driver, library: FakeLibrary | None, visible: str | None, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No driver, nothing visible, or one that answers with an error."""
    driver(library)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    inventory = LocalProbe().inventory()
    assert [state.device for state in inventory.devices] == [CPU]
    assert inventory.absent == {"cuda": why}


def test_inventory_of_torch_for_rocm_without_a_gpu_names_rocm(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of NVIDIA's is missing there."""
    driver(None)
    monkeypatch.setattr(torch.version, "hip", "7.0")
    assert LocalProbe().inventory().absent["cuda"] == (
        "torch for ROCm 7.0 sees no AMD GPU; see whether rocminfo lists one"
    )


def test_manager_for_a_gpu_without_a_driver_says_so(driver: Driver) -> None:
    """The error has the reason and its hint."""
    driver(None)
    with pytest.raises(DeviceError) as caught:
        DeviceManager("cuda")
    assert str(caught.value) == (
        f"Device cuda:0 is not there: no NVIDIA driver is found ({DRIVER}); this machine has: cpu. "
        "Install it, or try --device auto."
    )


def test_missing_device_of_a_kind_that_is_there_has_no_reason() -> None:
    """cuda:7 of one GPU is no riddle."""
    inventory = Inventory((DeviceState(Device("cuda", 0)), DeviceState(CPU)))
    assert str(missing(Device("cuda", 7), inventory)) == (
        "Device cuda:7 is not there; this machine has: cuda:0, cpu. Try --device auto."
    )


@pytest.mark.parametrize(
    ("cuda", "version", "why"),
    [
        (None, 13000, f"torch {torch.__version__} is built without CUDA; install a build of torch that fits"),
        ("13.0", 12040, "the driver is for CUDA 12.4 and torch is built for CUDA 13.0; update the driver, or install"),
    ],
)
def test_inventory_of_a_torch_that_sees_no_gpu_says_why(
    driver: Driver, cuda: str | None, version: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver and CTranslate2 see the GPU; torch, built for the CPU or for a newer CUDA, is unavailable there."""
    driver(FakeLibrary(version=version))
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 2)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda *where: {"float16", "float32"})
    inventory = LocalProbe().inventory()
    gpu = inventory.find(Device("cuda", 1))
    assert gpu is not None
    assert gpu.unavailable["torch"].startswith(why)
    assert gpu.compute_types == {"ctranslate2": ("float16", "float32")}
    assert inventory.absent == {}


@pytest.mark.parametrize(
    ("version", "library", "why"),
    [
        (
            11040,
            "libcublas.so.12",
            "the driver is for CUDA 11.4 and CTranslate2 is built for CUDA 12; update the driver",
        ),
        (
            11040,
            "cublas64_12.dll",
            "the driver is for CUDA 11.4 and CTranslate2 is built for CUDA 12; update the driver",
        ),
        (12000, "libcublas.so.12", "this build of CTranslate2 sees no GPU; on NVIDIA's, install ctranslate2 from"),
        (11040, None, "this build of CTranslate2 sees no GPU; on NVIDIA's, install ctranslate2 from"),
    ],
)
def test_inventory_of_a_ctranslate2_that_sees_no_gpu_says_why(
    driver: Driver, version: int, library: str | None, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver is too old for its CUDA, or it is built for the CPU."""
    driver(FakeLibrary(version=version))
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 0)
    monkeypatch.setattr(probing, "cublas_of_ctranslate2", lambda: library)
    gpu = LocalProbe().inventory().find(Device("cuda", 0))
    assert gpu is not None
    assert gpu.unavailable["ctranslate2"].startswith(why)
    assert "ctranslate2" not in gpu.compute_types


NOT_ASKED = """
import sys
from speakerplug.devices import DeviceManager
from speakerplug.devices.probe import CudaDriver, LocalProbe
LocalProbe().inventory()
DeviceManager().inventory()
CudaDriver.status = lambda: 0  # NVIDIA's driver sees a GPU
LocalProbe(asks_torch=False).inventory()
DeviceManager().device_for(("cuda", "cpu"), "recognizer", "ctranslate2")
print(sorted({"torch", "pyannote"} & sys.modules.keys()))
DeviceManager().device_for(("cuda", "cpu"), "diarizer", "torch")
print("torch" in sys.modules)
"""


@pytest.mark.slow
@pytest.mark.skipif(CudaDriver.status() == 0 or sys.platform == "darwin", reason="this machine may have a GPU")
def test_torch_is_imported_only_to_place_its_models_where_a_gpu_may_be() -> None:
    """Not on a machine without a GPU, and with NVIDIA's driver not before a model of torch needs a device."""
    done = subprocess.run([sys.executable, "-c", NOT_ASKED], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True"]


def test_inventory_before_torch_is_imported_has_the_gpus_of_the_driver(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What CTranslate2 computes in there is known; of torch nothing is said, not even that it is unavailable."""
    driver(FakeLibrary())
    monkeypatch.setattr(probing, "_imported_torch", lambda: None)
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 2)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda *where: {"float16"})
    inventory = LocalProbe({1}, asks_torch=False).inventory()
    assert str(inventory) == "cuda:1, cpu"
    gpu = inventory.devices[0]
    assert (gpu.free_bytes, gpu.compute_types, gpu.unavailable) == (5 * GB, {"ctranslate2": ("float16",)}, {})
    assert LocalProbe(asks_torch=False).free_bytes(Device("cuda", 1)) == 5 * GB


class Cards:
    """Three GPUs as torch sees them, of compute capability 6.1, 7.5 and 9.0; `looked_at` are those asked for memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looked_at: list[int] = []
        capabilities = [(6, 1), (7, 5), (9, 0)]

        def memory(index: int) -> tuple[int, int]:
            self.looked_at.append(index)
            return index * GB, 8 * GB

        def properties(index: int) -> Any:
            major, minor = capabilities[index]
            return SimpleNamespace(name=f"GPU {index}", major=major, minor=minor, uuid=f"uuid-{index}")

        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
        monkeypatch.setattr(torch.cuda, "mem_get_info", memory)
        monkeypatch.setattr(torch.cuda, "get_device_properties", properties)
        monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_80", "sm_90"])
        monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 3)
        monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda *where: {"float32"})
        monkeypatch.setattr(probing, "missing_cublas", lambda: "")


def test_probe_looks_only_at_the_devices_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look opens a context of hundreds of MB; with two devices asked for, the third stays as it is."""
    cards = Cards(monkeypatch)
    assert str(LocalProbe({1, 7}).inventory()) == "cuda:1, cpu"
    assert cards.looked_at == [1]
    DeviceManager(device_options=DeviceOptions(Device("cuda", 1)))
    assert set(cards.looked_at) == {1}
    assert LocalProbe().free_bytes(Device("cuda", 2)) == 2 * GB
    assert set(cards.looked_at) == {1, 2}


def test_inventory_has_the_gpu_with_most_memory_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are looked at where a stage may choose; precisions go by the generation."""
    Cards(monkeypatch)
    inventory = LocalProbe().inventory()
    assert str(inventory) == "cuda:2, cuda:1, cuda:0, cpu"
    newest, turing, _, _ = inventory.devices
    assert newest.compute_types["torch"] == ("float32", "float16", "bfloat16")
    assert turing.compute_types["torch"] == ("float32", "float16")


def test_inventory_of_a_gpu_without_code_in_torch_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GTX 1080 under torch for CUDA 13: diarization knows before it loads; CTranslate2 computes there."""
    Cards(monkeypatch)
    gpu = LocalProbe().inventory().find(Device("cuda", 0))
    assert gpu is not None
    assert gpu.unavailable == {
        "torch": f"torch {torch.__version__} has no code for its compute capability 6.1; "
        "install a build of torch that fits: https://pytorch.org/get-started"
    }
    assert gpu.compute_types == {"ctranslate2": ("float32",)}


def test_inventory_without_cublas_leaves_ctranslate2_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is that of the library, with the command."""
    Cards(monkeypatch)
    monkeypatch.setattr(probing, "missing_cublas", lambda: "libcublas.so.12 is missing; install it with: pip")
    gpu = LocalProbe({2}).inventory().devices[0]
    assert gpu.unavailable == {"ctranslate2": "libcublas.so.12 is missing; install it with: pip"}
    assert set(gpu.compute_types) == {"torch"}


CAPABILITIES = st.tuples(st.integers(3, 12), st.integers(0, 9))
ARCHITECTURES = st.tuples(st.sampled_from(["sm", "compute"]), CAPABILITIES).map(lambda one: (one[0], *one[1]))


@given(CAPABILITIES, st.lists(ARCHITECTURES, max_size=6))
def test_has_code_for_a_gpu_follows_cudas_compatibility(
    capability: tuple[int, int], architectures: Sequence[tuple[str, int, int]]
) -> None:
    """Binary code runs on the same major version from its minor on, PTX on all that is later; no list says nothing."""
    names = [f"{kind}_{major}{minor}" for kind, major, minor in architectures]
    binary = any(
        kind == "sm" and major == capability[0] and minor <= capability[1] for kind, major, minor in architectures
    )
    ptx = any(kind == "compute" and (major, minor) <= capability for kind, major, minor in architectures)
    assert has_code_for(capability, names) is (binary or ptx or not names)
    assert has_code_for(capability, [*names, "gfx1100"])
