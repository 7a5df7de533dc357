"""The device manager of all stages: it plans where models run, loads each once, and falls back if one fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TypeVar

from ..errors import DeviceError, first_line
from .candidates import compute_types_on, missing, room_on
from .device import CPU, Device, Inventory, Probe, parse_device
from .failures import MEMORY, Failure
from .interprocess import OtherProcesses
from .locks import WAIT_S
from .memory import MemoryBudget, NoRoomError, Slot
from .model_handle import Lease, ModelHandle, Placement, name_of
from .oom_fallback import Limits, next_step
from .options import DeviceOptions
from .planner import Plan, make_plan
from .probe import LocalProbe, import_torch_for_gpus
from .torch_state import prepare_import

log = logging.getLogger(__name__)

Result = TypeVar("Result")

LEARNT: dict[Hashable, Limits] = {}
"""What failed in this process, by key of the handle."""


_SAID: set[tuple[str, str]] = set()
"""Engines and why they cannot compute on a GPU, for each warning logged in this process."""


class DeviceManager:
    """Lends loaded models, each to one user at a time; thread-safe.

    `device` is what the user asked for (auto, cpu, cuda, cuda:N or mps), or `device_options` are, which can say more.
    `wait_s` is the timeout for models in use. `probe` reports the devices; `other_processes` are those that share them,
    and `limits` what failed before, by default in the whole process.
    Raises UsageError for an unknown name and DeviceError for a device that does not exist.
    """

    def __init__(
        self,
        device: str = "auto",
        *,
        device_options: DeviceOptions | None = None,
        probe: Probe | None = None,
        other_processes: OtherProcesses | None = None,
        limits: MutableMapping[Hashable, Limits] | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        prepare_import()  # before a stage imports its engine
        self.device_options = device_options or DeviceOptions(parse_device(device))
        if probe is None:  # the real machine, which we share
            other_processes, limits = other_processes or OtherProcesses(), LEARNT if limits is None else limits
        self.planned: Plan | None = None
        """The last plan of several models."""
        self._wait_s, self._others = wait_s, other_processes
        self._probe = probe or LocalProbe(_cuda_indices(self.device_options), asks_torch=False)
        self._is_simulated = probe is not None
        self._limits: MutableMapping[Hashable, Limits] = {} if limits is None else limits
        limit_bytes = self.device_options.memory_limit_bytes
        self._memory = MemoryBudget(self._probe, other_processes, limit_bytes, self._limits)
        self._planning = threading.RLock()
        self._together: tuple[Hashable, ...] = ()
        self._lost: set[Device] = set()
        # Refuse a missing device immediately; without a GPU in the options, nothing is probed for that.
        gpus = self.device_options.devices - {CPU}
        if any(gpu.kind == "mps" for gpu in gpus):
            self._know("torch")  # which alone sees it
        inventory = self._probe.inventory() if gpus else Inventory(())
        for gpu in gpus:
            if inventory.find(gpu) is None:
                raise missing(gpu, (probe or LocalProbe()).inventory())

    def inventory(self) -> Inventory:
        """Return the devices and their current state, for every engine."""
        self._know("torch")
        return self._probe.inventory()

    def plan(self, handles: Sequence[ModelHandle]) -> Plan:
        """Decide where models that will be used together run; nothing is loaded yet.

        The same models get the same plan until something fails. Raises DeviceError and UsageError as `make_plan`.
        """
        keys = tuple(handle.key for handle in handles)
        self._know(*[handle.engine for handle in handles])
        with self._planning:
            if self.planned is None or keys != self._together:
                inventory = self._memory.inventory(self._memory.idle(*keys))
                self.planned, self._together = make_plan(handles, inventory, self.device_options, self._limits), keys
                self._warn_of_unavailable(handles, self.planned.placements, inventory)
                for handle, placement in zip(handles, self.planned.placements, strict=True):
                    self._memory.slot(handle).planned = placement
                log.debug("Planned:\n%s", self.planned)
            return self.planned

    def device_for(
        self, kinds: tuple[str, ...], stage: str = "", engine: str | None = None, need_bytes: int = 0
    ) -> Device:
        """Return where a model for these `kinds` would run: the requested device if it can, else the best available.

        `engine` must be able to compute there, and there must be `need_bytes` to plan with. Nothing is loaded.
        """
        asked = self.device_options.device_for(stage)
        if asked == CPU:
            return CPU
        self._know(engine or "torch")
        for state in self._memory.inventory(self._memory.idle()).devices:
            room = room_on(state, self.device_options.memory_limit_bytes)
            fits = room is None or need_bytes <= room
            knows = state.device.kind in kinds and (engine is None or engine in state.compute_types)
            if knows and fits and asked in (None, state.device):
                return state.device
        return CPU

    @property
    def occupied(self) -> tuple[Device, ...]:
        """The devices on which something is loaded."""
        devices = (slot.device for slot in self._memory.slots)
        return tuple(dict.fromkeys(device for device in devices if device is not None))

    @contextmanager
    def hold(self, handle: ModelHandle, timeout_s: float | None = None) -> Iterator[Lease]:
        """Load the model if necessary, and lend it until the block ends.

        First come, first served. Raises DeviceError after `timeout_s` (default: the manager's), with the holder's
        name, and if no device is left to run on.
        """
        deadline = time.monotonic() + (self._wait_s if timeout_s is None else timeout_s)
        slot = self._memory.slot(handle)
        self._memory.queue(slot, deadline)
        with slot.lock.held(deadline):
            try:
                yield self._ready(slot, deadline)
            finally:
                self._memory.used(slot)

    def run(self, handle: ModelHandle, work: Callable[[Lease], Result], timeout_s: float | None = None) -> Result:
        """Do `work` with the loaded model; if memory or the device fails, repeat it as the fallback decides.

        `work` is called with the lease, which has the batch size to use; called again, it resumes after what it has
        finished. Every other error is raised unchanged.
        """
        while True:
            with self.hold(handle, timeout_s) as lease:
                try:
                    result = work(lease)
                except Exception as error:
                    failure = Failure.of(error)
                else:
                    if handle.engine == "torch" and lease.device != CPU:
                        self._memory.release(lease.device)  # CTranslate2 does not see torch's cache
                    return result
                self._fall_back(self._memory.slot(handle), lease.placement, failure)

    def close(self, wait_s: float | None = None) -> None:
        """Unload all models, and wait for those in use; after `wait_s` seconds leave them loaded."""
        for slot in self._memory.slots:
            try:
                with slot.lock.held(time.monotonic() + (self._wait_s if wait_s is None else wait_s)):
                    self._memory.evict(slot)
            except DeviceError:
                if wait_s is None:
                    raise
        with self._planning:  # plan anew from here on; what has failed is still known
            self.planned, self._together = None, ()
            for slot in self._memory.slots:
                slot.planned = None
        if self._others is not None:
            self._others.leave()

    def _ready(self, slot: Slot, deadline: float) -> Lease:
        """Load the model as placed; if that fails, place it elsewhere until it is loaded."""
        without: set[Device] = set()
        while slot.lock.depth == 1 or slot.lease is None:
            placement = self._placement(slot)
            if self._is_there(slot, placement):
                break
            failure = None
            try:
                self._memory.admit(slot, placement, deadline)
            except NoRoomError:
                self._make_do(slot, frozenset(without))
                without.add(placement.device)
            except Exception as error:
                failure = Failure.of(error)
            if failure is not None:  # outside the except block, which would keep memory alive
                self._fall_back(slot, placement, failure)
        assert slot.lease is not None
        return slot.lease

    def _is_there(self, slot: Slot, placement: Placement) -> bool:
        """Return whether the model is loaded as placed; evict one that is loaded differently."""
        lease = slot.lease
        if lease is None:
            return False
        if not _same_load(lease.placement, placement):
            self._memory.evict(slot)
            return False
        if slot.is_offloaded or placement.need.total_bytes > lease.placement.need.total_bytes:
            return False  # it returns, or grows, when there is memory
        slot.lease = Lease(lease.model, placement)
        return not self._memory.must_move(slot)

    def _know(self, *engines: str) -> None:
        """Have torch imported before a device is chosen for it: until then the probe does not ask it."""
        if "torch" in engines and not self._is_simulated:
            import_torch_for_gpus()

    def _placement(self, slot: Slot) -> Placement:
        """Return where a model is to run, planned alone if it was not planned with others."""
        with self._planning:
            slot.planned = slot.planned or self._best(slot)
            return slot.planned

    def _make_do(self, slot: Slot, without: frozenset[Device]) -> None:
        """Place a model by the memory that is free now, but not on the devices `without`."""
        with self._planning:
            was, slot.planned = slot.planned, self._plan_alone(slot, self._memory.idle(slot.handle.key), without)
            log.info("%s: not as planned (%s) but %s.", name_of(slot.handle), was, slot.planned)
            self._together = ()

    def _fall_back(self, slot: Slot, placement: Placement, failure: Failure) -> None:
        """Change the placement of a model that failed, and log it; raise DeviceError if no step is left."""
        handle, device = slot.handle, placement.device
        failure = failure.with_free(self._probe.free_bytes(device))  # what torch keeps in its cache is not free
        self._memory.release(device)
        with self._planning:
            step = next_step(
                handle,
                placement,
                failure.kind,
                self._limits.get(handle.key, Limits()),
                compute_types=lambda: self._compute_types(handle, device),
                in_company=bool(self._memory.on(device, but=slot)),
                is_explicit=self.device_options.device_for(handle.stage) == device,
            )
            if step is None:
                raise failure.as_error(handle, placement) from failure.error
            self._say(name_of(handle), device, failure, step.action)
            log.debug("%s on %s: %s", failure.kind, device, failure.error)
            self._limits[handle.key], self._together = step.limits, ()
            slot.planned = step.placement or self._best(slot)

    def _warn_of_unavailable(
        self, handles: Sequence[ModelHandle], placements: Sequence[Placement], inventory: Inventory
    ) -> None:
        """Log once why a stage runs on the CPU, if there is a GPU that its engine cannot compute on."""
        for handle, placement in zip(handles, placements, strict=True):
            if placement.device != CPU or self.device_options.device_for(handle.stage) == CPU:
                continue
            for state in inventory.devices:
                why = state.unavailable.get(handle.engine)
                if why and state.device.kind in handle.kinds and (handle.engine, why) not in _SAID:
                    _SAID.add((handle.engine, why))
                    log.warning("%s runs on the CPU, not on %s: %s.", name_of(handle), state.device, why)

    def _say(self, name: str, device: Device, failure: Failure, action: str) -> None:
        if failure.kind == MEMORY:
            log.warning("%s: %s ran out of memory; %s.", name, device, action)
            return
        level = logging.DEBUG if device in self._lost else logging.WARNING
        self._lost.add(device)
        remedy = f"; to use it again: {failure.remedy}" if failure.remedy else ""
        log.log(level, "%s: %s fails (%s); %s%s.", name, device, first_line(failure.error), action, remedy)

    def _compute_types(self, handle: ModelHandle, device: Device) -> tuple[str, ...]:
        state = self._memory.inventory().find(device)
        limits = self._limits.get(handle.key, Limits())
        return compute_types_on(state, handle, self.device_options, limits) if state else ()

    def _best(self, slot: Slot) -> Placement:
        """Place a model next to those in use; as if those were evicted, if that gives a better device or precision."""
        best = self._plan_alone(slot, self._memory.slots)
        with suppress(DeviceError):  # there is not enough memory
            beside = self._plan_alone(slot, self._memory.idle(slot.handle.key))
            if (beside.device.kind, beside.compute_type) == (best.device.kind, best.compute_type):
                return beside
        return best

    def _plan_alone(self, slot: Slot, leaving: Sequence[Slot], without: frozenset[Device] = frozenset()) -> Placement:
        """Return the best placement with the memory and cores that are free once the models `leaving` are evicted."""
        staying = [one.lease for one in self._memory.on(CPU) if one not in leaving]
        busy = sum(lease.placement.threads for lease in staying if lease)
        self._know(slot.handle.engine)
        inventory = self._memory.inventory(leaving)
        inventory = replace(inventory, cores=max(1, inventory.cores - busy))
        known = self._limits.get(slot.handle.key, Limits())
        limits = replace(known, no_devices=known.no_devices | without)
        plan = make_plan([slot.handle], inventory, self.device_options, {slot.handle.key: limits})
        self._warn_of_unavailable([slot.handle], plan.placements, inventory)
        return plan.placements[0]


def _cuda_indices(options: DeviceOptions) -> set[int] | None:
    """Return the indices of the CUDA devices in the options; None for all, if a stage may choose."""
    return None if options.device is None else {one.index for one in options.devices if one.kind == "cuda"}


def _same_load(one: Placement, other: Placement) -> bool:
    """Return whether a model loaded for one fits the other: the batch size may differ, on the CPU threads may not."""
    same = (one.device, one.compute_type) == (other.device, other.compute_type)
    return same and (one.device != CPU or one.threads == other.threads)
