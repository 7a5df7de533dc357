"""The digest by which a transcript that people have edited is known from one that is as it was written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from ..transcript import Transcript, Turn


def content_digest(transcript: Transcript) -> str:
    """Return the digest of what people edit: words with times and speakers, names, and turns.

    It is the same after writing and reading: times count as milliseconds, as files have them.
    """
    import msgspec

    content = (
        [(_text(each.id), _text(each.name)) for each in transcript.speakers],
        [(_text(w.text), _rounded(w.start), _rounded(w.end), _text(w.speaker), w.joined) for w in transcript.words],
        _rows(transcript.turns),
        _rows(transcript.exclusive),
    )
    return blake2b(msgspec.json.encode(content), digest_size=16).hexdigest()


def is_edited(transcript: Transcript) -> bool:
    """Return whether a transcript is not as it was first written; False where that is unknown."""
    digest = transcript.provenance.digest
    return digest is not None and digest != content_digest(transcript)


def is_only_named(transcript: Transcript) -> bool:
    """Return whether names instead of ids are all that differs from what was first written."""
    unnamed = replace(transcript, speakers=tuple(replace(each, name=each.id) for each in transcript.speakers))
    return is_edited(transcript) and not is_edited(unnamed)


def _rows(turns: Iterable[Turn]) -> list[tuple[float | None, float | None, str | None]]:
    return [(_rounded(turn.start), _rounded(turn.end), _text(turn.speaker)) for turn in turns]


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(float(seconds), 3)


def _text(text: str | None) -> str | None:
    """Return the text as a file has it, without what UTF-8 cannot represent."""
    return None if text is None else text.encode("utf-8", "replace").decode()
