"""Conversations of two to ten voices, some of whom say little, made of the open recordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from recordings import RATE, Recording, Utterance, _at_speed, _speech_of, by_speaker, overlaid, part, with_noise

from speakerplug.transcript import Word

Voice = tuple[str, tuple[int, int]]
"""A speaker and the speed at which the utterances are played, as a fraction: another speed is another voice."""


def real_utterances(recordings: Sequence[Recording]) -> list[Utterance]:
    """Return every turn of at least a second in the real recordings in which nobody else speaks."""
    found = []
    for recording in recordings:
        if recording.kind.startswith("stitched"):
            continue
        overlap = recording.reference.get_overlap()
        for turn, _, speaker in recording.reference.itertracks(yield_label=True):
            if turn.duration >= 1.0 and not overlap.crop(turn):
                cut = part(recording, max(0, turn.start - 0.05), turn.end + 0.05)
                words = (Word("x", 0.05, 0.05 + turn.duration, speaker),)
                found.append(Utterance(f"{recording.id[:6]}_{speaker}", cut.samples, words))
    return found


def crowd(pool: Sequence[Utterance], real: Sequence[Utterance], seed: int) -> Recording:
    """Return a new conversation: little overlap, light noise, sometimes a room; one turn in seven is cut short."""
    rng = np.random.default_rng(1000 + seed)
    known = by_speaker(pool) | by_speaker(real)
    chosen = _voices(rng, by_speaker(pool), by_speaker(real))
    level = {voice: 10 ** (rng.uniform(-3, 3) / 20) for voice in chosen}
    share = rng.dirichlet(np.full(len(chosen), rng.choice([1.0, 3.0])))
    queue = _queues(rng, known, chosen)
    overlaps, longest_pause = rng.choice([0.0, 0.25]), rng.choice([1.0, 2.5])
    room = rng.uniform(0.2, 0.6) if rng.random() < 0.3 else 0.0
    noise = rng.choice([0, 30, 25, 15])
    placed: list[tuple[float, Utterance]] = []
    now, previous = 0.5, None
    length = rng.uniform(30, 40) if rng.random() < 0.2 else rng.uniform(60, 190)
    first = list(chosen)
    while now < length and any(queue.values()):
        voice = first.pop(0) if first else chosen[rng.choice(len(chosen), p=share)]
        if len(placed) >= len(chosen) and voice == previous and rng.random() > 0.2:
            continue
        if not queue[voice]:
            if not any(queue[each] for each, some in zip(chosen, share, strict=True) if some > 0.02):
                break
            continue
        spoken = _spoken(rng, queue[voice].pop(), voice, level[voice])
        follows = voice == previous or rng.random() >= overlaps
        gap = rng.uniform(0.1, longest_pause) if follows else -rng.uniform(0.3, 1.2)
        begin = max(0.0, now + gap)
        placed.append((begin, spoken))
        now, previous = max(now, begin + len(spoken.samples) / RATE), voice
    return _mixed(f"crowd{seed:03d}", placed, room, float(noise), rng)


def _voices(
    rng: np.random.Generator, pool: dict[str, list[Utterance]], real: dict[str, list[Utterance]]
) -> list[Voice]:
    """Return who takes part: speakers of the pool, each as one voice or two, and up to two of the real recordings."""
    voices: list[Voice] = []
    for speaker in sorted(name for name, spoken in pool.items() if len(spoken) >= 4):
        kind = rng.integers(3)
        if kind == 0:
            voices.append((speaker, (1, 1)))
        elif kind == 1:
            voices.append((speaker, [(9, 10), (9, 8)][rng.integers(2)]))
        else:
            voices += [(speaker, (9, 10)), (speaker, (8, 7))]
    enough = sorted(name for name, spoken in real.items() if sum(len(each.samples) for each in spoken) >= 4 * RATE)
    others: list[Voice] = [(str(speaker), (1, 1)) for speaker in rng.permutation(enough)]
    number = int(rng.integers(2, 11))
    voices = [voices[index] for index in rng.permutation(len(voices))]
    of_real = int(rng.integers(0, 3)) if number <= len(voices) else number - len(voices)
    return voices[: number - of_real] + others[:of_real]


def _queues(
    rng: np.random.Generator, known: dict[str, list[Utterance]], chosen: Sequence[Voice]
) -> dict[Voice, list[Utterance]]:
    """Return what each voice says; two voices of one speaker share the utterances."""
    queue = {}
    for speaker in sorted({speaker for speaker, _ in chosen}):
        own = [voice for voice in chosen if voice[0] == speaker]
        order = rng.permutation(len(known[speaker]))
        for number, voice in enumerate(own):
            queue[voice] = [known[speaker][index] for index in order[number :: len(own)]]
    return queue


def _spoken(rng: np.random.Generator, utterance: Utterance, voice: Voice, level: float) -> Utterance:
    """Return an utterance in a voice, sometimes only its first 0.6 to 1.6 seconds."""
    if rng.random() < 0.15:
        cut = round(rng.uniform(0.6, 1.6) * RATE)
        if len(utterance.samples) > 2 * cut:
            end = cut / RATE
            words = tuple(
                Word(word.text, word.start, min(word.end, end - 0.05), word.speaker)
                for word in utterance.words
                if word.start is not None and word.end is not None and word.start < end - 0.15
            )
            utterance = Utterance(utterance.speaker, utterance.samples[:cut], words)
    name = f"{voice[0]}x{voice[1][0] * 100 // voice[1][1]}"
    played = _at_speed(utterance, *voice[1], level)
    return Utterance(name, played.samples, tuple(Word(word.text, word.start, word.end, name) for word in played.words))


def _mixed(
    id: str, placed: Sequence[tuple[float, Utterance]], room: float, noise: float, rng: np.random.Generator
) -> Recording:
    samples, words, scored = overlaid(placed, room, rng)
    if noise:
        samples = with_noise(samples, noise, rng)
    return Recording(id, "crowd", samples, _speech_of(words), tuple(words), scored)
