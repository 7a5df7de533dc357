"""WhisperX's `assign_word_speakers` with SpeakerPlug's attribution: every word gets a speaker.

Change one line: `from speakerplug.hosts.whisperx import assign_word_speakers`. Neither WhisperX nor pandas is imported.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any, TypeVar

from ..attribution.attribute import attribute
from ..attribution.speaking_time import longest_speaker
from ..attribution.word_times import spread
from ..errors import UsageError
from ..plugin.validation import admitted_diarization
from ..transcript import Diarization, Turn, Word

Result = TypeVar("Result", bound=MutableMapping[str, Any])


def assign_word_speakers(
    diarize_df: Any,
    transcript_result: Result,
    speaker_embeddings: Mapping[str, Sequence[float]] | None = None,
    fill_nearest: bool = False,
) -> Result:
    """Give each word and segment of WhisperX's result a `speaker`, in place, and return the result.

    `diarize_df` is what WhisperX's DiarizationPipeline returns, or an iterable of mappings with `start`, `end` and
    `speaker`; without a turn the result stays as it is. A word without times gets a speaker, too, but no times; that of
    a segment is who speaks longest in it. `fill_nearest` has no effect: no word is left without a speaker. Raises
    UsageError for turns that are none.
    """
    turns = _turns(diarize_df)
    segments = transcript_result.get("segments") or []
    if not turns or not segments:
        return transcript_result
    found = iter(attribute([word for segment in segments for word in _words(segment)], Diarization(turns)))
    for segment in segments:
        own = [next(found) for _ in segment.get("words") or (segment,)]
        for word, attributed in zip(segment.get("words") or (), own, strict=False):
            word["speaker"] = attributed.speaker
        segment["speaker"] = longest_speaker((word.speaker, (word.end or 0.0) - (word.start or 0.0)) for word in own)
    _copy_to_list(transcript_result.get("word_segments") or [], segments)
    if speaker_embeddings is not None:
        transcript_result["speaker_embeddings"] = speaker_embeddings
    return transcript_result


def _turns(diarized: Any) -> tuple[Turn, ...]:
    """Return the turns of a data frame or of mappings, sorted and valid."""
    if diarized is None:
        return ()
    rows: Iterable[Any] = diarized.to_dict("records") if hasattr(diarized, "to_dict") else diarized
    try:
        turns = tuple(Turn(float(row["start"]), float(row["end"]), str(row["speaker"])) for row in rows)
        return admitted_diarization(Diarization(turns), "The diarization").turns
    except (TypeError, ValueError, KeyError) as error:
        raise UsageError(
            f"The turns cannot be read ({type(error).__name__}: {error}); give a data frame or mappings with start, "
            "end and speaker."
        ) from error


def _words(segment: Mapping[str, Any]) -> list[Word]:
    """Return the words of a segment, or itself as one; if none has times, they share those of the segment."""
    words = segment.get("words") or [segment]
    texts = [str(word.get("word", word.get("text", ""))).strip() for word in words]
    times = [_times(word) for word in words]
    if any(start is not None for start, _ in times):
        return [Word(text, *each) for text, each in zip(texts, times, strict=True)]
    start, end = _times(segment)
    if start is None or end is None:
        return [Word(text, None, None) for text in texts]
    spans = spread([len(text) for text in texts], start, end)
    return [Word(text, *span, estimated=True) for text, span in zip(texts, spans, strict=True)]


def _times(item: Mapping[str, Any]) -> tuple[float | None, float | None]:
    start, end = (item.get(name) for name in ("start", "end"))
    if start is None or not math.isfinite(start):
        return None, None
    return float(start), max(float(start), float(start if end is None else end))


def _copy_to_list(listed: Sequence[MutableMapping[str, Any]], segments: Iterable[Mapping[str, Any]]) -> None:
    """Give the words of `word_segments` their speakers; as a rule they are those of the segments themselves."""
    words = [word for segment in segments for word in segment.get("words") or ()]
    if len(listed) == len(words):
        for copy, word in zip(listed, words, strict=True):
            copy["speaker"] = word["speaker"]
