"""Torch's process-wide state: how its threads wait, its streams, and switches that are restored."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

from .device import Device

SPINS = "1000"
"""Measured with benchmarks/busy_machine.py: enough on an idle machine, few on a busy one."""

_guard = threading.Lock()
_inside = 0
_restore_process: Callable[[], None] | None = None


def prepare_import() -> None:
    """Set what torch and CTranslate2 read from the environment when they are imported, unless it is set there already.

    Waiting threads sleep early: by default GNU's OpenMP lets them spin 300,000 times, and next to another program that
    computes they take the CPU from the threads that they wait for. What the GPU of a Mac cannot compute is computed on
    its CPU. In a program that has imported them already, this has no effect; child processes inherit it.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    if sys.platform == "darwin":
        os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")


@contextmanager
def own_stream(device: Device) -> Iterator[None]:
    """Have torch compute in a stream of its own in this thread until the block ends; nothing changes off a CUDA device.

    By default torch computes in the legacy default stream, with which CTranslate2's streams synchronize: models of both
    in two threads would take turns. Torch is imported.
    """
    if device.kind != "cuda":
        yield
        return
    import torch

    with torch.cuda.stream(_stream(device.index)):
        yield


@lru_cache
def _stream(index: int) -> Any:
    """Return the stream of a GPU; always the same, because torch's cached memory belongs to a stream."""
    import torch

    cuda: Any = torch.cuda
    return cuda.Stream(index)


@contextmanager
def switches_kept() -> Iterator[None]:
    """Restore TF32, cuDNN's and the determinism's flags, grad mode, thread count and default device after the block.

    Some are the thread's, the others the whole process's: of blocks that overlap in several threads, the first saves
    these and the last restores them. Torch is imported.
    """
    global _inside, _restore_process
    import torch

    grad, threads, device = torch.is_grad_enabled(), torch.get_num_threads(), _default_device()
    with _guard:
        if _inside == 0:
            _restore_process = _process_switches()
        _inside += 1
    try:
        yield
    finally:
        with _guard:
            _inside -= 1
            if _inside == 0 and _restore_process is not None:
                _restore_process()
                _restore_process = None
        torch.set_grad_enabled(grad)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        if _default_device() != device:
            torch.set_default_device(None if device.type == "cpu" and _is_since_2_9() else device)


def _default_device() -> Any:
    """Return the device of new tensors; torch 2.8 cannot tell after the default was set to None."""
    import torch

    return torch.empty(0).device


@contextmanager
def full_precision(device: Device) -> Iterator[None]:
    """Have torch compute in 32-bit floats, not in TF32, and in a stream of its own, until the block ends."""
    with switches_kept(), own_stream(device):
        if device.kind == "cuda":
            disable_tf32()
        yield


def disable_tf32() -> None:
    """Turn TF32 off by torch's new switches and by its old ones; call it inside `switches_kept`.

    pyannote turns it off by the old ones, before it computes on a CUDA device, and fails in a program that has used the
    new ones: then the old ones cannot be read.
    """
    import torch

    for part in _tf32_parts():
        part.fp32_precision = "ieee"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False


def _tf32_parts() -> tuple[Any, ...]:
    """Return what has a switch of the new kind: nothing before torch 2.9."""
    import torch

    backends: Any = torch.backends  # its flags are made at run time
    if not _is_since_2_9():
        return ()
    return backends, backends.cuda.matmul, backends.cudnn, backends.cudnn.conv, backends.cudnn.rnn


def _is_since_2_9() -> bool:
    import torch

    return hasattr(torch.backends.cudnn, "conv")


def _process_switches() -> Callable[[], None]:
    """Return a function that restores the switches of the process as they are now."""
    import torch

    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    # Torch has an old and a new way to set TF32, which refuse to be read after each other: both are restored.
    old = [(cudnn, "benchmark"), (cudnn, "deterministic"), (matmul, "allow_tf32"), (cudnn, "allow_tf32")]
    places = [*old, *((part, "fp32_precision") for part in _tf32_parts())]
    flags = [(part, name, _read(part, name)) for part, name in places]
    strict, warns = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    return partial(_set_process, flags, strict, warns)


def _set_process(flags: list[tuple[Any, str, Any]], strict: bool, warns: bool) -> None:
    import torch

    for part, name, value in flags:
        if value is not None and _read(part, name) != value:
            setattr(part, name, value)
    torch.use_deterministic_algorithms(strict, warn_only=warns)


def _read(part: Any, name: str) -> Any:
    """Return a switch; None for an old one that cannot be read, after the new ones were used."""
    try:
        return getattr(part, name)
    except RuntimeError:
        return None
