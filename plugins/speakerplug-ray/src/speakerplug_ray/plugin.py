"""The entry point `ray`; it imports nothing heavy until a factory is called."""

from __future__ import annotations

from collections.abc import Callable

from speakerplug.plugin import Executor, ExecutorRegistration, ExecutorRequest, hookimpl


def ray_executor(request: ExecutorRequest) -> Executor:
    """Return the executor for this request; it connects when it is run."""
    from .cluster import checked
    from .executor import RayExecutor
    from .pool import RayPool

    return RayExecutor(RayPool(checked(request.address), request), request)


@hookimpl
def register_executors(register: Callable[[ExecutorRegistration], None]) -> None:
    """Register the executor `ray`."""
    description = "Run the workers on a Ray cluster: the one of this machine or RAY_ADDRESS, one named, or a new one."
    register(ExecutorRegistration("ray", ray_executor, description=description, metavar="auto|HOST:PORT|local"))
