"""Which worker does which task, and what becomes of workers that die, hang or grow; without Ray."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.plugin import Died, Event, ExecutorRequest, Failed, Finished, Progressed, Task, WorkerSettings
from speakerplug_ray import executor
from speakerplug_ray.cluster import ClusterError
from speakerplug_ray.executor import RayExecutor
from speakerplug_ray.pool import WorkerLostError
from speakerplug_ray.worker import Answer, Opened
from tests.standins.stub_worker import StubSettings

SETTINGS = StubSettings()
DIES = WorkerLostError("its worker process died", blames=True)
NODE_LOST = WorkerLostError("its node was lost", blames=False)


@dataclass(eq=False)
class FakeActor:
    """An actor: its number, its answers to come, and the task and the prefetched one that it last got."""

    number: int
    answers: deque[Opened | Answer | WorkerLostError] = field(default_factory=deque)
    task: Task | None = None
    following: Task | None = None
    answered: int = 0
    is_ended: bool = False


@dataclass
class FakePool:
    """A cluster where each task does what `fates` says by its key, and `ready` says how many actors ever start."""

    workers: int = 2
    fates: dict[str, list[Answer | WorkerLostError | None]] = field(default_factory=dict)
    ready: int = 1_000
    failed_starts: int = 0
    actors: list[FakeActor] = field(default_factory=list)
    now: float = 0.0
    is_closed: bool = False

    def connect(self) -> int:
        return self.workers

    def spawn(self, settings: WorkerSettings) -> FakeActor:
        assert settings is SETTINGS
        actor = FakeActor(len(self.actors))
        self.actors.append(actor)
        if actor.number < self.failed_starts:
            actor.answers.append(DIES)
        elif actor.number < self.ready:
            actor.answers.append(Opened(f"worker {actor.number}", "node", "1"))
        return actor

    def work(self, actor: FakeActor, task: Task, following: Task | None) -> None:
        assert not actor.is_ended
        actor.task, actor.following = task, following
        fates = self.fates.get(task.key, [])
        fate = fates.pop(0) if fates else Finished(task, (), 1.0, 1.0)
        if fate is not None:  # else it hangs
            actor.answers.append(fate)

    def wait(self, actors: Sequence[FakeActor], timeout_s: float) -> FakeActor | None:
        self.now += timeout_s
        return min((actor for actor in actors if actor.answers), key=lambda actor: actor.answered, default=None)

    def answer(self, actor: FakeActor) -> Opened | Answer:
        answer = actor.answers.popleft()
        actor.answered += 1
        if isinstance(answer, WorkerLostError):
            raise answer
        if isinstance(answer, float):
            assert actor.task is not None
            actor.answers.append(Finished(actor.task, (), 1.0, 1.0))
        return answer

    def kill(self, actor: FakeActor) -> None:
        actor.is_ended = True

    def shortage(self) -> str:
        return "a worker needs 4 CPUs, and 0 of 8 CPUs are free"

    def close(self) -> None:
        self.is_closed = True


def tasks_of(count: int) -> list[Task]:
    """Return tasks named 0, 1, ..."""
    return [Task(str(number), f"{number}.wav", {}) for number in range(count)]


@dataclass
class Run:
    """A driver that tries what died once again, as the real one does."""

    pool: FakePool
    request: ExecutorRequest = field(default_factory=ExecutorRequest)
    started: list[tuple[str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def of(self, tasks: list[Task]) -> Run:
        queue = deque(tasks)
        made = RayExecutor(self.pool, self.request, clock=lambda: self.pool.now)
        try:
            for event in made.run(lambda: queue.popleft() if queue else None, SETTINGS, self._start):
                self.events.append(event)
                if isinstance(event, Died) and event.task.attempt < 2:
                    queue.append(replace(event.task, attempt=event.task.attempt + event.blames))
        finally:
            made.close()
        assert self.pool.is_closed
        assert all(actor.is_ended for actor in self.pool.actors)
        return self

    def _start(self, task: Task, worker: str) -> None:
        self.started.append((task.key, worker))

    def ended(self, kind: type[Event]) -> list[str]:
        return [event.task.key for event in self.events if isinstance(event, kind)]


def test_run_of_some_tasks_finishes_each_once_and_starts_them_in_order() -> None:
    """What the driver gives first is started first."""
    run = Run(FakePool()).of(tasks_of(6))
    assert sorted(run.ended(Finished)) == [*"012345"]
    assert [key for key, _ in run.started][:1] == ["0"]
    assert {worker for _, worker in run.started} == {"worker 0", "worker 1"}


def test_run_without_tasks_ends_though_no_worker_ever_starts() -> None:
    """Nobody waits for workers that have nothing to do."""
    assert Run(FakePool(ready=0)).of([]).events == []


def test_run_with_progress_passes_it_on() -> None:
    """Progress is an event about the task."""
    run = Run(FakePool(fates={"0": [0.25]})).of(tasks_of(1))
    assert run.events[0] == Progressed(tasks_of(1)[0], 0.25)
    assert run.ended(Finished) == ["0"]


def test_run_of_a_task_that_fails_keeps_its_worker() -> None:
    """An error of a recording is no reason for another process."""
    pool = FakePool(workers=1)
    pool.fates["0"] = [Failed(tasks_of(1)[0], "MediaError", "It is damaged.")]
    run = Run(pool).of(tasks_of(3))
    assert run.ended(Failed) == ["0"]
    assert len(pool.actors) == 1


@pytest.mark.parametrize(("lost", "attempts"), [(DIES, 2), (NODE_LOST, 1)])
def test_run_of_a_task_whose_worker_dies_goes_on_with_another_worker(lost: WorkerLostError, attempts: int) -> None:
    """The event says whether the recording may be the reason; what was prefetched there is done by another."""
    pool = FakePool(workers=1, fates={"0": [lost]})
    run = Run(pool).of(tasks_of(3))
    assert [event for event in run.events if isinstance(event, Died)] == [
        Died(tasks_of(1)[0], lost.reason, blames=lost.blames)
    ]
    assert sorted(run.ended(Finished)) == [*"012"]
    assert [event.task.attempt for event in run.events if event.task.key == "0"] == [1, attempts]
    assert len(pool.actors) == 2


def test_run_of_a_task_that_takes_too_long_ends_its_worker() -> None:
    """A worker that hangs is ended after the task's limit of time, and its task may be tried again."""
    pool = FakePool(workers=1, fates={"0": [None]})
    run = Run(pool).of([replace(tasks_of(1)[0], timeout_s=30.0)])
    died = next(event for event in run.events if isinstance(event, Died))
    assert (died.reason, died.blames) == ("it took longer than 30 s", True)
    assert run.ended(Finished) == ["0"]


@pytest.mark.parametrize(
    "request_", [ExecutorRequest(recycle=2), ExecutorRequest(worker_memory_bytes=-1)], ids=["recycle", "memory"]
)
def test_run_replaces_workers_after_so_many_files_or_so_much_memory(request_: ExecutorRequest) -> None:
    """A worker that leaks does not do so for ever."""
    pool = FakePool(workers=1)
    run = Run(pool, request_).of(tasks_of(4))
    assert sorted(run.ended(Finished)) == [*"0123"]
    assert len(pool.actors) == (3 if request_.recycle else 5)


def test_run_gives_the_next_task_to_decode_but_nothing_beside_a_suspect() -> None:
    """While one is worked on the next is decoded, except beside one under which a worker died."""
    pool = FakePool(workers=1)
    pool.fates["0"] = [None]
    first, second = tasks_of(2)
    made = RayExecutor(pool, ExecutorRequest(), clock=lambda: pool.now)
    queue = deque([replace(first, timeout_s=5.0), second])
    run = made.run(lambda: queue.popleft() if queue else None, SETTINGS, lambda task, worker: None)
    died = next(run)
    assert (pool.actors[0].task, pool.actors[0].following) == (died.task, second)
    queue.append(replace(died.task, attempt=2))
    assert {event.task.key for event in run} == {"0", "1"}
    assert all(actor.following is None for actor in pool.actors[1:])


def test_run_lets_an_idle_worker_do_what_a_busy_one_only_prefetched() -> None:
    """Two tasks, two workers: none waits behind the other, whoever started first."""
    pool = FakePool(workers=2, fates={"0": [None, None]})
    run = Run(pool).of([replace(tasks_of(1)[0], timeout_s=10.0), tasks_of(2)[1]])
    assert run.started[:2] == [("0", "worker 0"), ("1", "worker 1")]


def test_run_where_no_worker_ever_starts_says_what_is_missing() -> None:
    """It would wait for ever, as other jobs hold the CPUs."""
    with pytest.raises(ClusterError, match=r"No worker could start .* 120 s: .* 0 of 8 CPUs are free; .* --workers"):
        Run(FakePool(ready=0)).of(tasks_of(1))


def test_run_where_workers_die_at_once_says_so() -> None:
    """It would start them for ever."""
    pool = FakePool(failed_starts=100)
    with pytest.raises(ClusterError, match=r"5 workers in a row ended before they were ready \(its worker process"):
        Run(pool).of(tasks_of(1))
    assert len(pool.actors) <= executor.MOST_FAILED_STARTS + 2


def test_run_called_again_goes_on_with_the_same_workers() -> None:
    """A folder that is watched does not load models anew for each recording."""
    pool = FakePool(workers=1)
    made = RayExecutor(pool, ExecutorRequest(), clock=lambda: pool.now)
    for key in "ab":
        queue = deque([Task(key, key, {})])
        events = list(made.run(lambda queue=queue: queue.popleft() if queue else None, SETTINGS, lambda *_: None))
        assert [event.task.key for event in events] == [key]
    assert len(pool.actors) == 1


@given(
    st.lists(st.lists(st.sampled_from(["dies", "node lost", "fails", "hangs"]), max_size=2), max_size=12),
    st.integers(1, 4),
    st.sampled_from([None, 1, 3]),
)
def test_run_of_anything_starts_each_before_and_ends_each_after(
    fates: list[list[str]], workers: int, recycle: int | None
) -> None:
    """After each start comes exactly one end, and each task ends at last, whatever its workers do."""
    tasks = [replace(task, timeout_s=20.0) for task in tasks_of(len(fates))]
    meaning = {"dies": DIES, "node lost": NODE_LOST, "hangs": None}
    pool = FakePool(workers)
    for task, fate in zip(tasks, fates, strict=True):
        pool.fates[task.key] = [meaning.get(each, Failed(task, "E", "m")) for each in fate]
    run = Run(pool, ExecutorRequest(recycle=recycle)).of(tasks)
    ends = [event.task.key for event in run.events if not isinstance(event, Progressed)]
    assert sorted(ends) == sorted(key for key, _ in run.started)
    assert {task.key for task in tasks} == set(ends)
