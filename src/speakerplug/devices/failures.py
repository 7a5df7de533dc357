"""Telling by an error what has failed: the memory of a device, the device itself, or something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import DeviceError

MEMORY = "memory"
DEVICE = "device"

# The words of torch, CTranslate2, cuBLAS, cuDNN, ONNX Runtime and MPS.
_MEMORY = re.compile(
    r"out of memory|CUDNN_STATUS_ALLOC_FAILED|CUBLAS_STATUS_ALLOC_FAILED|cudaErrorMemoryAllocation"
    r"|failed to allocate memory|DefaultCPUAllocator: can't allocate|BFCArena",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"CUDA error|CUDA failed|CUDA driver|cuDNN error|CUDNN_STATUS_|CUBLAS_STATUS_|cudaError"
    r"|lib(cudnn|cublas|cudart|cuda|nvrtc)[\w.:-]* (is not found|cannot be)|(cudnn|cublas)\w*\.dll"
    r"|Unable to load any of \{?lib|no kernel image|No CUDA GPUs|device-side assert|MPS backend",
    re.IGNORECASE,
)


def failure_of(error: BaseException) -> str | None:
    """MEMORY, DEVICE, or None for an error that another device would not cure; what caused `error` counts too."""
    chain = tuple(_causes(error))
    if any(isinstance(one, DeviceError) for one in chain):  # said already, with its remedy
        return None
    if any(isinstance(one, MemoryError) or type(one).__name__ == "OutOfMemoryError" for one in chain):
        return MEMORY
    texts = [str(one) for one in chain if isinstance(one, (RuntimeError, OSError))]
    if any(map(_MEMORY.search, texts)):
        return MEMORY
    return DEVICE if any(map(_DEVICE.search, texts)) else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__
