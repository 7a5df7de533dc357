"""Leaving no trace: torch's switches are afterwards as they were, whatever a stage does to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Restore = Callable[[], None]

_guard = threading.Lock()
_inside = 0
_restore_process: Restore | None = None


@contextmanager
def switches_kept() -> Iterator[None]:
    """Restore TF32, cuDNN's and the determinism's flags, grad mode, thread count and default device after the block.

    Some are the thread's, the others the whole process's: of blocks that overlap in several threads, the first saves
    these and the last restores them. Torch is imported.
    """
    restore_thread = _thread_switches()
    _enter()
    try:
        yield
    finally:
        _leave()
        restore_thread()


def _enter() -> None:
    global _inside, _restore_process
    with _guard:
        if _inside == 0:
            _restore_process = _process_switches()
        _inside += 1


def _leave() -> None:
    global _inside, _restore_process
    with _guard:
        _inside -= 1
        if _inside == 0 and _restore_process is not None:
            _restore_process()
            _restore_process = None


def _thread_switches() -> Restore:
    import torch

    grad, threads, device = torch.is_grad_enabled(), torch.get_num_threads(), torch.get_default_device()

    def restore() -> None:
        torch.set_grad_enabled(grad)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        if torch.get_default_device() != device:
            torch.set_default_device(None if device.type == "cpu" else device)

    return restore


def _process_switches() -> Restore:
    import torch

    backends: Any = torch.backends  # its flags are made at run time
    tf32, benchmark, cudnn = _tf32_switches(), backends.cudnn.benchmark, backends.cudnn.deterministic
    strict = torch.are_deterministic_algorithms_enabled()
    warns = torch.is_deterministic_algorithms_warn_only_enabled()

    def restore() -> None:
        tf32()
        backends.cudnn.benchmark, backends.cudnn.deterministic = benchmark, cudnn
        torch.use_deterministic_algorithms(strict, warn_only=warns)

    return restore


def _tf32_switches() -> Restore:
    """Torch has an old and a new way to set them, which refuse to be read after each other: both are restored."""
    import torch

    backends: Any = torch.backends
    old = [(part, _old_tf32(part)) for part in (backends.cuda.matmul, backends.cudnn)]
    parts = (backends, backends.cuda.matmul, backends.cudnn, backends.cudnn.conv, backends.cudnn.rnn)
    new = [(part, part.fp32_precision) for part in parts if hasattr(part, "fp32_precision")]

    def restore() -> None:
        for part, allowed in old:
            if allowed is not None:
                part.allow_tf32 = allowed
        for part, precision in new:
            if part.fp32_precision != precision:
                part.fp32_precision = precision

    return restore


def _old_tf32(part: Any) -> bool | None:
    """The old switch; None where only the new ones have been used."""
    try:
        return bool(part.allow_tf32)
    except RuntimeError:
        return None
