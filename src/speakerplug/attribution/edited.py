"""A transcript with the corrections that a person made in a copy of it, such as subtitles or a web page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import UsageError
from ..transcript import Speaker, Transcript, plain
from .edit_speakers import give
from .edit_words import Respelled, respelled

MIN_SAME = 0.3
"""A copy of which a smaller share of the words are in the transcript is one of another recording."""


def edited(transcript: Transcript, copy: Transcript) -> Transcript:
    """Return the transcript with the words and speakers of its corrected `copy`.

    Words that did not change keep their times and confidences. A name that is new in the copy is another name for a
    speaker whose own name is no longer there, else a new speaker. A copy without speakers changes none. Raises
    UsageError for a copy of something else.
    """
    made = respelled(transcript.words, copy.words)
    if sum(each.same for each in made) < MIN_SAME * len(made):
        raise UsageError("Few of its words are in the transcript; name a copy of the same recording.")
    known, names = _speakers(transcript, copy, made)
    after = replace(
        transcript,
        words=tuple(each.word for each in made),
        speakers=tuple(replace(each, name=names.get(each.id, each.name)) for each in transcript.speakers),
    )
    given: dict[int, str] = {}
    for at, each in enumerate(made):
        ids = known.get(each.speaker or "", ())
        if ids and each.word.speaker not in ids:
            given[at] = ids[0]
    new = [speaker for ids in known.values() for speaker in ids if speaker not in {each.id for each in after.speakers}]
    added = tuple(Speaker(speaker, names[speaker]) for speaker in dict.fromkeys(new))
    return give(replace(after, speakers=(*after.speakers, *added)), given)


def _speakers(
    transcript: Transcript, copy: Transcript, made: Sequence[Respelled]
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, str]]:
    """Return the ids that each speaker of the copy may be, and the new names by id."""
    known: dict[str, tuple[str, ...]] = {}
    names, by_name = dict[str, str](), dict[str, list[str]]()
    own = {speaker.id: speaker.name for speaker in transcript.speakers}
    for speaker in transcript.speakers:
        by_name.setdefault(plain(speaker.name).casefold(), []).append(speaker.id)
    for each in copy.speakers:
        if each.id in own:
            known[each.id] = (each.id,)
            if each.name != each.id:
                names[each.id] = each.name
        elif found := by_name.get(plain(each.name).casefold()):
            known[each.id] = tuple(found)
    gone = own.keys() - {speaker for ids in known.values() for speaker in ids}
    for each in copy.speakers:
        if each.id in known:
            continue
        were = Counter(word.word.speaker for word in made if word.speaker == each.id)
        most = were.most_common(1)[0][0] if were else None
        has_id = each.id != each.name  # subtitles have names only
        new = most if most is not None and most in gone else each.id if has_id else free_id([*own, *names])
        gone -= {new}
        known[each.id], names[new] = (new,), each.name
    return known, names


def free_id(taken: Sequence[str]) -> str:
    """Return the first id, as SPEAKER_02, that is not `taken`."""
    return next(each for each in (f"SPEAKER_{number:02d}" for number in range(len(taken) + 1)) if each not in taken)
