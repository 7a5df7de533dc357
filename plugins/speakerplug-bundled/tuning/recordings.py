"""The tuning set of the clustering: the open recordings, parts of them, and new conversations made of their turns."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from pyannote.core import Annotation, Segment, Timeline
from scipy.signal import fftconvolve, resample_poly, sosfilt

from speakerplug.transcript import Word

RATE = 16000
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recording:
    """Audio (16 kHz mono) with its true turns, its true words (None without alignment), and the scored region."""

    id: str
    kind: str
    samples: Samples
    reference: Annotation
    words: tuple[Word, ...] | None
    scored: Timeline


@dataclass(frozen=True, slots=True)
class Utterance:
    """A turn of one speaker, cut out; the times of its words are relative to its start."""

    speaker: str
    samples: Samples
    words: tuple[Word, ...]


def open_recordings(folder: Path) -> list[Recording]:
    """Return the recordings of manifest.json, without the video (its audio is that of another item)."""
    items = json.loads((folder / "manifest.json").read_text())["items"]
    return [_open(folder, item) for item in items if item["kind"] != "video"]


def _open(folder: Path, item: dict[str, object]) -> Recording:
    samples, rate = soundfile.read(folder / str(item["audio"]), dtype="float32", always_2d=True)
    assert rate == RATE
    mono = samples.mean(axis=1)
    whole = Timeline([Segment(0, len(mono) / RATE)])
    scored = _read_uem(folder / str(item["uem"])) if item["uem"] else whole
    words = _read_words(folder / str(item["words"])) if item["words"] else None
    reference = _read_rttm(folder / str(item["rttm"]))
    return Recording(str(item["id"]), str(item["kind"]), mono, reference, words, scored)


def _read_rttm(path: Path) -> Annotation:
    annotation = Annotation()
    for track, line in enumerate(path.read_text().splitlines()):
        _, _, _, start, duration, _, _, speaker, *_ = line.split()
        annotation[Segment(float(start), float(start) + float(duration)), track] = speaker
    return annotation


def _read_uem(path: Path) -> Timeline:
    fields = [line.split() for line in path.read_text().splitlines() if line.strip()]
    return Timeline([Segment(float(start), float(end)) for _, _, start, end in fields])


def _read_words(path: Path) -> tuple[Word, ...]:
    entries = json.loads(path.read_text())
    return tuple(Word(entry["word"], entry["start"], entry["end"], entry["speaker"]) for entry in entries)


def part(recording: Recording, start: float, end: float) -> Recording:
    """Return the recording from `start` to `end` seconds, with times relative to `start`."""
    window = Segment(start, min(end, len(recording.samples) / RATE))
    reference = Annotation()
    for segment, track, label in recording.reference.crop(window).itertracks(yield_label=True):
        reference[Segment(segment.start - start, segment.end - start), track] = label
    words = tuple(
        Word(word.text, word.start - start, word.end - start, word.speaker)
        for word in recording.words or ()
        if word.start is not None and word.end is not None and start <= word.start and word.end <= window.end
    )
    scored = Timeline([Segment(s.start - start, s.end - start) for s in recording.scored.crop(window)])
    samples = recording.samples[round(start * RATE) : round(window.end * RATE)]
    return Recording(f"{recording.id}@{start:g}-{end:g}", "part", samples, reference, words or None, scored)


def noisy(recording: Recording, snr_db: float) -> Recording:
    """Return the recording with pink noise."""
    samples = with_noise(recording.samples, snr_db, np.random.default_rng(7))
    return Recording(
        f"{recording.id}+{snr_db:g}dB", "noisy", samples, recording.reference, recording.words, recording.scored
    )


def utterances(recordings: Sequence[Recording], folder: Path) -> list[Utterance]:
    """Return every whole turn of the stitched recordings without overlap."""
    found = []
    for recording in recordings:
        if not recording.kind.startswith("stitched") or recording.words is None:
            continue
        turns = _read_rttm(folder / f"{recording.id}.turns.rttm")
        overlap = turns.get_overlap()
        for turn, _, speaker in turns.itertracks(yield_label=True):
            if not overlap.crop(turn):
                found.append(_utterance(recording, turn, speaker))
    return found


def _utterance(recording: Recording, turn: Segment, speaker: str) -> Utterance:
    cut = part(recording, max(0.0, turn.start - 0.1), turn.end + 0.1)
    words = tuple(word for word in cut.words or () if word.speaker == speaker)
    return Utterance(speaker, cut.samples, words)


def by_speaker(pool: Sequence[Utterance]) -> dict[str, list[Utterance]]:
    """Return the utterances of each speaker."""
    found: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in pool:
        found[utterance.speaker].append(utterance)
    return dict(found)


def conversation(pool: Sequence[Utterance], seed: int) -> Recording:
    """Return a new conversation of 2 to 6 speakers: faster or slower, with levels, noise and a room of their own.

    Playing speech at another speed (0.9 to 1.12) changes pitch and formants, which makes a new speaker.
    """
    rng = np.random.default_rng(seed)
    known = by_speaker(pool)
    speakers = list(rng.permutation(sorted(known)))[: rng.integers(2, 7)]
    speed = {speaker: [(1, 1), (9, 10), (9, 8)][rng.integers(3)] for speaker in speakers}
    level = {speaker: 10 ** (rng.uniform(-3, 3) / 20) for speaker in speakers}
    share = rng.dirichlet(np.full(len(speakers), 3.0))
    queue = {speaker: list(rng.permutation(len(known[speaker]))) for speaker in speakers}
    overlaps = rng.choice([0.0, 0.25])
    placed: list[tuple[float, Utterance]] = []
    now, previous, length = 0.5, "", rng.uniform(30, 120)
    for speaker in _order(rng, speakers, share):
        if now > length or not any(queue.values()):
            break
        if not queue[speaker]:
            continue
        spoken = _at_speed(known[speaker][queue[speaker].pop()], *speed[speaker], level[speaker])
        gap = rng.uniform(0.1, 1.0) if speaker == previous or rng.random() >= overlaps else -rng.uniform(0.3, 1.2)
        begin = max(0.0, now + gap)
        placed.append((begin, spoken))
        now, previous = max(now, begin + len(spoken.samples) / RATE), speaker
    return _mixed(f"mix{seed:03d}", placed, rng)


def _order(rng: np.random.Generator, speakers: Sequence[str], share: NDArray[np.float64]) -> Iterator[str]:
    """Yield each speaker once, then by share, seldom twice in a row."""
    yield from speakers
    last = speakers[-1]
    while True:
        speaker = str(rng.choice(speakers, p=share))
        if speaker != last or rng.random() < 0.2:
            last = speaker
            yield speaker


def _at_speed(utterance: Utterance, up: int, down: int, level: float) -> Utterance:
    samples = resample_poly(utterance.samples, up, down)
    samples *= 0.05 * level / max(1e-4, float(np.sqrt(np.mean(samples**2))))
    factor = up / down
    words = tuple(
        Word(word.text, word.start * factor, word.end * factor, word.speaker)
        for word in utterance.words
        if word.start is not None and word.end is not None
    )
    return Utterance(utterance.speaker, samples.astype(np.float32), words)


def _mixed(id: str, placed: Sequence[tuple[float, Utterance]], rng: np.random.Generator) -> Recording:
    samples, words, scored = overlaid(placed, rng.uniform(0.2, 0.5) if rng.random() < 0.4 else 0.0, rng)
    noise = rng.choice([0, 15, 25])
    if noise:
        samples = with_noise(samples, float(noise), rng)
    if rng.random() < 0.25:
        samples = _over_the_phone(samples)
    return Recording(id, "mixed", samples, _speech_of(words), tuple(words), scored)


def overlaid(
    placed: Sequence[tuple[float, Utterance]], room: float, rng: np.random.Generator
) -> tuple[Samples, list[Word], Timeline]:
    """Return the sum of utterances that begin at these seconds, in a `room` unless it is 0, their words, and all of it.

    Words are sorted by start, at their times in the whole.
    """
    length = max(begin + len(spoken.samples) / RATE for begin, spoken in placed) + 0.5
    samples = np.zeros(round(length * RATE) + RATE, dtype=np.float32)
    words = []
    for begin, spoken in placed:
        first = round(begin * RATE)
        played = spoken.samples if not room else _in_room(spoken.samples, room, rng)
        samples[first : first + len(played)] += played[: len(samples) - first]
        words += [
            Word(word.text, word.start + begin, word.end + begin, word.speaker)
            for word in spoken.words
            if word.start is not None and word.end is not None
        ]
    words.sort(key=lambda word: word.start or 0.0)
    return samples, words, Timeline([Segment(0, length)])


def _speech_of(words: Sequence[Word]) -> Annotation:
    """Return each speaker's words, merged over pauses up to 0.3 s, as the open references were made."""
    annotation = Annotation()
    for speaker in sorted({str(word.speaker) for word in words}):
        spoken = Timeline([Segment(w.start, w.end) for w in words if w.speaker == speaker])
        for segment in spoken.support(collar=0.3):
            annotation[segment, speaker] = speaker
    return annotation


def with_noise(samples: Samples, snr_db: float, rng: np.random.Generator) -> Samples:
    """Return samples with pink noise, `snr_db` below their mean power."""
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))
    noise = np.fft.irfft(spectrum, len(samples))
    noise *= np.sqrt(np.mean(samples**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    mixed: Samples = (samples + noise).astype(np.float32)
    return mixed


def _in_room(samples: Samples, rt60: float, rng: np.random.Generator) -> Samples:
    times = np.arange(round(rt60 * RATE)) / RATE
    echo = rng.standard_normal(len(times)) * np.exp(-6.9 * times / rt60) * 0.05
    echo[0] = 1.0
    echoed: Samples = fftconvolve(samples, echo).astype(np.float32)
    return echoed


def _over_the_phone(samples: Samples) -> Samples:
    from scipy.signal import butter

    band = sosfilt(butter(4, [300, 3400], btype="bandpass", fs=RATE, output="sos"), samples)
    loudest = float(np.abs(band).max())
    pressed = np.sign(band) * np.log1p(255 * np.abs(band) / loudest) / np.log(256)
    coded = np.round(pressed * 127) / 127
    decoded: Samples = (np.sign(coded) * (256 ** np.abs(coded) - 1) / 255 * loudest).astype(np.float32)
    return decoded
