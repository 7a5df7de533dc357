"""Windows in which Whisper fails are recognized again, and what stays wrong is left out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import faster_whisper
import numpy as np
import pytest

from speakerplug.media.waveform import Waveform
from speakerplug.plugin.roles import RecognitionRequest
from speakerplug.recognizers.batch_recognizer import BatchRecognizer
from speakerplug.recognizers.fallback import REPEATS
from speakerplug.recognizers.windows import Span
from speakerplug.transcript import Removed

SPEECH = [(0.0, 13.0), (13.5, 27.0), (40.0, 50.0)]
WINDOWS = [((0.0, 27.0),), ((40.0, 50.0),)]
SAMPLES = np.repeat(np.arange(60, dtype=np.float32) / 100, 16_000)
"""The value of each sample says in which second it is."""


MULTILINGUAL, ENGLISH, TWO_WORKERS = (
    SimpleNamespace(
        model=SimpleNamespace(is_multilingual=is_multilingual, num_workers=workers),
        detect_language=lambda samples: ("en", 0.4, [("en", 0.4)]),
    )
    for is_multilingual, workers in ((True, 1), (False, 1), (True, 2))
)


class Whisper:
    """Find a word a second, "w" and the second; loop in clips of more than `loops_s` or, until penalized, any in `bad`.

    Seconds of `hopeless` loop whatever is done.
    """

    def __init__(self, loops_s: float = 99.0, bad: Span = (0.0, 0.0), hopeless: Span = (0.0, 0.0)) -> None:
        self.clips: list[Span] = []
        self._loops_s, self._bad, self._hopeless = loops_s, bad, hopeless
        self.silent: Span | None = None

    def transcribe(
        self, samples: Any, *, clip_timestamps: Sequence[dict[str, float]], repetition_penalty: float = 1.0, **_: Any
    ) -> tuple[list[Any], Any]:
        """Return a segment for each clip, as faster-whisper does."""
        segments = []
        for clip in clip_timestamps:
            first, last = int(clip["start"] * 16_000), int(clip["end"] * 16_000)
            seconds = sorted({round(float(value) * 100) for value in samples[first:last]})
            self.clips.append((seconds[0], seconds[-1] + 1.0))
            length = clip["end"] - clip["start"]
            if self.silent and len(self._within(seconds, self.silent)) == len(seconds) - 1:
                continue
            is_bad = bool(self._within(seconds, self._bad)) and repetition_penalty == 1.0
            loops = length > self._loops_s or is_bad or bool(self._within(seconds, self._hopeless))
            texts = [" yes"] * 99 if loops else [f" w{second}" for second in seconds]
            words = [
                SimpleNamespace(
                    word=text,
                    start=clip["start"] + index,
                    end=clip["start"] + index + (0.0 if loops else 0.5),
                    probability=0.9,
                )
                for index, text in enumerate(texts[: int(length)])
            ]
            segments.append(
                SimpleNamespace(
                    seek=int(clip["start"] * 100),
                    words=words,
                    text="".join(texts),
                    avg_logprob=-0.2,
                    no_speech_prob=0.1,
                )
            )
        return segments, None

    def _within(self, seconds: Sequence[int], span: Span) -> list[int]:
        return [second for second in seconds if span[0] <= second < span[1]]


def recognized(whisper: Whisper, monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], tuple[Removed, ...]]:
    """Return the words of both windows and what was left out of them."""
    monkeypatch.setattr(faster_whisper, "BatchedInferencePipeline", lambda model: whisper)
    recognizer = BatchRecognizer(MULTILINGUAL, Waveform.of(SAMPLES), SPEECH, RecognitionRequest())
    found = recognizer(WINDOWS)
    assert recognizer.language == "en"
    assert all(word.start is not None and int(word.text[1:]) - 1 <= word.start for word in found.words)
    return {word.text for word in found.words}, found.removed


def test_batch_is_divided_among_workers_with_the_same_words_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each works in a thread of its own."""
    threads = set()

    class Pipeline(Whisper):
        """Tell in which thread it is called."""

        def transcribe(self, *args: Any, **options: Any) -> tuple[list[Any], Any]:
            """Recognize one share."""
            threads.add(threading.current_thread().name)
            return super().transcribe(*args, **options)

    monkeypatch.setattr(faster_whisper, "BatchedInferencePipeline", lambda model: Pipeline())
    one, two = (
        BatchRecognizer(model, Waveform.of(SAMPLES), SPEECH, RecognitionRequest())([*WINDOWS, ((55.0, 58.0),)])
        for model in (MULTILINGUAL, TWO_WORKERS)
    )
    assert [word.text for word in one.words] == [word.text for word in two.words]
    assert len(threads) == 2


@pytest.mark.parametrize(
    ("prompt", "before", "given"),
    [
        (None, ["", ""], [None]),
        ("Ana, Ben.", ["", ""], ["Ana, Ben."]),
        ("Ana.", (), ["Ana."]),
        (None, ["And then", ""], ["And then", None]),
        ("Ana.", ["And", "But"], ["Ana. And", "Ana. But"]),
    ],
)
def test_text_before_each_window_is_added_to_the_prompt(
    prompt: str | None, before: Sequence[str], given: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whisper goes on in its style, one window after the other; without any, all of them are one batch."""
    prompts = []

    class Pipeline(Whisper):
        """Tell the prompt."""

        def transcribe(self, *args: Any, **options: Any) -> tuple[list[Any], Any]:
            """Recognize with it."""
            prompts.append(options["initial_prompt"])
            return super().transcribe(*args, **options)

    monkeypatch.setattr(faster_whisper, "BatchedInferencePipeline", lambda model: Pipeline())
    BatchRecognizer(MULTILINGUAL, Waveform.of(SAMPLES), SPEECH, RecognitionRequest(prompt=prompt))(WINDOWS, before)
    assert prompts == given


@pytest.mark.parametrize(("recognized_s", "calls"), [(27, 1), (26, 2), (3, 2)])
def test_window_that_a_prompt_silences_is_recognized_without_it(
    recognized_s: int, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the prompt the words end early; what misses less of the speech counts. A whole window is decoded once."""
    decoded = []

    class Pipeline(Whisper):
        """Stop early if there is a prompt."""

        def transcribe(self, *args: Any, **options: Any) -> tuple[list[Any], Any]:
            """Recognize the first seconds, or all."""
            decoded.append(options["initial_prompt"])
            (segment,), info = super().transcribe(*args, **options)
            segment.words = segment.words[: recognized_s if options["initial_prompt"] else None]
            for word in segment.words:
                word.end = word.start + 1.0
            return [segment], info

    monkeypatch.setattr(faster_whisper, "BatchedInferencePipeline", lambda model: Pipeline())
    recognizer = BatchRecognizer(MULTILINGUAL, Waveform.of(SAMPLES), SPEECH, RecognitionRequest())
    found = recognizer(WINDOWS[:1], ["And then"])
    assert len(decoded) == calls
    assert len(found.words) == 27


def test_error_of_another_worker_is_raised_after_all_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device manager falls back, and the batch comes again."""

    class Pipeline(Whisper):
        """Fail on the second share."""

        def transcribe(self, samples: Any, **options: Any) -> tuple[list[Any], Any]:
            """Recognize one share."""
            if samples.max() >= 0.4:
                raise RuntimeError("out of memory")
            return super().transcribe(samples, **options)

    monkeypatch.setattr(faster_whisper, "BatchedInferencePipeline", lambda model: Pipeline())
    with pytest.raises(RuntimeError, match="out of memory"):
        BatchRecognizer(TWO_WORKERS, Waveform.of(SAMPLES), SPEECH, RecognitionRequest())(WINDOWS)


def test_windows_without_defect_are_recognized_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most recordings pay nothing for the fallback."""
    whisper = Whisper()
    words, removed = recognized(whisper, monkeypatch)
    assert whisper.clips == [(0.0, 27.0), (40.0, 50.0)]
    assert {"w0", "w26", "w40", "w49"} <= words
    assert removed == ()


def test_window_that_loops_is_recognized_in_shorter_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut in the pause; the other window stays as it is."""
    whisper = Whisper(loops_s=20.0)
    words, removed = recognized(whisper, monkeypatch)
    assert whisper.clips[2:] == [(0.0, 14.0), (13.0, 27.0)]
    assert {"w0", "w12", "w14", "w25", "w40"} <= words
    assert removed == ()


def test_shorter_window_that_loops_gets_a_penalty_on_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    """And only that one."""
    whisper = Whisper(loops_s=20.0, bad=(3.0, 4.0))
    words, removed = recognized(whisper, monkeypatch)
    assert whisper.clips[4:] == [(0.0, 14.0)]
    assert {"w3", "w14"} <= words
    assert removed == ()


def test_passage_in_which_nothing_helps_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little of the window as possible: what is around it has its words, and no word of a loop remains."""
    words, removed = recognized(Whisper(hopeless=(3.0, 4.0)), monkeypatch)
    assert "yes" not in words
    assert {"w9", "w14", "w40"} <= words
    assert len(removed) == 1
    assert removed[0].start <= 3.0 < 4.0 <= removed[0].end
    assert removed[0].end - removed[0].start <= 9.0
    assert removed[0].reason == REPEATS


def test_part_of_a_looping_window_without_words_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Music, for example: nothing was found there, so nothing is told."""
    whisper = Whisper(loops_s=20.0)
    whisper.silent = (14.0, 27.0)
    words, removed = recognized(whisper, monkeypatch)
    assert {"w0", "w12", "w40"} <= words
    assert removed == ()


@pytest.mark.parametrize(
    ("model", "language", "expected"), [(MULTILINGUAL, None, 0.4), (MULTILINGUAL, "en", None), (ENGLISH, None, None)]
)
def test_language_probability_is_known_only_where_the_language_was_detected(
    monkeypatch: pytest.MonkeyPatch, model: Any, language: str | None, expected: float | None
) -> None:
    """It is detected before the first batch, and stays."""
    monkeypatch.setattr(faster_whisper, "BatchedInferencePipeline", lambda model: Whisper())
    recognizer = BatchRecognizer(model, Waveform.of(SAMPLES), SPEECH, RecognitionRequest(language=language))
    for window in WINDOWS:
        recognizer([window])
    assert recognizer.language_probability == expected
