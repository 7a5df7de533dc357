"""Leaving no trace: torch's switches are afterwards as they were, whatever a stage does to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

Restore = Callable[[], None]
Flag = tuple[Any, str, Any]

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

    return partial(_set_thread, torch.is_grad_enabled(), torch.get_num_threads(), torch.get_default_device())


def _set_thread(grad: bool, threads: int, device: Any) -> None:
    import torch

    torch.set_grad_enabled(grad)
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    if torch.get_default_device() != device:
        torch.set_default_device(None if device.type == "cpu" else device)


def _process_switches() -> Restore:
    import torch

    backends: Any = torch.backends  # its flags are made at run time
    flags = [(backends.cudnn, name, getattr(backends.cudnn, name)) for name in ("benchmark", "deterministic")]
    old = [(part, "allow_tf32", _old_tf32(part)) for part in (backends.cuda.matmul, backends.cudnn)]
    parts = (backends, backends.cuda.matmul, backends.cudnn, backends.cudnn.conv, backends.cudnn.rnn)
    new = [(part, "fp32_precision", part.fp32_precision) for part in parts]
    strict = torch.are_deterministic_algorithms_enabled()
    return partial(_set_process, [*flags, *old], new, strict, torch.is_deterministic_algorithms_warn_only_enabled())


def _set_process(always: Sequence[Flag], if_changed: Sequence[Flag], strict: bool, warns: bool) -> None:
    """Torch has an old and a new way to set TF32, which refuse to be read after each other: both are restored."""
    import torch

    for part, name, value in always:
        if value is not None:
            setattr(part, name, value)
    for part, name, value in if_changed:
        if getattr(part, name) != value:
            setattr(part, name, value)
    torch.use_deterministic_algorithms(strict, warn_only=warns)


def _old_tf32(part: Any) -> bool | None:
    """The old switch; None where only the new ones have been used."""
    try:
        return bool(part.allow_tf32)
    except RuntimeError:
        return None
