"""hama's phoneme model: a small Conformer with a CTC output, in English and Korean, on the CPU."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

import numpy as np

from speakerplug.plugin import MemoryEstimate, ModelError, ModelHandleBase, Placement

from .acoustics import LogProbs, Samples

MB = 1024**2
APOSTROPHES = "'\u2019"


class PhonemeHandle(ModelHandleBase):
    """The handle of the phoneme model, whose weights are in hama's package."""

    key = "hama"
    stage = "aligner"
    kinds = ("cpu",)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Return the memory estimate, measured on windows of 25 s."""
        return MemoryEstimate(weights_bytes=30 * MB, working_bytes=200 * MB)

    def load(self, placement: Placement) -> Any:
        """Load the model; raises ModelError if its package is missing or damaged."""
        try:
            return Phonemes()
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            raise ModelError(
                f"The phoneme model cannot be loaded ({error}); install it with: pip install hama==1.7.0"
            ) from error

    def unload(self, model: Any) -> None:
        """Do nothing: its engine frees it with its last reference."""


class Phonemes:
    """Maps audio to IPA phonemes, every 20 ms, and words to phonemes by hama's grapheme-to-phoneme model."""

    frame_s = 0.02
    # The medians of four recordings of three kinds, aligned in other ways, were 0.07 to 0.1 s; this is slightly less.
    late_s = 0.06

    def __init__(self) -> None:
        import hama

        self._model = hama.ASRModel()
        self._spelling = hama.G2PModel()
        self._ids = {token: number for number, token in enumerate(self._model.decoder_tokens)}
        self.blank: int = self._model.blank_id
        self.between: int | None = self._ids.get("<wb>")
        self.symbols = lru_cache(maxsize=10_000)(self._symbols)

    def log_probs(self, samples: Samples) -> LogProbs:
        """Return the log probability of each phoneme, shape (frames, phonemes)."""
        feeds = {"waveform": samples[None, :], "waveform_lengths": np.array([len(samples)], np.int64)}
        found, lengths = self._model.session.run(["log_probs", "out_lengths"], feeds)
        log_probs: LogProbs = np.asarray(found[0, : int(np.asarray(lengths).reshape(-1)[0])], np.float32)
        return log_probs

    def _symbols(self, word: str) -> list[int]:
        """Return the phonemes of a word in the scripts that the model knows: Latin and Hangul."""
        letters = "".join(c for c in unicodedata.normalize("NFC", word.casefold()) if c.isalpha() or c in APOSTROPHES)
        if not letters or any(c.isdigit() for c in word) or not all(map(_is_known, letters)):
            return []
        phonemes = [
            alignment.phoneme
            for alignment in self._spelling.predict(letters.replace(APOSTROPHES[1], APOSTROPHES[0])).alignments
        ]
        return [self._ids[phoneme] for phoneme in phonemes if phoneme in self._ids and phoneme.strip()]


def _is_known(letter: str) -> bool:
    return letter in APOSTROPHES or unicodedata.name(letter, "").startswith(("LATIN", "HANGUL"))
