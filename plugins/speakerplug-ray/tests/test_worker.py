"""What runs in an actor, without Ray."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from speakerplug.plugin import Finished, Task
from speakerplug_ray import worker
from speakerplug_ray.worker import RayWorker, with_share
from tests.standins.stub_worker import StubSettings

TASK = Task("a", "a.wav", {})


class Reporting:
    """A worker that reports its progress often, and remembers what it prefetched."""

    def __init__(self) -> None:
        self.prefetched: list[Task] = []

    def work(self, task: Task, progress: Callable[[float], None]) -> Finished:
        for share in (0.0, 0.25, 0.5, 1.0):
            progress(share)
        return Finished(task, (), 1.0, 1.0)

    def prefetch(self, task: Task) -> None:
        self.prefetched.append(task)

    def close(self) -> None: ...


@pytest.mark.parametrize(("every_s", "shares"), [(0.0, [0.0, 0.25, 0.5, 1.0]), (60.0, [])])
def test_work_yields_progress_now_and_then_and_what_became_of_it(
    every_s: float, shares: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer is a message through Ray, so there are few; the next recording is decoded meanwhile."""
    monkeypatch.setattr(worker, "PROGRESS_S", every_s)
    actor, inner = RayWorker(), Reporting()
    actor._worker = inner
    following = Task("b", "b.wav", {})
    assert [*actor.work(TASK, following)] == [*shares, Finished(TASK, (), 1.0, 1.0)]
    assert inner.prefetched == [following]


@pytest.mark.parametrize(
    ("gpus", "has_cuda", "limit"),
    [(0.0, True, None), (1.0, True, None), (2.0, True, None), (0.5, False, None), (0.5, True, "8000")],
)
def test_with_share_limits_the_memory_to_the_share_of_a_gpu(
    gpus: float, has_cuda: bool, limit: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray counts shares and limits nothing: two workers would each take the whole card."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: has_cuda)
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda device: SimpleNamespace(total_memory=16_000))
    assert with_share(StubSettings(), gpus) == StubSettings(limit)
