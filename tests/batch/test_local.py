"""The local executor, with processes that are none: who gets which task, and what becomes of those that die."""

from __future__ import annotations

import queue
from collections.abc import Iterable
from typing import Any

import pytest

import speakerplug.batch.local
from speakerplug.batch.child import Ready, Unusable
from speakerplug.batch.local import LocalExecutor, slots_for, visible_gpus
from speakerplug.batch.process import Ended, _reason
from speakerplug.errors import PluginError, UsageError
from speakerplug.plugin import Died, Event, ExecutorRequest, Failed, Finished, Progressed, Task


class FakeProcess:
    """A process that is ready at once, and does each task immediately; `dies` in a key ends it."""

    made: list[FakeProcess]

    def __init__(self, settings: Any, events: queue.SimpleQueue[Any], **about: Any) -> None:
        self.events, self.about = events, about
        self.orders: list[tuple[str, str]] = []
        self.is_ended = False
        self.made.append(self)
        self.begin()

    def begin(self) -> None:
        """Be ready."""
        self.events.put((self, Ready()))

    @property
    def pid(self) -> int:
        """Return a number."""
        return 100 + self.made.index(self)

    def do(self, task: Task) -> None:
        """Do a task."""
        self.orders.append(("do", task.key))
        if "dies" in task.key:
            self.events.put((self, Ended()))
            return
        self.events.put((self, Progressed(task, 0.5)))
        failed = Failed(task, "MediaError", "It is bad: copy it.", memory_bytes=5)
        self.events.put((self, failed if "bad" in task.key else Finished(task, (), 1.0, 1.0, memory_bytes=5)))

    def prefetch(self, task: Task) -> None:
        """Take note of it."""
        self.orders.append(("prefetch", task.key))

    def end(self) -> str:
        """Be ended."""
        self.is_ended = True
        return "its process was ended by SIGSEGV"


@pytest.fixture(autouse=True)
def processes(monkeypatch: pytest.MonkeyPatch) -> list[FakeProcess]:
    """Return the processes that are made."""
    FakeProcess.made = []
    monkeypatch.setattr(speakerplug.batch.local, "WorkerProcess", FakeProcess)
    monkeypatch.setattr(speakerplug.batch.local, "visible_gpus", list)
    return FakeProcess.made


def tasks(*keys: str) -> list[Task]:
    """Return tasks of these keys; a number at the end is the attempt."""
    return [Task(key, key, {}, attempt=int(key[-1]) if key[-1].isdigit() else 1) for key in keys]


def run(executor: LocalExecutor, given: Iterable[Task]) -> tuple[list[Event], list[str]]:
    """Do tasks; return the events but for progress, and what was started by whom."""
    waiting, started = [*given], list[str]()
    settings: Any = "settings"
    events = executor.run(
        lambda: waiting.pop(0) if waiting else None,
        settings,
        lambda task, worker: started.append(f"{task.key} {worker}"),
    )
    return [event for event in events if not isinstance(event, Progressed)], started


def test_local_executor_does_all_tasks_and_prefetches_the_next(processes: list[FakeProcess]) -> None:
    """Each is started, and has one end."""
    executor = LocalExecutor(ExecutorRequest())
    events, started = run(executor, tasks("a", "bad", "c"))
    assert [type(event) for event in events] == [Finished, Failed, Finished]
    assert started == ["a worker 1 (100)", "bad worker 1 (100)", "c worker 1 (100)"]
    assert processes[0].orders == [("do", "a"), ("prefetch", "bad"), ("do", "bad"), ("prefetch", "c"), ("do", "c")]
    executor.close()
    assert processes[0].is_ended


def test_local_executor_replaces_a_worker_that_died_and_keeps_what_was_prefetched(processes: list[FakeProcess]) -> None:
    """The prefetched one was not begun, so it is not to blame."""
    events, started = run(LocalExecutor(ExecutorRequest()), tasks("dies", "b"))
    assert isinstance(events[0], Died)
    assert (events[0].task.key, events[0].reason, events[0].blames) == (
        "dies",
        "its process was ended by SIGSEGV",
        True,
    )
    assert [event.task.key for event in events] == ["dies", "b"]
    assert started == ["dies worker 1 (100)", "b worker 1 (101)"]
    assert len(processes) == 2


def test_local_executor_prefetches_nothing_beside_what_is_suspect(processes: list[FakeProcess]) -> None:
    """Another one that ends the process would be blamed on it."""
    run(LocalExecutor(ExecutorRequest()), tasks("a2", "b"))
    assert [order for process in processes for order in process.orders] == [("do", "a2"), ("do", "b")]
    FakeProcess.made.clear()
    run(LocalExecutor(ExecutorRequest()), tasks("a", "b2"))
    assert [order for process in processes for order in process.orders] == [("do", "a"), ("do", "b2")]


@pytest.mark.parametrize("limits", [{"recycle": 2}, {"worker_memory_bytes": 4}])
def test_local_executor_replaces_workers_as_asked(processes: list[FakeProcess], limits: dict[str, int]) -> None:
    """After so many tasks, or when one uses too much memory."""
    events, _ = run(LocalExecutor(ExecutorRequest(**limits)), tasks("a", "b", "c"))  # type: ignore[arg-type]
    assert len(events) == 3
    assert len(processes) == (2 if "recycle" in limits else 3)


def test_local_executor_lets_an_idle_worker_take_what_waits_for_a_busy_one(processes: list[FakeProcess]) -> None:
    """At the end of a run nobody is idle beside a queue."""
    executor = LocalExecutor(ExecutorRequest(workers=2))
    events, started = run(executor, tasks("a", "b", "c"))
    assert len(events) == len(started) == 3
    assert {line.split()[2] for line in started} == {"1", "2"}


def test_local_executor_can_run_again_with_the_same_workers(processes: list[FakeProcess]) -> None:
    """With --watch, models stay loaded."""
    executor = LocalExecutor(ExecutorRequest())
    run(executor, tasks("a"))
    run(executor, tasks("b"))
    assert len(processes) == 1


def test_local_executor_gives_up_where_no_worker_can_be_started(
    processes: list[FakeProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No recording is to blame: the tasks were not begun."""
    monkeypatch.setattr(FakeProcess, "begin", lambda self: self.events.put((self, Ended())))
    with pytest.raises(PluginError, match=r"Workers cannot be started: .* speakerplug doctor"):
        run(LocalExecutor(ExecutorRequest()), tasks("a"))
    assert len(processes) == 3
    monkeypatch.setattr(FakeProcess, "begin", lambda self: self.events.put((self, Unusable("No: do this."))))
    with pytest.raises(PluginError, match=r"No: do this\."):
        run(LocalExecutor(ExecutorRequest()), tasks("a"))


def test_local_executor_refuses_shares_of_gpus() -> None:
    """That is for clusters."""
    with pytest.raises(UsageError, match="--gpus-per-worker is for executors"):
        LocalExecutor(ExecutorRequest(gpus_per_worker=0.5))


def test_slots_are_one_a_gpu_or_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several workers share GPUs in turn; one alone sees all that there is."""
    import os

    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(speakerplug.batch.local, "usable_cores", lambda: 4)
    assert [slot.gpu for slot in slots_for(None, ["0", "3"])] == ["0", "3"]
    assert [slot.environment for slot in slots_for(3, ["0", "1"])] == [{"CUDA_VISIBLE_DEVICES": n} for n in "010"]
    assert [(slot.gpu, slot.cpus) for slot in slots_for(None, ["0"])] == [(None, None)]
    assert [slot.cpus for slot in slots_for(2, [])] == [[0, 2], [1, 3]]
    assert [slot.cpus for slot in slots_for(5, [])] == [None] * 5


@pytest.mark.parametrize(("value", "gpus"), [("", []), ("-1", []), ("0, 2", ["0", "2"]), ("GPU-5a", ["GPU-5a"])])
def test_visible_gpus_are_those_of_the_variable(monkeypatch: pytest.MonkeyPatch, value: str, gpus: list[str]) -> None:
    """As CUDA reads it."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert visible_gpus() == gpus


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (None, "hangs"),
        (3, "exited with code 3"),
        (-11, "ended by SIGSEGV"),
        (-9, "perhaps because memory ran out"),
        (-250, "signal 250"),
    ],
)
def test_reason_of_an_ended_process_is_a_phrase(code: int | None, said: str) -> None:
    """Of its exit code, or of the signal."""
    assert said in _reason(code)
