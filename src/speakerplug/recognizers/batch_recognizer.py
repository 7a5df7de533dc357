"""Recognize batches of windows with faster-whisper, and those in which Whisper fails once more, otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from functools import partial
from itertools import chain
from typing import Any

from ..media.waveform import Waveform
from ..plugin.roles import RecognitionRequest
from ..system.threads import started
from ..transcript import Removed, Word
from .batches import missed_speech
from .fallback import REPETITION_PENALTY, SHORTER_S, Decoded, Recognized, inside, shorter
from .language import detected_language, tell_other_language
from .window_audio import WindowAudio
from .windows import Span, Window
from .words import words_of

FRAMES_PER_S = 100
"""Of Whisper's features, in which faster-whisper says where a window starts."""
NOTHING = Decoded((), "", 0.0)


class BatchRecognizer:
    """Recognize batches of windows with faster-whisper; before the first, the `language` is detected or checked.

    Each batch is divided among as many workers as the model has. `language_probability` is that of the detected one;
    None if it was given, or the model has only one.
    """

    def __init__(self, model: Any, waveform: Waveform, speech: Sequence[Span], request: RecognitionRequest) -> None:
        self.language = request.language
        self.language_probability: float | None = None
        self._model, self._has_detected = model, False
        self._waveform, self._speech, self._request = waveform, speech, request

    def __call__(self, batch: Sequence[Window], before: Sequence[str] = ()) -> Recognized:
        """Return the words of these windows, each worker's share of them recognized in a thread of its own.

        `before` has the text before each of them, "" where it is not known: it is added to the prompt.
        """
        if not self._has_detected:
            self._detect_language()
            self._has_detected = True
        size = -(-len(batch) // self._model.model.num_workers)
        shares = [(batch[first : first + size], before[first : first + size]) for first in range(0, len(batch), size)]
        others = [started(partial(self._recognized, *share), "recognition") for share in shares[1:]]
        try:
            found = [self._recognized(*shares[0])]
        finally:
            wait(others)  # the model may be unloaded next
        found += [other.result() for other in others]
        words, removed = zip(*((each.words, each.removed) for each in found), strict=True)
        return Recognized(tuple(chain(*words)), tuple(chain(*removed)))

    def _recognized(self, batch: Sequence[Window], before: Sequence[str]) -> Recognized:
        """Return the words of these windows; those in which Whisper fails are recognized again, in shorter ones."""
        words: list[Word] = []
        removed: list[Removed] = []
        for window, decoded in zip(batch, self._in_context(batch, before), strict=True):
            if decoded.defect is None:
                words += decoded.words
                continue
            for part, found in self._again(window, SHORTER_S, len(batch)):
                if found.is_usable:
                    words += found.words
                elif found.words:
                    removed += [Removed(start, end, decoded.defect) for start, end in part]
        return Recognized(tuple(words), tuple(removed))

    def _detect_language(self) -> None:
        """Detect the language, or say that another than the given one is spoken."""
        if not self._model.model.is_multilingual:
            self.language = self.language or "en"
            return
        detected = detected_language(self._model, self._waveform, self._speech, self.language)
        if detected is not None and self.language is None:
            self.language, self.language_probability = detected
        else:
            tell_other_language(self.language, detected)

    def _in_context(self, batch: Sequence[Window], before: Sequence[str]) -> list[Decoded]:
        """Return what Whisper finds in each window after the text `before` it; one by one, as a batch has one prompt.

        A prompt makes Whisper skip passages that it recognizes without one: the window with fewer of them counts.
        """
        if not any(before):
            return self._decoded(batch)
        found = []
        for window, text in zip(batch, before, strict=True):
            (decoded,) = self._decoded([window], text)
            if text and self._skipped_s(window, decoded):
                (alone,) = self._decoded([window])
                decoded = min(decoded, alone, key=partial(self._skipped_s, window))
            found.append(decoded)
        return found

    def _skipped_s(self, window: Window, decoded: Decoded) -> float:
        """Return the seconds of speech in a window that no word covers."""
        speech = [part for start, end in window for part in inside(self._speech, start, end)]
        return sum(end - start for start, end in missed_speech(speech, decoded.words))

    def _again(self, window: Window, lengths_s: Sequence[float], batch_size: int) -> Iterator[tuple[Window, Decoded]]:
        """Yield shorter windows and what is found in each, the first attempt where nothing helps."""
        parts = shorter(window, self._speech, lengths_s[0])
        for first in range(0, len(parts), batch_size):
            batch = parts[first : first + batch_size]
            for part, decoded in zip(batch, self._decoded(batch), strict=True):
                again = decoded
                if decoded.defect is not None:
                    (again,) = self._decoded([part], repetition_penalty=REPETITION_PENALTY)
                if not again.is_usable and lengths_s[1:] and again.words:
                    yield from self._again(part, lengths_s[1:], batch_size)
                else:
                    yield part, again if again.is_usable else decoded

    def _decoded(self, batch: Sequence[Window], before: str = "", **options: Any) -> list[Decoded]:
        """Return what Whisper finds in each window; nothing is computed lazily."""
        from faster_whisper import BatchedInferencePipeline

        audio = WindowAudio(self._waveform, batch)
        pipeline = BatchedInferencePipeline(self._model)  # one a call, as it keeps the end of the last segment
        segments, _ = pipeline.transcribe(
            audio.samples,
            language=self.language,
            task=self._request.task,
            initial_prompt=" ".join(filter(None, (self._request.prompt, before))) or None,
            hotwords=self._request.hotwords,
            without_timestamps=False,  # with them Whisper skips fewer passages, and word times are more accurate
            word_timestamps=True,
            clip_timestamps=audio.clips,
            batch_size=len(batch),
            **options,
        )
        found: dict[int, list[Any]] = {}
        for segment in segments:
            found.setdefault(segment.seek, []).append(segment)
        return [_decoded_of(found.get(int(clip["start"] * FRAMES_PER_S), []), audio) for clip in audio.clips]


def _decoded_of(segments: Sequence[Any], audio: WindowAudio) -> Decoded:
    """Return what the segments of one window have in common, and their words at their times in the recording."""
    if not segments:
        return NOTHING
    words = tuple(audio.restored(word) for word in words_of(segments))
    text = "".join(segment.text for segment in segments)
    return Decoded(words, text, segments[0].avg_logprob, segments[0].no_speech_prob)
