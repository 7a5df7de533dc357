"""Two allocators that do not see each other: torch keeps freed blocks in a cache, where CTranslate2 misses them."""

from __future__ import annotations

import gc
import logging
import sys

from .device import Device
from .sizes import MB, format_bytes

log = logging.getLogger(__name__)

TOLERANCE = 0.05
WORTH_A_WARNING = 256 * MB


def release_caches(device: Device) -> None:
    """Collect garbage, so that dead models free their blocks, and hand torch's cached blocks back to the driver.

    Torch is not imported for this. CTranslate2 hands its own back when a model is unloaded.
    """
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is None:
        return
    if device.kind == "cuda" and torch.cuda.is_initialized():
        with torch.cuda.device(device.index):
            torch.cuda.empty_cache()
    elif device.kind == "mps":
        torch.mps.empty_cache()


def report_return(name: object, device: Device, expected: int, before: int | None, after: int | None) -> int:
    """Compare the free memory before and after an unload, in bytes; say what of `expected` was not given back.

    Returns the missing bytes, 0 where all came back within 5 %.
    """
    if before is None or after is None:
        return 0
    missing = expected - (after - before)
    if missing <= expected * TOLERANCE:
        return 0
    level = logging.WARNING if missing >= WORTH_A_WARNING and device.kind != "cpu" else logging.DEBUG
    log.log(level, "%s was unloaded from %s, and %s was not given back.", name, device, format_bytes(missing))
    return missing
