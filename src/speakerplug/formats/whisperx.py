"""WhisperX's JSON: segments with words, and all words once more, for the tools around it."""

from __future__ import annotations

from ..subtitles import CueRules
from ..transcript import Transcript, Word
from .json import Record, document
from .names import naming
from .segments import segments_of, shown_words

_NETFLIX = CueRules()


def write(transcript: Transcript, rules: CueRules = _NETFLIX) -> str:
    """The transcript as WhisperX saves it: `score` where the recognizer gave one, `speaker` where one is known."""
    name_of = naming(transcript)

    def record(word: Word) -> Record:
        """One word; what is not known of it is left out."""
        known = {"score": word.confidence, "speaker": name_of(word.speaker) or None}
        told = {"word": word.text, "start": word.start, "end": word.end}
        return told | {key: value for key, value in known.items() if value is not None}

    segments = []
    for segment in segments_of(transcript, rules):
        told: Record = {"start": segment.start, "end": segment.end, "text": segment.text}
        told["words"] = [record(word) for word in segment.words]
        segments.append(told | ({"speaker": segment.name} if segment.name else {}))
    words = [record(word) for word in shown_words(transcript)]
    return document({"language": transcript.language}, {"segments": segments, "word_segments": words})
