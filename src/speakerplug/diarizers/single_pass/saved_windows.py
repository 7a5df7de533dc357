"""The masks of segmentation windows in a checkpoint: what an interrupted run has found is not computed again.

They say when someone talks, and nothing about who it is: speech segments are embedded again.
"""

from __future__ import annotations

import base64
import logging
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...plugin.roles import StageCheckpoint
from .segments import Masks

log = logging.getLogger(__name__)

RECORD_WINDOWS = 300
"""Windows in each record: ten minutes of audio, where they begin two seconds apart."""


class SavedWindows:
    """The windows that a checkpoint holds; those that follow are added to it.

    `saved` are those of an interrupted run; with `keep`, all masks of the recording remain in `kept`.
    """

    def __init__(self, checkpoint: StageCheckpoint | None, keep: bool = False) -> None:
        self._checkpoint, self._keep = checkpoint, keep
        self.saved: tuple[Masks, ...] = ()
        self.kept: list[Masks] = []

    def begin(self, work: Mapping[str, str]) -> None:
        """Begin with the first window; know those that the checkpoint holds of the same `work`.

        With those of other work, begin anew and log why. Each time that the recording is begun again, call it again.
        """
        self._seen = 0
        self._new: list[Masks] = []
        self.kept = []
        if self._checkpoint is None:
            return
        records = list(self._checkpoint.saved())
        begun = max((index for index, record in enumerate(records) if "work" in record), default=-1)
        before, windows = (records[begun]["work"] if records else {}), records[begun + 1 :]
        if before == work:
            self.saved = tuple(mask for record in windows for mask in unpacked(record))
            return
        if windows:
            changed = " and ".join(name for name in work if before.get(name) != work[name])
            log.info("The checkpoint is of another %s, so diarization begins anew.", changed)
        self.saved = ()
        self._checkpoint.save({"work": work})

    def add(self, mask: Masks) -> None:
        """Take the mask of the next window."""
        self._seen += 1
        if self._keep:
            self.kept.append(mask)
        if self._checkpoint is None or self._seen <= len(self.saved):
            return
        self._new.append(mask)
        if len(self._new) == RECORD_WINDOWS:
            self._checkpoint.save(packed(self._new))
            self.saved += tuple(self._new)
            self._new = []


def packed(masks: Sequence[Masks]) -> dict[str, Any]:
    """Return masks, all (frames, local speakers), as what JSON can hold."""
    speakers = max(mask.shape[1] for mask in masks)
    wide = np.stack([np.pad(mask, ((0, 0), (0, speakers - mask.shape[1]))) for mask in masks])
    data = base64.b85encode(zlib.compress(np.packbits(wide).tobytes()))
    return {"shape": list(wide.shape), "windows": data.decode()}


def unpacked(record: Any) -> list[Masks]:
    """Return the masks of a record."""
    shape = tuple(record["shape"])
    bits = np.frombuffer(zlib.decompress(base64.b85decode(record["windows"])), np.uint8)
    return list(np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape))
