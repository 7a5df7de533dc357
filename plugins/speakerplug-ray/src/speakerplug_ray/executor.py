"""The executor `ray`: which worker does which task, and what becomes of workers that die, hang or grow."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from speakerplug.plugin import Died, Event, ExecutorRequest, Failed, Finished, Progressed, Task, WorkerSettings

from .cluster import ClusterError
from .pool import WorkerLostError
from .worker import Answer, Opened

POLL_S = 0.5
"""Seconds after which tasks that take too long are looked for."""
START_S = 120.0
"""Seconds within which a first worker has to start, and another once all are lost."""
MOST_FAILED_STARTS = 5
"""Workers in a row that may die before they are ready."""

A = TypeVar("A")


class Pool(Protocol[A]):
    """What the executor needs of a cluster: see `RayPool`."""

    def connect(self) -> int:
        """Connect, and return the number of workers."""

    def spawn(self, settings: WorkerSettings) -> A:
        """Start an actor."""

    def work(self, actor: A, task: Task, following: Task | None) -> None:
        """Let it do a task."""

    def wait(self, actors: Sequence[A], timeout_s: float) -> A | None:
        """Return the first actor with an answer."""

    def answer(self, actor: A) -> Opened | Answer:
        """Return its answer."""

    def kill(self, actor: A) -> None:
        """End it."""

    def shortage(self) -> str:
        """Return what is missing for a worker."""

    def close(self) -> None:
        """End the connection."""


@dataclass(eq=False, slots=True)
class _Slot(Generic[A]):
    """A worker's place: its actor and name ("" while it starts), what it does since when, and what it prefetched."""

    actor: A
    name: str = ""
    task: Task | None = None
    since: float = 0.0
    following: Task | None = None
    done: int = 0


class RayExecutor(Generic[A]):
    """Runs workers as actors. Each pulls one task at a time; what it only prefetched may be done by any other."""

    def __init__(self, pool: Pool[A], request: ExecutorRequest, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool, self._request, self._clock = pool, request, clock
        self._slots: list[_Slot[A]] = []
        self._waiting: deque[Task] = deque()
        self._failed_starts = 0
        self._last_alive = 0.0

    def run(
        self, take: Callable[[], Task | None], settings: WorkerSettings, started: Callable[[Task, str], None]
    ) -> Iterator[Event]:
        """Do tasks until `take` has none and none is running; see `speakerplug.plugin.Executor`."""
        if not self._slots:
            self._slots = [_Slot(self._pool.spawn(settings)) for _ in range(self._pool.connect())]
        self._last_alive = self._clock()
        while True:
            self._assign(take, started)
            if not self._waiting and not any(slot.task for slot in self._slots):
                return
            event = self._overdue(settings) or self._next_event(settings)
            if event is not None:
                yield event

    def close(self) -> None:
        """End all workers now, and the connection."""
        for slot in self._slots:
            self._pool.kill(slot.actor)
        self._slots = []
        self._waiting.clear()
        self._pool.close()

    def _assign(self, take: Callable[[], Task | None], started: Callable[[Task, str], None]) -> None:
        """Give each idle worker a task, and another to prefetch; where no worker is ready, have one task waiting."""
        given = []
        for slot in self._slots:
            if slot.name and slot.task is None:
                slot.task, slot.following = slot.following or self._next(take) or self._prefetched(), None
                given += [slot] if slot.task is not None else []
        for slot in given:
            assert slot.task is not None
            slot.following = None if slot.task.is_suspect else self._to_prefetch(take)
            slot.since = self._clock()
            started(slot.task, slot.name)
            self._pool.work(slot.actor, slot.task, slot.following)
        if not any(slot.name for slot in self._slots) and (task := self._next(take)) is not None:
            self._waiting.appendleft(task)

    def _next(self, take: Callable[[], Task | None]) -> Task | None:
        return self._waiting.popleft() if self._waiting else take()

    def _prefetched(self) -> Task | None:
        """Return a task that a busy worker prefetched: an idle one does it sooner."""
        for slot in self._slots:
            if slot.following is not None:
                task, slot.following = slot.following, None
                return task
        return None

    def _to_prefetch(self, take: Callable[[], Task | None]) -> Task | None:
        task = self._next(take)
        if task is not None and task.is_suspect:
            self._waiting.appendleft(task)
            return None
        return task

    def _overdue(self, settings: WorkerSettings) -> Event | None:
        """End a worker whose task takes too long, and return what became of the task."""
        for slot in self._slots:
            task = slot.task
            if task is not None and task.timeout_s is not None and self._clock() - slot.since > task.timeout_s:
                self._replace(slot, settings)
                return Died(task, f"it took longer than {task.timeout_s:.0f} s")
        return None

    def _next_event(self, settings: WorkerSettings) -> Event | None:
        """Wait for the next answer, and return the event that follows from it; None if none does."""
        if any(slot.name for slot in self._slots):
            self._last_alive = self._clock()
        by_actor = {id(slot.actor): slot for slot in self._slots if slot.task is not None or not slot.name}
        actor = self._pool.wait([slot.actor for slot in by_actor.values()], POLL_S)
        if actor is None:
            self._refuse_to_wait_forever()
            return None
        slot = by_actor[id(actor)]
        try:
            answer = self._pool.answer(actor)
        except WorkerLostError as lost:
            return self._lost(slot, lost, settings)
        if isinstance(answer, Opened):
            slot.name, self._failed_starts = answer.name, 0
            return None
        assert slot.task is not None
        return Progressed(slot.task, answer) if isinstance(answer, float) else self._ended(slot, answer, settings)

    def _ended(self, slot: _Slot[A], outcome: Finished | Failed, settings: WorkerSettings) -> Event:
        slot.task = None
        slot.done += 1
        recycle, most = self._request.recycle, self._request.worker_memory_bytes
        if (recycle is not None and slot.done >= recycle) or (most is not None and outcome.memory_bytes > most):
            self._replace(slot, settings)
        return outcome

    def _lost(self, slot: _Slot[A], lost: WorkerLostError, settings: WorkerSettings) -> Event | None:
        """Replace a worker that died, and return what became of its task."""
        task = slot.task
        if task is None:
            self._failed_starts += 1
            if self._failed_starts >= MOST_FAILED_STARTS:
                raise ClusterError(
                    f"{MOST_FAILED_STARTS} workers in a row ended before they were ready ({lost.reason}); look into "
                    "/tmp/ray/session_latest/logs on their nodes."
                ) from lost
        self._replace(slot, settings)
        return None if task is None else Died(task, lost.reason, lost.blames)

    def _replace(self, slot: _Slot[A], settings: WorkerSettings) -> None:
        """End a worker, and start another in its place, wherever there is room."""
        if slot.following is not None:
            self._waiting.appendleft(slot.following)
        self._pool.kill(slot.actor)
        slot.actor, slot.name, slot.task, slot.following, slot.done = self._pool.spawn(settings), "", None, None, 0

    def _refuse_to_wait_forever(self) -> None:
        """Raise ClusterError where there has been no worker for long."""
        if self._clock() - self._last_alive > START_S:
            raise ClusterError(
                f"No worker could start on the Ray cluster within {START_S:.0f} s: {self._pool.shortage()}; end other "
                "jobs there, add nodes, or ask for less with --workers and --gpus-per-worker."
            )
