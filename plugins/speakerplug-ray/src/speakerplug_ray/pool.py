"""The actors of a batch: started, given work, listened to and ended; all calls of Ray but the connection are here."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from speakerplug.plugin import ExecutorRequest, Task, WorkerSettings, first_line

from . import cluster
from .cluster import ClusterError
from .shape import Node, Shape, shape_of
from .worker import Answer, Opened, Place, RayWorker, version

PASSED_ON = ("SPEAKERPLUG_", "HF_")
"""Beginnings of the driver's environment variables that workers get, but for tokens, which are in the settings."""
LOOK_AGAIN_S = 0.5
"""Seconds between two looks at a node whose worker died: one that shuts down in order ends its workers first."""


class WorkerLostError(Exception):
    """A worker that died, and whether its task may be the reason."""

    def __init__(self, reason: str, blames: bool) -> None:
        super().__init__(reason)
        self.reason, self.blames = reason, blames


@dataclass(eq=False, slots=True)
class Actor:
    """A worker's actor, the answer that is expected of it, and its node, "" while it starts."""

    handle: Any
    answer: Any
    node: str = ""


class RayPool:
    """Starts actors on the cluster at an address, and talks to them."""

    def __init__(self, address: str, request: ExecutorRequest) -> None:
        self._address, self._request = address, request
        self._owns_connection = False
        self.shape = Shape(0, 1, 0.0)

    def connect(self) -> int:
        """Connect, and return the number of workers; raises SpeakerPlugError if the cluster cannot be used."""
        self._owns_connection = cluster.connect(self._address, self._request.is_verbose)
        gpus = 0.0 if self._request.is_cpu_only else self._request.gpus_per_worker
        self.shape = shape_of(_nodes(), self._request.workers, gpus)
        return self.shape.workers

    def spawn(self, settings: WorkerSettings) -> Actor:
        """Start an actor, which answers `Opened` once there is room for it.

        Ray neither restarts it nor repeats its work: what a dead worker costs is counted in the journal.
        """
        import ray

        kind = ray.remote(RayWorker).options(
            num_cpus=self.shape.cpus, num_gpus=self.shape.gpus, max_restarts=0, max_task_retries=0
        )
        place = Place(os.getcwd(), _environment(), self.shape.cpus, self.shape.gpus)
        try:
            handle = kind.remote()
            return Actor(handle, handle.open.remote(settings, place))
        except ray.exceptions.RayError as error:
            raise ClusterError(
                f"The connection to the Ray cluster was lost ({first_line(error)}); the same command goes on."
            ) from error

    def work(self, actor: Actor, task: Task, following: Task | None) -> None:
        """Let an actor do a task, and decode the next recording meanwhile."""
        actor.answer = actor.handle.work.options(num_returns="streaming").remote(task, following)

    def wait(self, actors: Sequence[Actor], timeout_s: float) -> Actor | None:
        """Return the first actor with an answer; None if there is none in time."""
        import ray

        by_answer = {actor.answer: actor for actor in actors}
        if not by_answer:
            time.sleep(timeout_s)
            return None
        ready, _ = ray.wait(list(by_answer), num_returns=1, timeout=timeout_s)
        return by_answer[ready[0]] if ready else None

    def answer(self, actor: Actor) -> Opened | Answer:
        """Return the answer; raises WorkerLostError if the actor died, ClusterError if workers cannot start there."""
        import ray

        try:
            answer: Opened | Answer = ray.get(next(actor.answer) if actor.node else actor.answer)
        except (ray.exceptions.RayActorError, ray.exceptions.RaySystemError, StopIteration) as error:
            if "ModuleNotFoundError" in str(error) or "ImportError" in str(error):
                raise ClusterError(_not_installed(error)) from error
            raise _lost(actor, error) from error
        except ray.exceptions.RayError as error:
            raise ClusterError(_not_installed(error)) from error
        if isinstance(answer, Opened):
            actor.node = answer.node
            if answer.version != version():
                raise ClusterError(
                    f"SpeakerPlug {answer.version} is installed at {answer.name.partition(':')[0]}, but {version()} "
                    "here; install the same version on all nodes."
                )
        return answer

    def kill(self, actor: Actor) -> None:
        """End an actor now."""
        import ray

        with suppress(Exception):  # the cluster may be gone
            ray.kill(actor.handle, no_restart=True)

    def shortage(self) -> str:
        """Return what a worker needs and what is free, as a phrase."""
        import ray

        free, total = ray.available_resources(), ray.cluster_resources()
        needs = f"{self.shape.cpus} CPUs" + (f" and {self.shape.gpus:g} GPU" if self.shape.gpus else "")
        has = " and ".join(
            f"{free.get(kind, 0):g} of {total.get(kind, 0):g} {kind}s"
            for kind in ("CPU", "GPU")
            if kind == "CPU" or self.shape.gpus
        )
        return f"a worker needs {needs}, and {has} are free"

    def close(self) -> None:
        """End the connection, and the cluster if it was started for this run."""
        if not self._owns_connection:
            return
        import ray

        self._owns_connection = False
        with suppress(Exception):
            ray.shutdown()


def _nodes() -> list[Node]:
    import ray

    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [Node(each.get("CPU", 0.0), each.get("GPU", 0.0)) for each in alive]


def _environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name.startswith(PASSED_ON) and not name.endswith("TOKEN")
    }


def _lost(actor: Actor, error: BaseException) -> WorkerLostError:
    """Return what is known about a dead worker: a recording is not to blame if the node is gone, too."""
    if getattr(error, "preempted", False) or not _is_alive(actor.node):
        return WorkerLostError("its node was lost", blames=False)
    if "OUT_OF_MEMORY" in str(error):
        return WorkerLostError("Ray ended its worker because memory ran out on its node", blames=True)
    return WorkerLostError("its worker process died", blames=True)


def _is_alive(node: str) -> bool:
    """Return whether a node lives, now and a moment later; Ray itself notices a lost machine only after 10 to 30 s."""
    for pause_s in (0.0, LOOK_AGAIN_S):
        time.sleep(pause_s)
        if not _answers(node):
            return False
    return True


def _answers(node: str) -> bool:
    import ray

    with suppress(Exception):
        found = next((each for each in ray.nodes() if each["NodeID"] == node), None)
        return found is None or (
            found["Alive"] and cluster.answers(found["NodeManagerAddress"], found["NodeManagerPort"], 2.0)
        )
    return False


def _not_installed(error: BaseException) -> str:
    """Return one sentence about workers that cannot start."""
    lines = [line.strip() for line in str(error).splitlines() if "Error" in line]
    return (
        f"Workers cannot start on the Ray cluster ({lines[-1] if lines else first_line(error)}); install speakerplug "
        f"{version()} and speakerplug-ray with the same plugins on every node."
    )
