"""faster-whisper's own classes, whose segments and words say who speaks.

Change one line: `from speakerplug.hosts.faster_whisper import WhisperModel, BatchedInferencePipeline`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from inspect import signature
from itertools import count, groupby
from typing import Any

import faster_whisper
import numpy as np
from faster_whisper import transcribe as library

from ..attribution.speaking_time import longest_speaker
from ..errors import insist
from ..plugin.roles import DiarizationRequest, Diarizer
from .speaker_labels import SpeakerLabels, Speakers

BOUNDS = ("num_speakers", "min_speakers", "max_speakers")


@dataclass
class Word(library.Word):  # type: ignore[misc]  # faster-whisper ships no types
    """A word of faster-whisper, and who says it; None where nobody speaks in the whole recording."""

    speaker: str | None = None


@dataclass
class Segment(library.Segment):  # type: ignore[misc]  # faster-whisper ships no types
    """A segment of faster-whisper, and who speaks in it."""

    speaker: str | None = None


class WhisperModel(faster_whisper.WhisperModel):  # type: ignore[misc]  # faster-whisper ships no types
    """faster-whisper's model with a diarizer: `diarizer` and `diarizer_options` are options of `speakerplug.diarize`.

    A segment in which several people speak is split where they change, unless `split_segments` is off: then its speaker
    is the one who speaks longest in it. `speakers.close()` unloads the diarizer; the next call loads it again.
    """

    def __init__(
        self,
        *args: Any,
        diarizer: str | Diarizer = "auto",
        diarizer_options: Mapping[str, Any] | None = None,
        split_segments: bool = True,
        **kwargs: Any,
    ) -> None:
        device = signature(library.WhisperModel.__init__).bind(self, *args, **kwargs).arguments.get("device")
        on_cpu = {"device": "cpu"} if device == "cpu" else {}
        self.speakers = SpeakerLabels(diarizer, {**on_cpu, **(diarizer_options or {})})
        self.split_segments = split_segments
        super().__init__(*args, **kwargs)

    def transcribe(self, audio: Any, *args: Any, **kwargs: Any) -> tuple[Iterator[Segment], Any]:
        """Return segments with speakers, and faster-whisper's info.

        Takes faster-whisper's arguments, and `num_speakers`, `min_speakers` and `max_speakers`. Nothing is diarized
        before the first segment is asked for. That one comes when it is known who speaks when; what is recognized until
        then is kept, and comes at once. To leave the iteration stops the diarization. Raises what faster-whisper
        raises; while iterating, also SpeakerPlugError.
        """
        return _with_speakers(super().transcribe, self, audio, args, kwargs)


class BatchedInferencePipeline(faster_whisper.BatchedInferencePipeline):  # type: ignore[misc]  # it ships no types
    """faster-whisper's batched pipeline, with the diarizer of its `model`, a WhisperModel of this module."""

    def __init__(self, model: WhisperModel) -> None:
        insist("model", model, WhisperModel, "a WhisperModel of speakerplug.hosts.faster_whisper")
        super().__init__(model)

    def transcribe(self, audio: Any, *args: Any, **kwargs: Any) -> tuple[Iterator[Segment], Any]:
        """Return segments with speakers, and faster-whisper's info; see `WhisperModel.transcribe`."""
        return _with_speakers(super().transcribe, self.model, audio, args, kwargs)


def _with_speakers(
    transcribe: Any, model: WhisperModel, audio: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Iterator[Segment], Any]:
    """Call faster-whisper with word times, which are needed here, and return what its caller asked for."""
    request = DiarizationRequest(**{name: kwargs.pop(name, None) for name in BOUNDS})
    given = signature(transcribe).bind(audio, *args, **kwargs).arguments
    if not isinstance(audio, np.ndarray):  # once for both: a stream can be read only once
        given["audio"] = faster_whisper.decode_audio(audio, sampling_rate=model.feature_extractor.sampling_rate)
    asked = bool(given.get("word_timestamps", False))
    segments, info = transcribe(**{**given, "word_timestamps": True})
    # The times of translated words are those of other words: a segment of them has one speaker.
    labeled = model.speakers.labeled(segments, given["audio"], request, as_wholes=given.get("task") == "translate")
    options = replace(info.transcription_options, word_timestamps=asked)
    return _numbered(labeled, model.split_segments, asked), replace(info, transcription_options=options)


def _numbered(labeled: Generator[tuple[Any, Speakers], None, None], split: bool, with_words: bool) -> Iterator[Segment]:
    """Yield faster-whisper's segments as ours, split where the speaker changes, and numbered anew."""
    with closing(labeled):
        numbers = count(1)
        for segment, speakers in labeled:
            for part in _parts(segment, speakers) if split else [_whole(segment, speakers)]:
                part.id = next(numbers)
                part.words = part.words if with_words else None
                yield part


def _parts(segment: Any, speakers: Speakers) -> list[Segment]:
    """Return a segment's runs of words of one speaker; it itself if there is only one."""
    if len(set(speakers)) == 1:
        return [_whole(segment, speakers)]
    spoken = [Word(**vars(word), speaker=speaker) for word, speaker in zip(segment.words, speakers, strict=True)]
    runs = [list(run) for _, run in groupby(spoken, lambda word: word.speaker)]
    first, last = runs[0], runs[-1]
    return [
        Segment(
            **{
                **vars(segment),
                "start": segment.start if run is first else run[0].start,
                "end": segment.end if run is last else run[-1].end,
                "text": "".join(word.word for word in run),
                "tokens": [],  # those of a part are not known
                "words": run,
            },
            speaker=run[0].speaker,
        )
        for run in runs
    ]


def _whole(segment: Any, speakers: Speakers) -> Segment:
    """Return a segment with the speaker who speaks longest in it; words without a speaker of their own get that one."""
    words = list(segment.words or ())
    if len(speakers) != len(words):
        speakers = speakers[:1] * len(words) or speakers[:1]
    spans = zip(speakers, words or [segment], strict=True)
    longest = longest_speaker((speaker, word.end - word.start) for speaker, word in spans)
    spoken = [Word(**vars(word), speaker=speaker) for word, speaker in zip(words, speakers, strict=False)]
    return Segment(**{**vars(segment), "words": spoken}, speaker=longest)
