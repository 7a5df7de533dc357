"""Errors of engines: no memory, no device, or something else."""

from __future__ import annotations

import pytest
import torch

from speakerplug.devices.oom_fallback import failure_of
from speakerplug.errors import DeviceError, ModelError


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB."), "memory"),
        (RuntimeError("CUDA failed with error out of memory"), "memory"),
        (RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"), "memory"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), "memory"),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), "memory"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), "memory"),
        (MemoryError(), "memory"),
        (RuntimeError("CUDA error: unspecified launch failure"), "device"),
        (RuntimeError("CUDA failed with error CUDA driver version is insufficient for CUDA runtime version"), "device"),
        (RuntimeError("Library libcublas.so.12 is not found or cannot be loaded"), "device"),
        (OSError("libcudnn_ops.so.9: cannot be opened"), "device"),
        (RuntimeError("cuDNN failed with status CUDNN_STATUS_NOT_INITIALIZED"), "device"),
        (RuntimeError("Unable to open file 'model.bin'"), None),
        (RuntimeError("expected a tensor of 3 dimensions"), None),
        (OSError("no space left"), None),
        (ValueError("out of memory"), None),
    ],
)
def test_errors_are_told_apart(error: Exception, failure: str | None) -> None:
    """By type and by the engines' own words."""
    assert failure_of(error) == failure


def test_the_cause_counts() -> None:
    """An error that explains another fails for the same reason; one of the manager's own is final."""
    error = ModelError("cannot be loaded")
    error.__cause__ = RuntimeError("CUDA failed with error out of memory")
    assert failure_of(error) == "memory"
    final = DeviceError("does not fit")
    final.__cause__ = error
    assert failure_of(final) is None
