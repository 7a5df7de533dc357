"""Models on a simulated machine, which assert that they are used correctly."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .. import DeviceState, Lease, MemoryEstimate, ModelHandle, ModelHandleBase, Placement
from ..device import GB
from .machine import SimulatedProcess

WIDTH = {"float32": 4, "float16": 2, "bfloat16": 2, "int8_float32": 1, "int8_float16": 1, "int8": 1}
"""Bytes of a weight, by compute type."""


class SimulatedModel(ModelHandleBase):
    """A model with `weights` bytes and `item_bytes` of working memory per item in float32, less in smaller types.

    A batch that is not full takes `workspace_bytes` more, as cuDNN may for a new shape (finding 3,
    pyannote-audio#1963; it did not with cuDNN 9.19 on an H200, tests/gpu). `history` lists what happened to the model;
    `most_users` is the largest number of concurrent users.
    """

    def __init__(
        self,
        machine: SimulatedProcess,
        key: Hashable,
        *,
        weights: int = GB,
        item_bytes: int = GB // 8,
        workspace_bytes: int = 0,
        engine: str = "torch",
        stage: str = "",
        kinds: tuple[str, ...] = ("cuda", "cpu"),
        batch_sizes: tuple[int, ...] = (8, 4, 2, 1),
        precisions: Mapping[str, tuple[str, ...]] | None = None,
        can_offload: bool = True,
    ) -> None:
        self.key, self.engine, self.stage = key, engine, stage or str(key)
        self.kinds, self.batch_sizes, self.precisions = kinds, batch_sizes, precisions or {}
        self.history: list[str] = []
        self.most_users = self._users = 0
        self._machine, self._weights, self._item_bytes, self._can_offload = machine, weights, item_bytes, can_offload
        self._workspace_bytes = workspace_bytes

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Return the estimate of this model, scaled to the compute type and the batch size."""
        width = WIDTH[compute_type]
        return MemoryEstimate(self._weights * width // 4, self._item_bytes * width // 4 * batch_size)

    def load(self, placement: Placement) -> Any:
        """Allocate the memory of the weights; a load that fails allocates nothing."""
        self._machine.allocate(self.engine, placement.device, placement.need.weights_bytes)
        self.history.append(f"load {placement}")
        return {"placement": placement, "device": placement.device}

    def unload(self, model: Any) -> None:
        """Free the weights: CTranslate2 returns them to the driver, torch to its cache."""
        if model["device"] is not None:
            self._leave(model)
        self.history.append("unload")

    def to_host(self, model: Any) -> bool:
        """Free the weights on the device and return True; return False if the model cannot be offloaded."""
        if self._can_offload:
            self._leave(model)
            self.history.append("offload")
        return self._can_offload

    def to_device(self, model: Any, placement: Placement) -> None:
        """Allocate the memory of the weights again."""
        self._machine.allocate(self.engine, placement.device, placement.need.weights_bytes)
        model["device"] = placement.device
        self.history.append(f"return {placement.device}")

    def work(self, lease: Lease) -> int:
        """Use the model once: allocate the working memory of a batch and free it; return the batch size."""
        with self.working(lease):
            return lease.placement.batch_size

    @contextmanager
    def working(self, lease: Lease, items: int | None = None) -> Iterator[None]:
        """Hold the working memory of a batch, or of one with only `items` items, until the block ends."""
        self._users += 1
        self.most_users = max(self.most_users, self._users)
        try:
            placement = lease.placement
            assert lease.model["device"] == placement.device, "the model is not where the lease says"
            items = placement.batch_size if items is None else items
            size = placement.need.working_bytes * items // placement.batch_size
            size += self._workspace_bytes if items < placement.batch_size else 0
            self._machine.allocate(self.engine, placement.device, size)
            try:
                yield
            finally:
                self._machine.free(self.engine, placement.device, size)
        finally:
            self._users -= 1

    def _leave(self, model: Any) -> None:
        device, model["device"] = model["device"], None
        if self.engine == "torch":
            self._machine.refuse_lost(device)
        else:
            self._end_if_lost(device)
        self._machine.free(self.engine, device, model["placement"].need.weights_bytes)
        if self.engine == "ctranslate2":  # its pool is its own, and goes back only here
            self._machine.empty_cache(self.engine, device)

    def _end_if_lost(self, device: Any) -> None:
        """Fail on a lost device: CTranslate2 ends the process that frees memory there (std::terminate, on an H200)."""
        try:
            self._machine.refuse_lost(device)
        except RuntimeError:
            raise AssertionError("CTranslate2 ended the process: terminate called") from None


class SimulatedStage(SimulatedModel):
    """A real model's handle on a simulated machine: its key, precisions and estimates, and none of its files."""

    def __init__(self, machine: SimulatedProcess, handle: ModelHandle) -> None:
        super().__init__(machine, handle.key, engine=handle.engine, stage=handle.stage, kinds=handle.kinds)
        self._handle = handle

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """Return those of the real model."""
        return self._handle.sizes_on(kind)

    def compute_types(self, state: DeviceState) -> tuple[str, ...]:
        """Return those of the real model."""
        return self._handle.compute_types(state)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Return what the real model estimates."""
        return self._handle.need(kind, compute_type, batch_size)
