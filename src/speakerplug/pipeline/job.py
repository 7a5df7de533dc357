"""What share of a job is done and how long the rest takes, from the progress events of its stages.

The job is one recording. Its share is that of all work, in which stages are weighted by their time; the time left is
that of the stages that end last. Expected costs are for a common machine; each stage is measured while it runs, which
corrects the expectations of the others, too.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..system.progress import ProgressEvent

if TYPE_CHECKING:
    from .options import Options


@dataclass(frozen=True, slots=True)
class Cost:
    """The seconds that a stage takes: `rate` for each second of audio, and `fixed` at any length.

    `steps` are the shares of its steps in it, if they are not those of STEPS. `measured` means that an earlier
    recording took so long here.
    """

    rate: float = 0.0
    fixed: float = 0.0
    steps: Mapping[str, float] | None = None
    measured: bool = False

    def of(self, duration: float) -> float:
        """Return the seconds for so many seconds of audio."""
        return self.rate * duration + self.fixed


Costs = Mapping[str, Cost]
"""The expected cost of each stage of a job, by the stage's name."""

# Seconds on two cores of a server, from docs/explanation/performance.md.
TINY = 0.02
"""The cost of Whisper tiny; a larger model costs as much more as it is larger."""
SIZES = {"tiny": 1.0, "base": 1.9, "small": 6.2, "medium": 20.0, "large": 40.0, "turbo": 20.0, "distil": 20.0}
SINGLE_PASS, EXACT = 0.01, 0.05
ALIGNMENT = 0.03
EMBED, BURN = 0.002, 0.3

GROUPS = (("decoding", "loading"), ("recognition", "diarization"), ("alignment",), ("attribution",), ("writing",))
"""The order of the stages; those of a group may run concurrently."""

STEPS: Mapping[str, Mapping[str, float]] = {
    "recognition": {"speech": 0.05, "recognition": 0.95},
    "diarization": {"segmentation": 0.9, "clustering": 0.09, "turns": 0.01},
    "loading": {},
}
"""The share of each step in its stage, in the order of the steps; that of other steps tells nothing of the stage."""
EXACT_STEPS = {"segmentation": 0.3, "speaker counting": 0.01, "embeddings": 0.6, "clustering": 0.08, "turns": 0.01}
DOWNLOAD = "download"
"""The first word of steps whose share is that of the whole stage."""

WINDOW, WINDOW_STEP = 6, 0.02
"""Reports from which the speed of a stage is measured, and the share of the stage between two of them."""
ENOUGH = 0.1
"""Share of a stage after which its measured speed counts alone."""
LATE = 0.25
"""Share of the time so far that a stage without reports is expected to take, once it has taken longer than expected."""
UNREPORTED = 0.25
"""Share of the time of a stage that counts as done while it reports nothing: little, as a machine may be slow."""
LOADED_S = 2.0
"""Seconds after its model is loaded in which a stage begins."""
UNFINISHED = 0.99
"""The largest share of a job that has not ended."""


def expected_costs(options: Options | None, copies: Iterable[float] = ()) -> Costs:
    """Return what a job with these options costs, which writes copies at the rates `copies`; None only writes them."""
    writing = {"writing": Cost(sum(copies))}
    if options is None:
        return writing
    found = {"decoding": Cost(0.001), "loading": Cost(fixed=3.0)}
    if options.recognizer is not None:
        name = "small" if options.model == "auto" else options.model.lower()
        size = next((size for part, size in reversed(SIZES.items()) if part in name), SIZES["small"])
        found["recognition"] = Cost(TINY * size)
    if options.diarizer is not None:
        found["diarization"] = Cost(EXACT, steps=EXACT_STEPS) if options.exact else Cost(SINGLE_PASS)
    if options.aligner is not None:
        found["alignment"] = Cost(ALIGNMENT)
    return {**found, "attribution": Cost(fixed=0.1), **writing}


@dataclass(frozen=True, slots=True)
class Step:
    """What a running stage does now: its step, "" before the first, and the step's share, None where it is unknown."""

    stage: str
    step: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A job now: the `share` that is done, `seconds` since its start, `seconds_left`, None where nothing tells it."""

    share: float
    seconds: float
    seconds_left: float | None
    running: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class _Time:
    """Seconds of a stage: the `whole` of it, the `rest` after its last report, and what is `left` of that now.

    What is left is not `known` while a stage runs of which too little was measured, or that takes longer than that.
    """

    whole: float = 0.0
    rest: float = 0.0
    left: float = 0.0
    known: bool = True

    def __add__(self, other: _Time) -> _Time:
        known = self.known and other.known
        return _Time(self.whole + other.whole, self.rest + other.rest, self.left + other.left, known)


class _Stage:
    """One stage of a job that has begun: what it does, and its speed."""

    def __init__(self, name: str, began: float, steps: Mapping[str, float] | None) -> None:
        self.began = began
        self.ended: float | None = None
        self.step = Step(name)
        self._steps = steps
        self._reports = deque([(began, 0.0)], maxlen=WINDOW)
        self._latest = began, 0.0

    @property
    def share(self) -> float:
        """The share that was reported last."""
        return self._latest[1]

    @property
    def is_downloading(self) -> bool:
        """Whether it waits for a download, which may take any time."""
        return self.step.step.startswith(DOWNLOAD)

    def report(self, event: ProgressEvent, now: float) -> None:
        """Take note of a step."""
        share = min(1.0, max(0.0, event.completed / event.total)) if event.total > 0 else None
        self.step = replace(self.step, step=event.step, share=share)
        done = None if share is None else self._done(event.step, share)
        if done is None:
            return
        if done < self.share:  # it began anew
            self._reports.clear()
        if not self._reports or done - self._reports[-1][1] >= WINDOW_STEP:
            self._reports.append((now, done))
        self._latest = now, done

    def _done(self, step: str, share: float) -> float | None:
        """Return the share of the stage, for one of a step."""
        if self._steps is None:
            return share
        if step not in self._steps:
            return share if step.startswith(DOWNLOAD) else None
        names = list(self._steps)
        return sum(self._steps[name] for name in names[: names.index(step)]) + self._steps[step] * share

    def time(self, expected: float, now: float, is_measured: bool = False) -> _Time:
        """Return the time of the stage, if it is `expected` to take so many seconds as long as it is new.

        That `is_measured` if an earlier recording took as long.
        """
        if self.ended is not None:
            return _Time(self.ended - self.began)
        (first, before), (last, done) = self._reports[0], self._latest
        since = now - self.began
        guess = max(expected - since, LATE * since)
        if done <= before or last <= first:
            whole = since + guess
            return _Time(whole, whole - UNREPORTED * min(since, expected), guess, is_measured and since < expected)
        measured = (1.0 - done) * (last - first) / (done - before)
        weight = min(1.0, (done - before) / ENOUGH)
        rest = weight * measured + (1.0 - weight) * max(guess, (1.0 - done) * expected)
        whole = rest / (1.0 - done) if done < 1.0 else last - self.began
        known = (is_measured or done >= ENOUGH) and now - last <= rest
        return _Time(whole, rest, max(rest - (now - last), LATE * rest), known)

    def total(self, now: float) -> float | None:
        """Return the seconds of the whole stage, None where too little of it is done."""
        return None if self.ended is None and self.share < ENOUGH else self.time(0.0, now).whole


class Job:
    """The progress of one recording, from the events that `report` is called with."""

    def __init__(self, costs: Costs, clock: Callable[[], float] = time.monotonic) -> None:
        self._steps = {**STEPS, **{name: cost.steps for name, cost in costs.items() if cost.steps is not None}}
        self._costs, self._clock, self._began = costs, clock, clock()
        self._duration = self._best = 0.0
        self._stages: dict[str, _Stage] = {}

    def report(self, event: ProgressEvent) -> None:
        """Take note of an event."""
        now, name = self._clock(), event.stage
        stage = self._stages.get(name)
        if event.finished:
            if stage is not None:
                stage.ended = now
        elif event.started or stage is None:
            self._stages[name] = stage = _Stage(name, now, self._steps.get(name))
        if event.step and stage is not None:
            stage.report(event, now)
            if event.stage == "decoding" and event.step == "decoding":
                self._duration = event.total

    def now(self) -> JobProgress:
        """Return the progress now; the share never decreases."""
        now = self._clock()
        running = tuple(stage.step for stage in self._stages.values() if stage.ended is None)
        time = self._time(now)
        if time is not None and time.whole > 0:
            self._best = max(self._best, min(UNFINISHED, 1.0 - time.rest / time.whole))
        left = time.left if time is not None and time.known else None
        return JobProgress(self._best, now - self._began, left, running)

    def learned(self) -> Costs:
        """Return the costs that were measured, for the next recording; as given where none was."""
        found = dict(self._costs)
        for name, cost in self._costs.items():
            stage = self._stages.get(name)
            if stage is None or stage.ended is None:
                continue
            seconds = stage.ended - stage.began
            if name == "loading":
                found[name] = replace(cost, fixed=0.0 if stage.is_downloading else seconds, measured=True)
            elif self._duration > 0:
                found[name] = replace(cost, rate=seconds / self._duration, fixed=0.0, measured=True)
        return found

    def _time(self, now: float) -> _Time | None:
        """Return the time of the job, None where nothing tells it."""
        if not self._duration and "decoding" in self._costs:
            loading = self._stages.get("loading")
            known = loading is not None and loading.is_downloading and loading.share >= ENOUGH
            if not known:
                return None
        slowness, last = self._slowness(now), self._last_begun()
        found = _Time()
        for number, group in enumerate(GROUPS):
            times = [self._time_of(name, slowness, now, skipped=number < last) for name in group]
            found += sum(times, _Time()) if number == 1 and self._is_serial(now) else _concurrent(times)
        others = [stage for name, stage in self._stages.items() if not any(name in group for group in GROUPS)]
        return found + _concurrent([stage.time(0.0, now) for stage in others])

    def _time_of(self, name: str, slowness: float | None, now: float, skipped: bool) -> _Time:
        """Return the time of a stage."""
        stage, cost = self._stages.get(name), self._costs.get(name, Cost())
        expected = cost.of(self._duration) * ((slowness if cost.rate else None) or 1.0)
        if stage is None:
            known = slowness is not None or cost.measured or not (cost.rate and expected)
            return _Time() if skipped else _Time(expected, expected, expected, known)
        if skipped and name == "loading" and not stage.is_downloading:  # the other stage is at work meanwhile
            return _Time()
        return stage.time(expected, now, cost.measured)

    def _last_begun(self) -> int:
        """Return the last group of which a stage has begun; stages of earlier ones that have not are left out."""
        return max((number for number, group in enumerate(GROUPS) if {*group} & self._stages.keys()), default=0)

    def _is_serial(self, now: float) -> bool:
        """Return whether a stage waits for the other to end; one whose model was being loaded just now does not."""
        begun = [name in self._stages for name in GROUPS[1]]
        loading = self._stages.get("loading")
        is_waiting = loading is None or (loading.ended is not None and now - loading.ended > LOADED_S)
        return any(begun) and not all(begun) and is_waiting

    def _slowness(self, now: float) -> float | None:
        """Return how much longer than expected the stages that compute take on this machine; None before it shows."""
        taken = expected = 0.0
        for name in GROUPS[1]:
            stage, cost = self._stages.get(name), self._costs.get(name)
            total = None if stage is None else stage.total(now)
            if total is not None and cost is not None:
                taken, expected = taken + total, expected + cost.of(self._duration)
        return taken / expected if taken > 0 and expected > 0 else None


def _concurrent(times: Sequence[_Time]) -> _Time:
    """Return the time of stages that run concurrently: all of it is work, but the longest ends last."""
    return replace(sum(times, _Time()), left=max((time.left for time in times), default=0.0))
