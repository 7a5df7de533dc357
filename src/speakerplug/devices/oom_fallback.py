"""The out-of-memory fallback: what has failed, and how a model goes on after it.

With a smaller batch, then alone on the device, then in a smaller precision, then on another device.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..errors import DeviceError, first_line
from ..system.packages import memory_limit
from .device import CPU, Device
from .model_handle import ModelHandle, Placement, name_of

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
    """Return MEMORY, DEVICE, or None for an error that another device would not cure; what caused it counts too."""
    chain = tuple(_chain(error, "__cause__"))
    if any(isinstance(one, DeviceError) for one in chain):  # said already, with its remedy
        return None
    if any(isinstance(one, MemoryError) or type(one).__name__ == "OutOfMemoryError" for one in chain):
        return MEMORY
    texts = [str(one) for one in chain if isinstance(one, (RuntimeError, OSError))]
    if any(map(_MEMORY.search, texts)):
        return MEMORY
    return DEVICE if any(map(_DEVICE.search, texts)) else None


def _chain(error: BaseException, link: str) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = getattr(current, link)


def _related(error: BaseException) -> list[BaseException]:
    """The error, its causes and what was being handled when each of them was raised."""
    found: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is not None and one not in found:
            found.append(one)
            left += [one.__cause__, one.__context__]
    return found


@dataclass(frozen=True, slots=True)
class Failure:
    """What has failed, MEMORY or DEVICE, by an `error` that keeps nothing alive any more."""

    kind: str
    error: Exception

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Tell what has failed, and let go of all that `error` came through; raise it if no other device cures it."""
        kind = failure_of(error)
        if kind is None:
            raise error
        for one in _related(error):  # what it followed keeps as much alive as what caused it
            traceback.clear_frames(one.__traceback__)
        return cls(kind, error)

    def as_error(self, handle: ModelHandle, placement: Placement) -> DeviceError:
        """Return what to raise where no step is left, with the remedy."""
        limit = memory_limit() if self.kind == MEMORY and placement.device == CPU else None
        given = f"memory is limited to {limit / 1e9:.1f} GB (ulimit -v): " if limit else ""
        return DeviceError(
            f"{name_of(handle)} failed on {placement} ({first_line(self.error)}); "
            f"{given}choose {'more' if given else 'another --device'}, or a smaller model."
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """What experience has taught about one model: how far up it may go from now on.

    Nothing else may be on the device `alone_on`. `batch_size`: at most so many items, None if no bound is known.
    """

    batch_size: int | None = None
    alone_on: Device | None = None
    no_compute_types: frozenset[str] = frozenset()
    no_devices: frozenset[Device] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the fallback: the new limits, what is done, to be said in a sentence, and where to go on.

    Without a `placement` the model is to be planned anew, within the limits.
    """

    limits: Limits
    action: str
    placement: Placement | None = None


def next_step(
    handle: ModelHandle,
    placement: Placement,
    failure: str,
    limits: Limits,
    *,
    compute_types: Callable[[], Sequence[str]],
    in_company: bool,
    is_explicit: bool,
) -> Step | None:
    """Return how to go on after `placement` failed; None where nothing is left.

    `compute_types` gives those to choose from there, best first; `in_company` says that other models are loaded on
    the device; an `is_explicit` device, which the user asked for, is not left, and nor is the CPU.
    """
    device = placement.device
    if failure == MEMORY:
        smaller = [size for size in handle.sizes_on(device.kind) if size < placement.batch_size]
        if smaller:
            size = max(smaller)
            need = handle.need(device.kind, placement.compute_type, size)
            known = replace(limits, batch_size=size)
            return Step(known, f"going on with a batch of {size}", replace(placement, batch_size=size, need=need))
        if in_company and limits.alone_on != device:
            return Step(replace(limits, alone_on=device), f"going on alone on {device}", placement)
        spent = limits.no_compute_types | {placement.compute_type}
        here = placement.need.total_bytes
        left = [
            name
            for name in compute_types()
            if name not in spent and handle.need(device.kind, name, placement.batch_size).total_bytes < here
        ]
        if left:
            return Step(replace(limits, no_compute_types=spent), f"going on in {left[0]}")
    if is_explicit or device == CPU:
        return None
    # Elsewhere every batch size, every precision and company are open again.
    return Step(Limits(no_devices=limits.no_devices | {device}), f"going on without {device}")
