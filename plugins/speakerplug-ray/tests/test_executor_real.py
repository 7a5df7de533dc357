"""The executor on a real Ray: a cluster of two machines with one CPU each, on this machine; its workers are stubs."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from speakerplug.plugin import Died, Event, ExecutorRequest, Failed, Finished, Task
from speakerplug_ray import executor
from speakerplug_ray.cluster import ClusterError
from speakerplug_ray.executor import RayExecutor
from speakerplug_ray.plugin import ray_executor
from tests.standins import stub_worker
from tests.standins.batch_kills import command, lines, states, tree
from tests.standins.stub_stages import SLEEP, installed, write_clip
from tests.standins.stub_worker import FAILS, KILLS, SECONDS, StubSettings

pytestmark = pytest.mark.slow
STORE_BYTES = 100_000_000


@dataclass
class Machines:
    """A cluster, of which machines can be lost and added."""

    cluster: Any
    nodes: dict[str, Any] = field(default_factory=dict)

    def add(self) -> None:
        """Add a machine with one CPU."""
        node = self.cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        self.nodes[node.node_id] = node

    def lose(self, node_id: str) -> None:
        """End a machine as if its plug was pulled."""
        self.cluster.remove_node(self.nodes.pop(node_id), allow_graceful=False)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Return a cluster whose head has no CPU, and whose workers find the stub stages."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(installed(tmp_path_factory.mktemp("ray"))))
        environment.setenv("RAY_AUTH_MODE", "disabled")  # else Ray writes a token into the home folder
        import ray
        from ray.cluster_utils import Cluster

        ray.cloudpickle.register_pickle_by_value(stub_worker)
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": STORE_BYTES})
        machines = Machines(cluster)
        machines.add()
        machines.add()
        yield machines
        ray.shutdown()
        cluster.shutdown()


@dataclass
class Driver:
    """A driver that tries twice what died; `on_start` is called with the number of starts and the worker's name."""

    executor: RayExecutor[Any]
    on_start: Any = lambda count, worker: None
    started: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def run(self, tasks: list[Task]) -> Driver:
        """Run tasks until all have ended."""
        queue = deque(tasks)
        for event in self.executor.run(lambda: queue.popleft() if queue else None, StubSettings(), self._start):
            self.events.append(event)
            if isinstance(event, Died) and event.task.attempt < 2:
                queue.append(replace(event.task, attempt=event.task.attempt + event.blames))
        return self

    def _start(self, task: Task, worker: str) -> None:
        self.started.append(task.key)
        self.on_start(len(self.started), worker)

    def ended(self, kind: type[Event]) -> list[str]:
        """Return the keys of the tasks with such an event, in order."""
        return sorted(event.task.key for event in self.events if isinstance(event, kind))


@pytest.fixture
def driver(machines: Machines) -> Iterator[Driver]:
    """Return a driver with two workers on the cluster."""
    made = ray_executor(ExecutorRequest(machines.cluster.address, workers=2))
    assert isinstance(made, RayExecutor)
    yield Driver(made)
    made.close()


def tasks_in(folder: Path, count: int, **options: Any) -> list[Task]:
    """Return tasks with these options."""
    return [
        Task(f"{number:02}", f"{number}.wav", {"txt": str(folder / f"{number:02}.txt")}, options=options)
        for number in range(count)
    ]


def are_written(tasks: list[Task]) -> bool:
    """Return whether each has its output, byte for byte."""
    return all(Path(task.outputs["txt"]).read_text() == task.path for task in tasks)


def test_run_on_two_machines_does_all_and_survives_what_a_recording_does(
    driver: Driver, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A failure is one, a killer is tried twice, all others are done; Ray prints nothing, and its store stays empty."""
    import ray

    tasks = tasks_in(tmp_path, 8)
    tasks[2] = replace(tasks[2], options={FAILS: True})
    tasks[5] = replace(tasks[5], options={KILLS: True})
    driver.run(tasks)
    assert driver.ended(Finished) == ["00", "01", "03", "04", "06", "07"]
    assert driver.ended(Failed) == ["02"]
    died = [event for event in driver.events if isinstance(event, Died)]
    assert [(event.task.key, event.task.attempt, event.blames) for event in died] == [("05", 1, True), ("05", 2, True)]
    assert are_written([task for task in tasks if task.key in driver.ended(Finished)])
    assert capfd.readouterr().out == ""
    used, total = ray.available_resources(), ray.cluster_resources()
    assert used["object_store_memory"] == total["object_store_memory"]


def test_run_of_a_task_that_hangs_ends_its_worker_after_its_limit(driver: Driver, tmp_path: Path) -> None:
    """Ray itself knows no limit of time for an actor."""
    [task] = tasks_in(tmp_path, 1, **{SECONDS: 60.0})
    driver.run([replace(task, timeout_s=0.5)])
    assert [event.reason for event in driver.events if isinstance(event, Died)] == ["it took longer than 0 s"] * 2


def test_run_where_a_machine_is_lost_repeats_one_file_and_goes_on(
    machines: Machines, driver: Driver, tmp_path: Path
) -> None:
    """At most one file of each worker is redone, none is blamed, and it takes less than 30 s more."""
    import ray

    tasks = tasks_in(tmp_path, 12, **{SECONDS: 0.3})
    lost: list[float] = []

    def lose(count: int, worker: str) -> None:
        """Lose the machine of a worker in the middle of the run."""
        if count == 5:
            slot = next(slot for slot in driver.executor._slots if slot.name == worker)
            threading.Timer(0.15, lambda: (machines.lose(slot.actor.node), lost.append(time.monotonic()))).start()

    driver.on_start = lose
    driver.run(tasks)
    took = time.monotonic() - lost[0]
    died = [event for event in driver.events if isinstance(event, Died)]
    assert [event.blames for event in died] == [False]
    assert driver.ended(Finished) == [task.key for task in tasks]
    assert len(driver.started) == len(tasks) + 1
    assert are_written(tasks)
    assert took < 30.0, f"{took:.0f} s after the machine was lost"
    machines.add()
    assert ray.is_initialized()


def test_run_where_others_hold_all_cpus_says_so_in_bounded_time(
    machines: Machines, driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Actors of others keep their CPUs while they live: Ray would wait for ever."""
    import ray

    monkeypatch.setattr(executor, "START_S", 2.0)
    driver.executor._pool.connect()
    holders = [ray.remote(num_cpus=1)(stub_worker.StubWorker).remote() for _ in machines.nodes]
    ray.get([holder.close.remote() for holder in holders], timeout=60)
    with pytest.raises(ClusterError, match=r"a worker needs 1 CPUs, and 0 of \d CPUs are free; end other jobs"):
        driver.run(tasks_in(tmp_path, 1))
    for holder in holders:
        ray.kill(holder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_batch_on_ray_that_is_ended_leaves_no_worker(machines: Machines, tmp_path: Path, number: int) -> None:
    """Ctrl-C ends it within seconds; the driver's death ends its actors, too, so that the next run has their CPUs."""
    for each in range(3):
        write_clip(tmp_path / "in" / f"{each}.wav")
    arguments = command(tmp_path / "in", tmp_path / "out", "--ray", machines.cluster.address, "--workers", "2")
    driver = subprocess.Popen(arguments, env={**os.environ, SLEEP: "300"}, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while states(tmp_path / "out")["started"] < 2 and time.monotonic() < until:
        time.sleep(0.1)
    workers = [int(each["worker"].rpartition(":")[2]) for each in lines(tmp_path / "out") if "worker" in each]
    assert len([pid for pid in workers if is_running(pid)]) == 2
    driver.send_signal(number)
    _, printed = driver.communicate(timeout=10)
    assert number == signal.SIGKILL or (driver.returncode == 130 and "the same command goes on" in printed)
    until = time.monotonic() + 30
    while any(map(is_running, workers)) and time.monotonic() < until:
        time.sleep(0.2)
    assert not any(map(is_running, workers))


def test_batch_on_ray_writes_what_one_machine_writes(machines: Machines, tmp_path: Path) -> None:
    """The same command, with another executor: subtitles byte for byte, JSON but for what says how it ran."""
    for each in range(8):
        write_clip(tmp_path / "in" / f"{each % 3}" / f"{each}.wav", 1.0 + each / 4, each)
    ray = ("--ray", machines.cluster.address)
    for name, more in (("one", ()), ("two", ray)):
        done = subprocess.run(command(tmp_path / "in", tmp_path / name, "--workers", "2", *more), timeout=120)
        assert done.returncode == 0
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert len(tree(tmp_path / "two")) == 16


def is_running(pid: int) -> bool:
    """Return whether there is such a process, which is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
