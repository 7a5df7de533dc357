"""A resident whose model lives in a child process."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from ...devices import DeviceState, MemoryEstimate, ModelHandle, Placement
from ...devices.sizes import MB
from .process import Child

CONTEXT_BYTES = 500 * MB
"""What a process takes of a GPU before it has loaded anything: a generous guess."""


@dataclass(frozen=True, slots=True)
class IsolatedResident:
    """What the stage says of its own resident, loaded in a child, whose end frees everything."""

    inner: ModelHandle
    start: Callable[[], Child]

    @property
    def key(self) -> Hashable:
        """Not the same model as the one in this process."""
        return "isolated", self.inner.key

    @property
    def stage(self) -> str:
        """The inner one's."""
        return self.inner.stage

    @property
    def engine(self) -> str:
        """The inner one's."""
        return self.inner.engine

    @property
    def kinds(self) -> tuple[str, ...]:
        """The inner one's."""
        return self.inner.kinds

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """The inner one's."""
        return self.inner.sizes_on(kind)

    def compute_types(self, state: DeviceState) -> tuple[str, ...]:
        """The inner one's."""
        return self.inner.compute_types(state)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """The inner one's, and on a GPU what a process takes."""
        need = self.inner.need(kind, compute_type, batch_size)
        return MemoryEstimate(need.weights_bytes + (CONTEXT_BYTES if kind == "cuda" else 0), need.working_bytes)

    def load(self, placement: Placement) -> Child:
        """A child that has loaded the model."""
        child = self.start()
        try:
            child.load(placement)
        except BaseException:
            child.end()
            raise
        return child

    def unload(self, model: Child) -> None:
        """End the child."""
        model.end()

    def to_host(self, model: Child) -> bool:
        """It ends instead: that frees everything."""
        return False

    def to_device(self, model: Child, placement: Placement) -> None:
        """Nothing: it never rests in host memory."""
