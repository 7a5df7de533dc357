"""The corrections of `speakerplug edit`, as they are typed, made one after the other."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..system.clock_time import FORMS, clock_seconds
from .options import Given

if TYPE_CHECKING:
    from ..transcript import Transcript

log = logging.getLogger(__name__)

VERBS = ("copy", "phrases", "splits", "spans", "merges", "merge_names")
"""The options that are corrections."""
MOST = 20
"""Speakers that a message lists, at most."""
MOST_GONE = 1 / 3
"""The largest share of the words that a corrected copy may lack, without --force."""
_AS_ID = re.compile(r"SPEAKER_\d+")


def corrected(transcript: Transcript, given: Given) -> Transcript:
    """Return the transcript with all corrections, an equal one if they change nothing.

    Raises UsageError for a correction that cannot be made.
    """
    before = transcript
    if given["copy"]:
        transcript = _like_copy(transcript, given["copy"], given["encoding"], given["force"])
    for verb, correct in (("phrases", _replace), ("splits", _split), ("spans", _give), ("merges", _merge)):
        if given[verb]:
            transcript = correct(transcript, given[verb])
    if given["merge_names"]:
        transcript = _merge_names(transcript)
    if transcript == before:
        return before
    used = {who for word in transcript.words for who in (word.speaker, *word.others)}
    used |= {turn.speaker for turn in (*transcript.turns, *transcript.exclusive)}
    return replace(transcript, speakers=tuple(each for each in transcript.speakers if each.id in used))


def _like_copy(transcript: Transcript, copy: str, encoding: str | None, force: bool) -> Transcript:
    from ..attribution.edited import edited
    from ..formats.load import load

    try:
        after = edited(transcript, load(copy, encoding=encoding))
    except UsageError as error:
        raise UsageError(f"{copy} cannot correct the transcript. {error}") from error
    were, gone = len(transcript.words), len(transcript.words) - len(after.words)
    if gone > MOST_GONE * were and not force:
        raise UsageError(
            f"{copy} covers only a part: {gone} of {were} words would be deleted; give a copy of the whole transcript, "
            "or add --force to delete them."
        )
    return after


def _replace(transcript: Transcript, phrases: Sequence[str]) -> Transcript:
    from ..attribution.edit_words import replaced

    for phrase in phrases:
        old, new = _pair(phrase, "--replace", '"voice it=voice it is"', may_be_empty=True)
        words, count = replaced(transcript.words, old, new)
        if not count:
            raise UsageError(f"The words {old!r:.80} are not in the transcript; check capitals and punctuation.")
        log.info("Replaced %r %s", old, "once" if count == 1 else f"{count} times")
        transcript = replace(transcript, words=words)
    return transcript


def _split(transcript: Transcript, splits: Sequence[str]) -> Transcript:
    from ..attribution.edit_speakers import give, halves

    for split in splits:
        old, _, name = split.partition("=")
        if not old.strip():
            raise UsageError(f"--split {split:.80} names no speaker; write it like --split SPEAKER_00=Ben.")
        speaker = _known(transcript, old)
        others = halves(transcript, speaker)
        transcript, new = _added(transcript, name.strip())
        transcript = give(transcript, {at: new for at, is_other in others.items() if is_other})
    return transcript


def _give(transcript: Transcript, spans: Sequence[str]) -> Transcript:
    from ..attribution.edit_speakers import give

    for span in spans:
        times, name = _pair(span, "--speaker", "0:42-0:47=Ben")
        start, end = _span(times)
        middles = ((at, ((word.start or 0.0) + (word.end or 0.0)) / 2) for at, word in enumerate(transcript.words))
        chosen = [at for at, middle in middles if start <= middle <= end]
        if not chosen:
            raise UsageError(f"There are no words between the times {times}; check them, as in 0:42-0:47.")
        transcript, speaker = _named(transcript, name)
        transcript = give(transcript, dict.fromkeys(chosen, speaker))
    return transcript


def _merge(transcript: Transcript, merges: Sequence[str]) -> Transcript:
    from ..attribution.edit_speakers import merged

    into: dict[str, str] = {}
    for merge in merges:
        old, new = (_known(transcript, each) for each in _pair(merge, "--merge", "SPEAKER_02=SPEAKER_00"))
        if old == new:
            raise UsageError(f"--merge {merge:.80} merges a speaker with itself; name two.")
        if into.setdefault(old, new) != new:
            raise UsageError(f"{old} is merged with two speakers; leave one of them.")
    return merged(transcript, into)


def _merge_names(transcript: Transcript) -> Transcript:
    from ..attribution.edit_speakers import merged

    first: dict[str, str] = {}
    for speaker in transcript.speakers:
        first.setdefault(speaker.name, speaker.id)
    return merged(
        transcript, {each.id: first[each.name] for each in transcript.speakers if first[each.name] != each.id}
    )


def _pair(given: str, option: str, example: str, may_be_empty: bool = False) -> tuple[str, str]:
    old, separator, new = (part.strip() for part in given.partition("="))
    if not (old and separator and (new or may_be_empty)):
        raise UsageError(f"{option} {given:.80} cannot be read; write it like {option} {example}.")
    return old, new


def _span(times: str) -> tuple[float, float]:
    """Return the seconds of two clock times with a hyphen between."""
    begin, hyphen, finish = times.partition("-")
    if not hyphen:
        raise UsageError(f"--speaker {times:.80}=... names one time; give two, as in 0:42-0:47=Ben.")
    start, end = _seconds(begin), _seconds(finish)
    if end < start:
        raise UsageError(f"{times:.80} ends before it starts; exchange the two times.")
    return start, end


def _seconds(text: str) -> float:
    seconds = clock_seconds(text)
    if seconds is None:
        given = text.strip() or "that is empty"
        raise UsageError(f"The time {given:.40} cannot be read; give one in the recording, such as {FORMS}.")
    return seconds


def _known(transcript: Transcript, name: str) -> str:
    """Return the id of a speaker, by id or name; raises UsageError for an unknown name, and for one of several."""
    ids = _ids_of(transcript, name.strip())
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise UsageError(f"{' and '.join(ids)} are both named {name:.80}; name one by its id, or give --merge-names.")
    raise UsageError(f"There is no {name:.80} in the transcript; it has {_listed(transcript)}.")


def _ids_of(transcript: Transcript, name: str) -> list[str]:
    by_id = [each.id for each in transcript.speakers if each.id == name]
    return by_id or [each.id for each in transcript.speakers if each.name == name]


def _listed(transcript: Transcript) -> str:
    known = transcript.speakers[:MOST]
    return ", ".join(f"{each.id:.80} ({each.name:.80})" for each in known) or "no speakers"


def _named(transcript: Transcript, name: str) -> tuple[Transcript, str]:
    """Return the id of the speaker of this name, who is added if unknown; an unknown id is refused."""
    if _ids_of(transcript, name) or _AS_ID.fullmatch(name):
        return transcript, _known(transcript, name)
    return _added(transcript, name)


def _added(transcript: Transcript, name: str) -> tuple[Transcript, str]:
    from ..attribution.edited import free_id
    from ..transcript import Speaker

    new = free_id([each.id for each in transcript.speakers])
    log.info("Added %s (%s)", new, name or new)
    return replace(transcript, speakers=(*transcript.speakers, Speaker(new, name or new))), new
