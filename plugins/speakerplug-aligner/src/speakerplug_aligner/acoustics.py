"""What an acoustic model is to the aligner: sound to the probabilities of symbols, and words to symbols."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
LogProbs = npt.NDArray[np.float32]


class Acoustics(Protocol):
    """A loaded acoustic model with a CTC output.

    `frame_s` is the time from one frame to the next in seconds, `blank` the id of CTC's blank, and `between` that of
    the symbol between two words (None where there is none). `late_s` is how long after a word has begun the model is
    sure of its first symbol.
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
        """The log probability of each symbol in each frame, shape (frames, symbols), of 16 kHz samples (n,)."""

    def symbols(self, word: str) -> list[int]:
        """The ids of the symbols of a word; empty for one that cannot be spelled in them."""
