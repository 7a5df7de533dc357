"""Many recordings: a driver that plans, a journal of what is done, and workers that do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..plugin.hooks import hookimpl
from ..plugin.registrations import ExecutorRegistration

if TYPE_CHECKING:
    from ..plugin.executor import Executor, ExecutorRequest

LOCAL = "local"


def _local(request: ExecutorRequest) -> Executor:
    from .local import LocalExecutor

    return LocalExecutor(request)


@hookimpl
def register_executors(register: Callable[[ExecutorRegistration], None]) -> None:
    """Register the executor that comes with SpeakerPlug."""
    register(ExecutorRegistration(LOCAL, _local, description="Run workers on this machine, one for each GPU."))
