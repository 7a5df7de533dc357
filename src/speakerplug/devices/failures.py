"""Classify failures by the messages of torch, CTranslate2 and the libraries that they use."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..errors import DeviceError, first_line
from ..system.packages import memory_limit
from .cuda_libraries import EXTRA, OTHER_TORCH
from .device import CPU, MB
from .model_handle import ModelHandle, Placement, name_of

MEMORY = "out of memory"
LIBRARY = "library missing"
UNSUPPORTED = "unsupported"
LOST = "device lost"
OTHER = "other"
"""An error that another device would not cure."""

LITTLE_BYTES = 512 * MB
"""With less free memory, an engine that could not start up or compute had no room for its workspace."""

_DOCTOR = "run speakerplug doctor, which says what to install"
_DRIVER = "update NVIDIA's driver"


@dataclass(frozen=True, slots=True)
class Cause:
    """Messages with one of these `fragments`, in any case, where "…" stands for anything, and what has failed then.

    `source` says who words it so, `remedy` what mends it. If `or_memory`, a device that is full is the first suspect.
    """

    kind: str
    source: str
    fragments: tuple[str, ...]
    remedy: str = ""
    or_memory: bool = False

    def explains(self, message: str) -> bool:
        """Return whether the message has one of the fragments."""
        return any(_pattern(fragment).search(message) for fragment in self.fragments)


CAUSES = (
    Cause(MEMORY, "torch, CTranslate2, ONNX Runtime, HIP and MPS", ("out of memory", "OutOfMemory")),
    Cause(
        MEMORY, "torch, on the CPU", ("DefaultCPUAllocator: can't allocate", "DefaultCPUAllocator: not enough memory")
    ),
    Cause(MEMORY, "CTranslate2 on the CPU, ONNX Runtime", ("failed to allocate memory", "BFCArena")),
    Cause(MEMORY, "cuBLAS, cuDNN 8, cuFFT, hipBLAS", ("_ALLOC_FAILED",)),
    Cause(MEMORY, "cuDNN 9", ("CUDNN_STATUS…ALLOCATION_FAILED",)),
    Cause(MEMORY, "CUDA, by name", ("cudaErrorMemoryAllocation",)),
    Cause(MEMORY, "cuDNN: no algorithm had room for its workspace", ("unable to find an engine to execute",)),
    Cause(MEMORY, "torch on Jetson, WSL and MIG (pytorch#112377, #185240)", ("NVML_SUCCESS…INTERNAL ASSERT FAILED",)),
    Cause(MEMORY, "MPS (pytorch#141909)", ("Invalid buffer size",)),
    Cause(
        LIBRARY,
        "CTranslate2 without cuBLAS (faster-whisper#1431, #1402)",
        ("cublas…is not found or cannot be loaded", "Cannot load symbol cublas", "libcublas…cannot open", "cublas…dll"),
        EXTRA,
    ),
    Cause(
        LIBRARY,
        "CTranslate2, cuDNN (faster-whisper#1182, #516), Windows",
        (
            "is not found or cannot be loaded",
            "Cannot load symbol",
            "Unable to load any of {lib",
            "Could not load library libcu",
            "Could not locate cu",
            "cudnn…dll",
        ),
        _DOCTOR,
    ),
    Cause(LIBRARY, "nvrtc", ("nvrtc: error: failed to open",), _DOCTOR),
    Cause(
        LIBRARY,
        "Linux's loader, on WSL too",
        ("libcu…cannot open", "libcu…cannot be opened", "libnv…cannot open", "libMIOpen…cannot open"),
        _DOCTOR,
    ),
    Cause(
        UNSUPPORTED, "CTranslate2 on an old GPU (faster-whisper#806)", ("parallel_for failed: cudaErrorNoKernelImage",)
    ),
    Cause(
        UNSUPPORTED,
        "torch without code for the GPU, NVIDIA's or AMD's (pytorch#164346)",
        ("no kernel image is available", "invalid device function", "invalid value for --gpu-architecture"),
        OTHER_TORCH,
    ),
    Cause(
        UNSUPPORTED,
        "cuBLAS, for 8-bit numbers on some GPUs",
        ("CUBLAS_STATUS_NOT_SUPPORTED", "CUBLAS_STATUS_ARCH_MISMATCH"),
        "use --compute-type float16",
    ),
    Cause(
        UNSUPPORTED,
        "torch and CTranslate2 with an old driver",
        ("driver version is insufficient", "driver on your system is too old", "PTX was compiled with an unsupported"),
        _DRIVER,
    ),
    Cause(UNSUPPORTED, "torch and CTranslate2 built for the CPU alone", ("not compiled with CUDA",), OTHER_TORCH),
    Cause(UNSUPPORTED, "torch", ("Found no NVIDIA driver",), "install NVIDIA's driver"),
    Cause(
        UNSUPPORTED,
        "MPS (pytorch#77764, #122602)",
        (
            "not currently implemented for the MPS device",
            "MPS framework doesn't support",
            "at the MPS device",
            "supported by the MPS backend",
        ),
    ),
    Cause(
        LOST,
        "cuBLAS, cuDNN and cuFFT (pytorch#119420), MIOpen (MIOpen#1994), hipBLAS",
        (
            "STATUS_NOT_INITIALIZED",
            "STATUS_EXECUTION_FAILED",
            "STATUS_INTERNAL_ERROR",
            "CUFFT_INTERNAL_ERROR",
            "miopenStatus",
        ),
        or_memory=True,
    ),
    Cause(
        LOST,
        "cuBLAS, cuDNN, cuFFT, hipBLAS and nvrtc in all other words",
        ("CUBLAS_STATUS_", "CUDNN_STATUS_", "cuDNN error", "cuFFT error", "CUFFT_", "HIPBLAS_STATUS_", "nvrtc: error"),
    ),
    Cause(
        LOST,
        "torch, CTranslate2 and ONNX Runtime on CUDA in all other words",
        ("CUDA error", "CUDA failed", "CUDA failure", "CUDA driver", "CUDA unknown error", "cudaError", "No CUDA GPUs"),
    ),
    Cause(LOST, "torch on ROCm in all other words", ("HIP error", "HIP failure", "hipError", "No HIP GPUs")),
    Cause(LOST, "MPS in all other words", ("MPS backend",)),
)
"""The first that explains a message counts; docs/reference/gpu-errors.md shows them."""


def failure_of(error: BaseException) -> str:
    """Return the kind of failure: MEMORY, LIBRARY, UNSUPPORTED, LOST or OTHER; the causes of the error count, too."""
    cause = _cause_of(error)
    return cause.kind if cause else OTHER


def _cause_of(error: BaseException) -> Cause | None:
    chain = tuple(_chain(error))
    if any(isinstance(one, DeviceError) for one in chain):  # it has its hint already
        return None
    if any(isinstance(one, MemoryError) or type(one).__name__ == "OutOfMemoryError" for one in chain):
        return CAUSES[0]
    messages = [str(one) for one in chain if _is_of_engine(one)]
    return next((cause for cause in CAUSES if any(map(cause.explains, messages))), None)


def _is_of_engine(error: BaseException) -> bool:
    """Return whether an error is of a type that engines raise; those of ONNX Runtime are of types of its own.

    TypeError is for MPS, AssertionError for a torch that is built for the CPU alone.
    """
    if isinstance(error, OSError) and error.filename is not None:  # of a file, whose name may say anything
        return False
    known = (RuntimeError, OSError, TypeError, AssertionError)
    return isinstance(error, known) or type(error).__module__.startswith("onnxruntime")


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__


def _pattern(fragment: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, fragment.split("…"))), re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of some `kind`; `error` keeps no model alive any more, and `remedy` fixes it, if one is known."""

    kind: str
    error: Exception
    remedy: str = ""
    or_memory: bool = False

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Return the failure, and clear the frames that `error` came through; raise it if no other device cures it."""
        cause = _cause_of(error)
        if cause is None:
            raise error
        let_go(error)
        return cls(cause.kind, error, cause.remedy, cause.or_memory)

    def with_free(self, free_bytes: int | None) -> Failure:
        """Return the failure, reclassified by the free memory on the device in bytes; None is unknown."""
        is_full = free_bytes is not None and free_bytes < LITTLE_BYTES
        return replace(self, kind=MEMORY, remedy="") if self.or_memory and is_full else self

    def as_error(self, handle: ModelHandle, placement: Placement) -> DeviceError:
        """Return the error, with a hint, to raise where no step is left."""
        failed = f"{name_of(handle)} failed on {placement} ({first_line(self.error)})"
        if self.kind == LOST:
            return DeviceError(f"{failed}; choose another --device. With --isolate such a failure stays in one stage.")
        if self.kind != MEMORY:
            return DeviceError(f"{failed}; {f'{self.remedy}, or ' if self.remedy else ''}choose another --device.")
        limit = memory_limit() if placement.device == CPU else None
        given = f"memory is limited to {limit / 1e9:.1f} GB (ulimit -v): " if limit else ""
        return DeviceError(f"{failed}; {given}choose {'more' if given else 'another --device'}, or a smaller model.")


def let_go(error: BaseException) -> None:
    """Clear the frames that an error came through, which keep alive what they computed."""
    for one in _related(error):  # what it followed keeps as much alive as what caused it
        traceback.clear_frames(one.__traceback__)


def _related(error: BaseException) -> list[BaseException]:
    """Return the error, its causes and what was being handled when each of them was raised."""
    found: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is not None and one not in found:
            found.append(one)
            left += [one.__cause__, one.__context__]
    return found
