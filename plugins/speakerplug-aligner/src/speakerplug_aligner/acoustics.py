"""The protocol of acoustic models: audio to the probabilities of symbols, and words to symbols."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
LogProbs = npt.NDArray[np.float32]


class Acoustics(Protocol):
    """A loaded acoustic model with a CTC output.

    `frame_s` is the hop from one frame to the next in seconds, `blank` the id of CTC's blank, and `between` that of
    the symbol between two words (None if there is none). `late_s` is how long after the start of a word the model
    typically emits its first symbol, in seconds.
    """

    @property
    def frame_s(self) -> float: ...

    @property
    def late_s(self) -> float: ...

    @property
    def blank(self) -> int: ...

    @property
    def between(self) -> int | None: ...

    def log_probs(self, samples: Samples) -> LogProbs:
        """Return the log probability of each symbol in each frame, shape (frames, symbols), of 16 kHz samples (n,)."""

    def symbols(self, word: str) -> list[int]:
        """Return the ids of the symbols of a word; empty if it cannot be spelled with them."""
