"""Save the finished batches of a recognition in a checkpoint, and restore those of an interrupted run."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any, Protocol

from ..media.part import clock
from ..plugin.roles import StageCheckpoint
from ..transcript import Removed, Word
from .batches import BatchedRecognition
from .fallback import Recognized
from .windows import Window

log = logging.getLogger(__name__)


class RecognizeBatch(Protocol):
    """Recognize windows; `language` is known after the first, and its probability if it was detected."""

    language: str | None
    language_probability: float | None

    def __call__(self, batch: Sequence[Window], before: Sequence[str]) -> Recognized:
        """Return the words of a batch of windows, and what of it was left out; `before` has the text before each."""


@dataclass
class SavedBatches:
    """Advance a `recognition`, and save each batch in the `checkpoint`, if there is one.

    `language` is the detected one, once known, and `language_probability` its probability.
    """

    recognition: BatchedRecognition
    checkpoint: StageCheckpoint | None
    language: str | None
    language_probability: float | None = None
    _is_restored: bool = field(default=False, init=False)
    _restored_size: int | None = field(default=None, init=False)

    def restore(self, work: Mapping[str, str]) -> None:
        """Restore the batches of an interrupted run of the same `work`, once; of any other, begin anew and log why."""
        if self.checkpoint is None or self._is_restored:
            return
        self._is_restored = True
        saved = list(self.checkpoint.saved())
        begun = max((index for index, record in enumerate(saved) if "work" in record), default=-1)
        before, batches = (saved[begun]["work"] if saved else {}), saved[begun + 1 :]
        if before == work:
            for record in batches:
                self._restore(record)
            if batches:
                log.info("Recognition goes on at %s.", clock(self.recognition.until))
            return
        if batches:
            changed = " and ".join(name for name in work if before.get(name) != work[name])
            log.info("The checkpoint is of another %s, so recognition begins anew.", changed)
        self.checkpoint.save({"work": work})

    def _restore(self, record: Mapping[str, Any]) -> None:
        words = tuple(_word(*fields) for fields in record["words"])
        found = Recognized(words, tuple(Removed(*fields) for fields in record["removed"]))
        self.recognition.advance(lambda windows, before: found, record["batch_size"])
        self.language, self._restored_size = record["language"], record["batch_size"]
        self.language_probability = record["language_probability"]

    def advance(self, recognize: RecognizeBatch, batch_size: int) -> bool:
        """Recognize the next batch of windows and save it; return False if none are left.

        After a run with smaller batches they stay as small, so that each has the windows that it would have had.
        """
        size = min(batch_size, self._restored_size or batch_size)

        def recognized(windows: Sequence[Window], before: Sequence[str]) -> Recognized:
            """Return what was found in these windows, saved."""
            found = recognize(windows, before)
            self.language = recognize.language
            if recognize.language_probability is not None:
                self.language_probability = recognize.language_probability
            if self.checkpoint is not None:
                fields = {
                    "words": [_fields(word) for word in found.words],
                    "removed": list(map(astuple, found.removed)),
                }
                language = {"language": self.language, "language_probability": self.language_probability}
                self.checkpoint.save({"batch_size": size, **language, **fields})
            return found

        return self.recognition.advance(recognized, size)


def _fields(word: Word) -> tuple[Any, ...]:
    return word.text, word.start, word.end, word.confidence, word.joined, word.estimated


def _word(text: str, start: float, end: float, confidence: float | None, joined: bool, estimated: bool) -> Word:
    return Word(text, start, end, confidence=confidence, joined=joined, estimated=estimated)
