"""Pass over a recording once: segmentation of windows, speech segments, and one speaker embedding for each.

Audio comes in blocks of any length, and the engine never asks for the end before it comes: what it keeps are the
activity and the embeddings of speech segments, and audio and features of the windows that are not complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from ...media.waveform import SAMPLE_RATE, Samples
from .frames import FrameGrid
from .networks import Networks, Speech
from .segments import Frames, Masks, Segment, SegmentLinker, coverage, cut_at_pauses
from .speaker_change import HOP_S, RunningSums, parts_of

CLEAN_FRAMES = 30
"""Half a second of speech without overlap is enough for an embedding; the rest is left out then."""
MOST_WAITING = 64
"""Batches of speech that wait for a thread: their features are in memory."""
SILENT = 1e-4
"""A window without a sample beyond this (-80 dB) is silence: normalized by the network, its noise may seem speech."""


@dataclass(frozen=True, slots=True)
class SpeakerChange:
    """When speech is cut where nobody pauses: cosine `distance` of both sides, minimum length of a part in seconds."""

    distance: float
    shortest_s: float


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedSegment:
    """A speech segment and the speaker embeddings of its parts.

    Part `i` reaches from `edges[i]` to `edges[i + 1]`, in frames of the recording. `embeddings` (parts, dimension) are
    NaN where there is too little speech; `clean_s` (parts,) are the seconds in which nobody else speaks.
    """

    segment: Segment
    edges: Frames
    embeddings: NDArray[np.float32]
    clean_s: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """What one pass over a recording leaves: its segments, and the number of speakers in each frame."""

    grid: FrameGrid
    segments: tuple[EmbeddedSegment, ...]
    count: NDArray[np.uint8]


class SinglePass:
    """The engine for one recording: `push` its audio, then `finish`.

    `saved` are the masks of its first windows, from an interrupted run; `on_window` is called with the mask of each
    window, in order.
    """

    def __init__(
        self,
        networks: Networks,
        change: SpeakerChange,
        step_s: float | None = None,
        *,
        threads: int = 1,
        saved: Sequence[Masks] = (),
        on_window: Callable[[Masks], None] | None = None,
    ) -> None:
        self.grid: FrameGrid = networks.segmentation.grid(step_s)
        self._networks, self._change, self._saved, self._on_window = networks, change, saved, on_window
        self._pool = ThreadPoolExecutor(threads, "speakerplug-networks")
        self._linker, self._votes = SegmentLinker(self.grid), self.grid.votes
        self._audio = _Tail(np.zeros(0, np.float32))
        self._stream = networks.embedding.features()
        self._features: _Tail | None = None
        self._speakers = np.zeros(0, np.uint16)  # of all windows together, by frame
        self._samples = self._windows = 0
        self._waiting: list[_SegmentSpeech] = []
        self._embedded: list[Future[list[EmbeddedSegment]]] = []

    def push(self, samples: Samples) -> None:
        """Take the next samples of the recording."""
        self._samples += len(samples)
        self._audio.append(samples)
        features = self._stream.push(samples)
        if self._features is None:
            self._features = _Tail(features)
        else:
            self._features.append(features)
        self._segment(self._complete_windows())
        self._audio.drop_before(self._start_of(self._windows))
        oldest = self._linker.oldest(self.grid.offset(self._windows))
        self._features.drop_before(max(0, self._feature_at(oldest) - 1))

    def finish(self) -> Passed:
        """Return what the pass found, once all of the audio was pushed."""
        size = round(self.grid.window_s * SAMPLE_RATE)
        rest = []
        for window in range(self._windows, self.grid.windows_in(self._samples / SAMPLE_RATE)):
            part = self._audio.rows(self._start_of(window), self._samples)
            rest.append(np.pad(part, (0, size - len(part))))
        self._segment(rest)
        self._embed(self._linker.finish())
        self._submit(self._waiting)
        segments = tuple(each for batch in self._embedded for each in batch.result())
        self._pool.shutdown()
        end = self.grid.offset(self._windows - 1) + self.grid.per_window if self._windows else 0
        return Passed(self.grid, segments, self._count(0, end))

    def segment_of(self, samples: Samples, start: float) -> EmbeddedSegment:
        """Return samples that begin at `start` seconds, in which nobody pauses, as a segment of its own."""
        features = self._networks.embedding.features().push(samples)
        frames = np.maximum(self._frames_of(np.arange(len(features)), start), 0)
        length = int(frames[-1] - frames[0]) + 1
        segment = Segment(int(frames[0]), np.full(length, self.grid.votes.max(), np.uint16))
        speech = _SegmentSpeech(segment, (), [Speech(features, frames)], [length * self.grid.frame_step_s])
        return self._embed_batch([speech])[0]

    def close(self) -> None:
        """Give up: let what has not begun never begin."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start_of(self, window: int) -> int:
        return round(window * self.grid.step_s * SAMPLE_RATE)

    def _complete_windows(self) -> list[Samples]:
        size = round(self.grid.window_s * SAMPLE_RATE)
        windows: list[Samples] = []
        while (start := self._start_of(self._windows + len(windows))) + size <= self._samples:
            windows.append(self._audio.rows(start, start + size))
        return windows

    def _segment(self, windows: Sequence[Samples]) -> None:
        """Find who is active in the next windows."""
        saved = self._saved[self._windows : self._windows + len(windows)]
        for mask in (*saved, *self._masks(windows[len(saved) :])):
            offset = self.grid.offset(self._windows)
            if len(self._speakers) < offset + len(mask):
                self._speakers = np.pad(self._speakers, (0, len(self._speakers) // 2 + 4 * len(mask)))
            self._speakers[offset : offset + len(mask)] += mask.sum(axis=1, dtype=np.uint16) * self._votes
            complete = self._linker.add(mask)
            self._windows += 1
            self._embed(complete)
            if self._on_window is not None:
                self._on_window(mask)

    def _masks(self, windows: Sequence[Samples]) -> Iterator[Masks]:
        """Yield the activity in each window, computed by several threads."""
        size, silence = self._networks.windows_at_once, np.zeros((self.grid.per_window, 1), np.uint8)
        loud = [np.abs(window).max(initial=0.0) > SILENT for window in windows]
        audible = list(compress(windows, loud))
        batches = [audible[first : first + size] for first in range(0, len(audible), size)]
        found = (mask for batch in self._pool.map(self._networks.segmentation, batches) for mask in batch)
        for is_loud in loud:
            yield next(found) if is_loud else silence

    def _embed(self, segments: Sequence[Segment]) -> None:
        """Let the threads embed segments, as many at a time as the network takes."""
        self._waiting += map(self._speech_of, segments)
        while len(self._waiting) >= self._networks.segments_at_once:
            batch = self._waiting[: self._networks.segments_at_once]
            self._waiting = self._waiting[len(batch) :]
            self._submit(batch)

    def _submit(self, batch: Sequence[_SegmentSpeech]) -> None:
        if len(self._embedded) >= MOST_WAITING:
            self._embedded[-MOST_WAITING].result()
        self._embedded.append(self._pool.submit(self._embed_batch, batch))

    def _speech_of(self, segment: Segment) -> _SegmentSpeech:
        """Return the features of a segment, cut at pauses; without overlap where enough is left."""
        covered = coverage(self.grid, segment.first, len(segment.votes), self._windows)
        active = np.flatnonzero(2 * segment.votes >= covered) + segment.first
        parts = cut_at_pauses(active if len(active) else np.flatnonzero(segment.votes) + segment.first)
        alone = self._count(segment.first, segment.end) == 1
        speech, clean_s = [], []
        for frames in parts:
            clean = frames[alone[frames - segment.first]]
            speech.append(self._features_in(clean if len(clean) >= CLEAN_FRAMES else frames))
            clean_s.append(len(clean) * self.grid.frame_step_s)
        return _SegmentSpeech(segment, tuple(int(frames[0]) for frames in parts[1:]), speech, clean_s)

    def _embed_batch(self, batch: Sequence[_SegmentSpeech]) -> list[EmbeddedSegment]:
        sums = iter(self._networks.embedding.running_sums([speech for each in batch for speech in each.speech]))
        return [self._embedded_segment(each, [next(sums) for _ in each.speech]) for each in batch]

    def _embedded_segment(self, found: _SegmentSpeech, sums: Sequence[RunningSums | None]) -> EmbeddedSegment:
        """Return a segment with the embeddings of its parts: cut where it pauses and where the speaker changes."""
        shortest = max(1, round(self._change.shortest_s / HOP_S))
        nothing = np.full((1, self._networks.embedding.dimension), np.nan, np.float32)
        starts: list[int] = [found.segment.first]
        embeddings, clean_s = [], []
        for begins, each, speech, clean in zip((None, *found.starts), sums, found.speech, found.clean_s, strict=True):
            starts += [] if begins is None else [begins]
            if each is None:
                embeddings.append(nothing)
                clean_s.append(0.0)
                continue
            cuts, vectors = parts_of(each, self._networks.embedding.embed, self._change.distance, shortest)
            starts += map(int, cuts)
            embeddings.append(vectors)
            parts = np.searchsorted(cuts, speech.frames, side="right")
            clean_s += list(clean * np.bincount(parts, minlength=len(vectors)) / len(parts))
        edges = np.array([*starts, found.segment.end])
        return EmbeddedSegment(found.segment, edges, np.vstack(embeddings).astype(np.float32), np.array(clean_s))

    def _features_in(self, frames: Frames) -> Speech:
        """Return the features whose middles lie in some frames of the segmentation, which are sorted."""
        assert self._features is not None
        first = max(self._features.first, self._feature_at(int(frames[0])) - 1)
        last = min(self._features.end, self._feature_at(int(frames[-1]) + 1) + 2)
        nearest = self._frames_of(np.arange(first, last))
        place = np.minimum(np.searchsorted(frames, nearest), len(frames) - 1)
        kept = frames[place] == nearest
        return Speech(self._features.rows(first, last)[kept], nearest[kept])

    def _frames_of(self, features: NDArray[np.intp], start: float = 0.0) -> Frames:
        """Return the frame in which the middle of each feature lies, by number from `start` seconds on."""
        embedding, grid = self._networks.embedding, self.grid
        middles = start + features * embedding.feature_step_s + embedding.feature_s / 2
        frames: Frames = np.rint((middles - grid.frame_s / 2) / grid.frame_step_s).astype(np.intp)
        return frames

    def _feature_at(self, frame: int) -> int:
        """Return about where the first feature of a frame is."""
        embedding, grid = self._networks.embedding, self.grid
        middle = (frame - 0.5) * grid.frame_step_s + grid.frame_s / 2
        return max(0, int((middle - embedding.feature_s / 2) / embedding.feature_step_s))

    def _count(self, first: int, end: int) -> NDArray[np.uint8]:
        """Return the number of speakers in frames from `first` to `end`: the mean of the votes, rounded."""
        covered = coverage(self.grid, first, end - first, self._windows)
        return np.rint(self._speakers[first:end] / np.maximum(covered, 1)).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _SegmentSpeech:
    """A segment to embed: the frames at which it begins again after a pause, and the speech between these."""

    segment: Segment
    starts: tuple[int, ...]
    speech: list[Speech]
    clean_s: list[float]


class _Tail:
    """The last rows of a long array; rows keep their numbers."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._rows, self.first = rows, 0

    @property
    def end(self) -> int:
        """The number after the last row."""
        return self.first + len(self._rows)

    def append(self, rows: NDArray[np.float32]) -> None:
        """Add rows at the end."""
        self._rows = np.concatenate([self._rows, rows])

    def rows(self, first: int, end: int) -> NDArray[np.float32]:
        """Return the rows from `first` to `end`."""
        return self._rows[first - self.first : end - self.first]

    def drop_before(self, first: int) -> None:
        """Forget the rows before `first`, as far as there are any."""
        first = min(max(first, self.first), self.end)
        self._rows, self.first = self._rows[first - self.first :], first
