"""Assemble what a call returns: a transcript of words and turns, of words alone, or of one speaker per channel."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from importlib import metadata
from typing import Any

from ..attribution.attribute import attribute
from ..errors import SpeakerPlugError, UsageError
from ..formats.languages import language_code
from ..formats.objects import parsed_words
from ..media.recording import Recording, Source
from ..media.waveform import Waveform
from ..plugin.guard import naming
from ..plugin.roles import Recognition
from ..plugin.validation import BEYOND_S, admitted_recognition
from ..transcript import Diarization, Media, Provenance, Speaker, Transcript, Word
from .build import diarizer_name
from .concurrent import run_concurrently
from .empty_result import why_empty
from .moved import moved, moved_diarization
from .multichannel.transcribe import NAME as BY_CHANNEL
from .stages import Stages

log = logging.getLogger(__name__)
_version = cache(metadata.version)  # it reads a file

NO_WORDS = Recognition((), None, None)


def transcribe(stages: Stages, source: Source) -> Transcript:
    """Return the transcript of a recording; one stage alone gives words without speakers, or turns without words."""
    recording = recording_of(stages, source)
    transcribe_one = _transcribe_channels if stages.are_speakers(recording) else _transcribe_mix
    transcript = transcribe_one(stages, recording)
    if not (transcript.words or (stages.options.recognizer is None and transcript.turns)):
        log.warning("%s", why_empty(recording, stages.options))
    return transcript


def recording_of(stages: Stages, source: Source) -> Recording:
    """Return the recording of a source: the part and the audio track that the options want."""
    recording = Recording.of(source, audio_track=stages.options.audio_track, language=stages.options.language)
    stages.recording = recording = recording.cut(stages.options.part)
    return recording


def _transcribe_mix(stages: Stages, recording: Recording) -> Transcript:
    """Return the transcript of a recording whose channels are mixed."""
    options = stages.options
    recognizer = stages.recognizer() if options.recognizer is not None else None
    diarizer = stages.diarizer() if options.diarizer is not None else None
    wanted = [stage for stage in (recognizer, diarizer) if stage is not None]
    waveform, concurrent = stages.begin(recording, *wanted)
    stages.open_checkpoint(recording, waveform)
    if recognizer is None:
        assert diarizer is not None  # Options refuse to ask for neither
        return _refined(stages, waveform, NO_WORDS, stages.diarize(waveform, diarizer))
    if diarizer is None:
        recognition, diarization = stages.recognize(waveform, recognizer), Diarization()
    else:
        recognized = partial(stages.recognize, waveform, recognizer)
        diarized = partial(stages.diarize, waveform, diarizer)
        try:
            recognition, diarization = run_concurrently(recognized, diarized, concurrent, stop=stages.run.stop)
        except SpeakerPlugError as error:
            error.partial = words_so_far(stages, refined=True)
            raise
    return attribute_words(stages, waveform, recognition, diarization)


def _transcribe_channels(stages: Stages, recording: Recording) -> Transcript:
    """Return the transcript of a recording in which each channel is one speaker."""
    if stages.options.recognizer is None:
        channels = stages.channels(recording)
        return _refined(stages, channels.mix, NO_WORDS, channels.diarization, BY_CHANNEL)
    recognizer = stages.recognizer()
    channels = stages.channels(recording)
    stages.load_aligner()
    if not stages.plugins.answers("recognize"):
        stages.load(recognizer)
    parts = stages.recognize_channels(channels, recognizer)

    def made(words: Sequence[Sequence[Word]]) -> Transcript:
        """Return the transcript of these words of each channel."""
        recognition = channels.merged(parts, words)
        turns = channels.with_turns_for(recognition.words)
        return _transcript(stages, channels.mix, recognition, turns, BY_CHANNEL)

    try:
        with naming("Attribution"):
            words = [stages.refine(*each) for each in zip(channels.waveforms, parts, strict=True)]
            with stages.run.stage("attribution"):
                transcript = made(words)
            return stages.plugins.refine("modify_transcript", transcript, waveform=channels.mix)
    except SpeakerPlugError as error:
        error.partial = made([part.words for part in parts])
        raise


def diarize(stages: Stages, source: Source) -> Diarization:
    """Return who speaks when in a recording, by channel if each channel is one speaker."""
    recording = recording_of(stages, source)
    if stages.are_speakers(recording):
        channels = stages.channels(recording)
        return moved_diarization(channels.diarization, channels.mix.start)
    diarizer = stages.diarizer()
    waveform, _ = stages.begin(recording, diarizer)
    return moved_diarization(stages.diarize(waveform, diarizer), waveform.start)


def attribute_given(stages: Stages, source: Source, words: Any, language: str | None) -> Transcript:
    """Return the transcript of a recording for words that another recognizer produced."""
    recording = recording_of(stages, source)
    stages.load_aligner()
    if stages.are_speakers(recording):
        channels = stages.channels(recording)
        recognition = recognition_of(words, language, channels.mix)
        return attribute_words(stages, channels.mix, recognition, channels.diarization, BY_CHANNEL)
    diarizer = stages.diarizer()
    waveform = stages.mixed(recording)
    recognition = recognition_of(words, language, waveform)
    stages.prepare(waveform, diarizer)
    return attribute_words(stages, waveform, recognition, stages.diarize(waveform, diarizer))


def recognition_of(words: Any, language: str | None, waveform: Waveform) -> Recognition:
    """Return words that another recognizer produced, validated; raises UsageError for anything that is not words."""
    given = parsed_words(words)
    try:
        recognition = Recognition(given.words, language_code(language) or language or given.language, None)
        return admitted_recognition(recognition, "The words", waveform.duration)
    except (TypeError, ValueError) as error:
        raise UsageError(f"The words cannot be used: {error}; give several speakerplug.Word.") from error


def attribute_words(
    stages: Stages, waveform: Waveform, recognition: Recognition, turns: Diarization, diarizer: str | None = None
) -> Transcript:
    """Return the transcript of words and a diarization, each word with its speaker."""
    with naming("Attribution"):
        words = stages.refine(waveform, recognition)
        last = max((word.end or 0.0 for word in words), default=0.0)
        if last > waveform.duration + BEYOND_S:
            log.warning(
                "The words end at %.0f s and %s at %.0f s; is it the same recording?",
                last,
                waveform.name or "the recording",
                waveform.duration,
            )
        with stages.run.stage("attribution"):
            words = attribute(words, turns)
        return _refined(stages, waveform, replace(recognition, words=words), turns, diarizer)


def words_so_far(stages: Stages, refined: bool = False) -> Transcript | None:
    """Return the words recognized so far, without speakers, or None; `refined` by plugins unless that fails."""
    if stages.recognized is None or not stages.recognized[1].words:
        return None
    waveform, recognition = stages.recognized
    words = recognition.words
    if refined:
        with suppress(Exception):
            words = stages.refine(waveform, recognition)
    words = attribute(words, Diarization())
    return _transcript(stages, waveform, replace(recognition, words=words), Diarization())


def _refined(
    stages: Stages, waveform: Waveform, recognition: Recognition, turns: Diarization, diarizer: str | None = None
) -> Transcript:
    """Return the transcript after all `modify_transcript` hooks."""
    transcript = _transcript(stages, waveform, recognition, turns, diarizer)
    return stages.plugins.refine("modify_transcript", transcript, waveform=waveform)


def _transcript(
    stages: Stages, waveform: Waveform, recognition: Recognition, turns: Diarization, diarizer: str | None = None
) -> Transcript:
    found = Transcript(
        words=recognition.words,
        turns=turns.turns,
        exclusive=turns.exclusive,
        speaker_tree=turns.speaker_tree,
        speakers_range=turns.speakers_range,
        speakers=tuple(Speaker(speaker, speaker) for speaker in turns.speakers),
        language=recognition.language,
        language_probability=recognition.language_probability,
        removed=recognition.removed,
        media=_media(stages, waveform),
        provenance=_provenance(stages, recognition, diarizer),
    )
    return moved(found, waveform.start)


def _media(stages: Stages, waveform: Waveform) -> Media:
    """Return the recording of a transcript, and the part of it that the waveform is."""
    recording = stages.recording
    if recording is None or recording.part.is_whole:
        return Media(waveform.name, round(waveform.duration, 3))
    start, end = round(waveform.start, 3), round(waveform.start + waveform.duration, 3)
    return Media(waveform.name, max(end, round(recording.duration(waveform.duration), 3)), start, end)


def _provenance(stages: Stages, recognition: Recognition, diarizer: str | None) -> Provenance:
    options, built, plan = stages.options, stages.built, stages.devices.planned  # if unbuilt, a plugin answered for it
    if diarizer is None and options.diarizer is not None:
        diarizer = built.name("diarizer") or diarizer_name(options.diarizer)
    return Provenance(
        version=_version("speakerplug"),
        recognizer=(built.name("recognizer") or options.recognizer) if recognition.model else None,
        model=recognition.model,
        diarizer=diarizer,
        device="+".join(map(str, stages.devices.occupied)) or None,
        plan=plan.as_dict() if plan else None,
        timings=stages.run.seconds,
    )
