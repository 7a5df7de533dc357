"""A simulated machine: GPUs whose driver, allocators and failures behave as those of real ones, without delays.

Each behavior names its source: a finding of the project's reading of the installed sources ("finding 2"), a thread of
the library at hand ("pyannote-audio#1963"), or what was measured on an H200 (tests/gpu).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from .. import CPU, Device, DeviceState, Inventory
from ..device import GB, MB, ON_CPU

Owner = tuple[int, str]
"""A process and its engine: none can use the memory that another caches."""
CTRANSLATE2_KEEPS = 200 * MB
"""The most that its pool caches until the model is unloaded (CTranslate2's src/cuda/allocator.cc)."""


class OutOfMemoryError(RuntimeError):
    """What torch raises, without torch."""


@dataclass(frozen=True, slots=True)
class Card:
    """A GPU, or a slice of one, with nothing on it.

    `unavailable` says which engines cannot compute on it, in addition to those that its kind and capability rule out.
    `context_bytes` is the size of the context that a process opens at its first query; None stands for the usual
    size on such a card. A card that `spills` continues in host memory where its own is full, and raises nothing.
    """

    name: str
    total_bytes: int
    capability: tuple[int, int] | None = (8, 6)
    kind: str = "cuda"
    unavailable: Mapping[str, str] = field(default_factory=dict)
    context_bytes: int | None = None
    spills: bool = False
    identity: str = ""

    @property
    def first_look_bytes(self) -> int:
        """The size of a context: 300 to 500 MB (finding 13), 620 MB as measured on an H200 (tests/gpu); none on MPS."""
        if self.context_bytes is not None or self.kind != "cuda":
            return self.context_bytes or 0
        major = (self.capability or (9, 0))[0]
        return (300 if major < 8 else 450 if major < 9 else 620) * MB

    @property
    def missing(self) -> dict[str, str]:
        """Why engines cannot compute on this card, by engine."""
        found = {}
        if self.kind == "cuda" and self.capability is not None and self.capability < (7, 5):
            # Finding 10: torch's builds for CUDA 13 begin at sm_75.
            found["torch"] = f"torch has no code for its compute capability {self.capability[0]}.{self.capability[1]}"
        return {**found, **self.unavailable}

    @property
    def compute_types(self) -> dict[str, tuple[str, ...]]:
        """The precisions that each engine computes in on this card."""
        if self.kind == "mps":  # CTranslate2 has no backend for it (finding 18)
            return {"torch": ("float32", "float16")}
        capability = self.capability or (9, 0)
        known = {"torch": ["float32", "float16"], "ctranslate2": ["float32"]}
        if capability >= (6, 1) and capability != (6, 2):  # CTranslate2's table of types: 8 bits need DP4A
            known["ctranslate2"] += ["int8", "int8_float32"]
        if capability >= (7, 0):  # and float16 needs tensor cores (CTranslate2's release 2.3.0)
            known["ctranslate2"] += ["float16", "int8_float16"]
        if capability >= (8, 0):
            known["torch"] += ["bfloat16"]
            known["ctranslate2"] += ["bfloat16", "int8_bfloat16"]
        return {engine: tuple(types) for engine, types in known.items() if engine not in self.missing}


@dataclass(slots=True, eq=False)
class Segment:
    """Memory that an engine allocated in one call of the driver; returned as a whole, once nothing in it is live."""

    size: int
    live: list[int]

    @property
    def room(self) -> int:
        """The free bytes inside of it, for its engine alone."""
        return self.size - sum(self.live)


@dataclass
class Ledger:
    """The memory of one device, in bytes, by owner.

    `contexts` are by process; `others` belongs to programs that are not simulated; `spilled` went to host memory;
    `peak` is the highest use so far.
    """

    card: Card
    segments: dict[Owner, list[Segment]] = field(default_factory=dict)
    contexts: dict[int, int] = field(default_factory=dict)
    others: int = 0
    spilled: int = 0
    peak: int = 0

    @property
    def in_use(self) -> int:
        """The bytes of all engines, their caches included."""
        return sum(segment.size for owned in self.segments.values() for segment in owned)

    @property
    def free(self) -> int:
        """The free bytes according to the driver: cached memory is not free."""
        used = self.in_use + sum(self.contexts.values()) + self.others - self.spilled
        return max(0, self.card.total_bytes - used)

    def cached(self, owner: Owner) -> int:
        """Return the bytes that an engine caches and does not use."""
        return sum(segment.room for segment in self.segments.get(owner, ()))

    def reachable(self, owner: Owner) -> int:
        """Return the bytes that an engine could have without fragmentation, but not those that other engines cache."""
        pinned = sum(one.room for owned in self.segments.values() for one in owned if one.live)
        return self.free + pinned + sum(one.room for one in self.segments.get(owner, ()) if not one.live)

    def take(self, owner: Owner, size: int) -> bool:
        """Give `size` bytes to an engine; return False if there is too little for it.

        As torch's caching allocator (its notes on memory management) does: the smallest cached segment with room serves
        first, then the driver; if that has too little, wholly free segments are returned to it, and it is asked again.
        """
        if owner[1] == "ctranslate2":  # what its pool keeps are small blocks, which serve whatever comes next
            self.trim(owner)
        owned = self.segments.setdefault(owner, [])
        fitting = [segment for segment in owned if segment.room >= size]
        if fitting:
            min(fitting, key=lambda segment: segment.room).live.append(size)
            return True
        if size > self.free:
            self.trim(owner)
        if (lacking := size - self.free) > 0:
            if not self.card.spills:
                return False
            self.spilled += lacking  # finding 17: WSL and Windows go on in host memory
        self.segments[owner].append(Segment(size, [size]))
        self.note()
        return True

    def give_back(self, owner: Owner, size: int) -> None:
        """Return `size` bytes to the engine's cache."""
        segment = next((one for one in self.segments.get(owner, ()) if size in one.live), None)
        assert segment is not None, f"{owner} frees what it has not"
        segment.live.remove(size)
        if owner[1] == "ctranslate2" and not segment.live:
            segment.size = min(segment.size, CTRANSLATE2_KEEPS + segment.size - self.cached(owner))
            self.segments[owner] = [one for one in self.segments[owner] if one.size > 0]

    def trim(self, owner: Owner) -> None:
        """Return the segments without live bytes to the driver; one live byte keeps a whole one (fragmentation)."""
        self.segments[owner] = [segment for segment in self.segments.get(owner, ()) if segment.live]
        self.return_spilled()

    def return_spilled(self) -> None:
        """Have what went to host memory come back, as far as there is room now."""
        used = self.in_use + sum(self.contexts.values()) + self.others
        self.spilled = min(self.spilled, max(0, used - self.card.total_bytes))

    def note(self) -> None:
        """Update the peak."""
        self.peak = max(self.peak, self.card.total_bytes - self.free)


class SimulatedProcess:
    """A process on a simulated machine, to be passed as `DeviceManager(probe=...)`; it sees the GPUs in `indices`.

    The driver's context on a card is opened by the first query of it (finding 13), and all memory of a process is
    released when it ends.
    """

    def __init__(self, machine: SimulatedMachine, indices: Collection[int] | None = None) -> None:
        self._machine, self._indices = machine, indices
        self._number = next(machine.numbers)

    def inventory(self) -> Inventory:
        """Return the GPUs in order, then the CPU; a lost one is missing, as from `LocalProbe`."""
        with self._machine.guard:
            there = (device for device in self._machine.ledgers if device not in self._machine.lost)
            chosen = [one for one in there if one.kind != "cuda" or self._indices is None or one.index in self._indices]
            return Inventory(tuple(map(self._state, chosen)), self._machine.cores)

    def free_bytes(self, device: Device) -> int | None:
        """Return the free bytes according to the driver, to which caches are not free; None for a lost device."""
        with self._machine.guard:
            if device in self._machine.lost:
                return None
            self._look(device)
            return self._machine.ledgers[device].free

    def release(self, device: Device) -> None:
        """Empty torch's cache; CTranslate2 empties its own when it unloads (finding 2).

        Raises what torch would on a lost device: the error is sticky, `empty_cache` fails like every call (finding 5).
        """
        self.refuse_lost(device)
        self.empty_cache("torch", device)

    def empty_cache(self, engine: str, device: Device) -> None:
        """Return the cached memory of an engine to the driver."""
        with self._machine.guard:
            self._machine.ledgers[device].trim((self._number, engine))

    def cached(self, engine: str, device: Device) -> int:
        """Return the bytes that an engine caches and does not use."""
        with self._machine.guard:
            return self._machine.ledgers[device].cached((self._number, engine))

    def allocate(self, engine: str, device: Device, size: int) -> None:
        """Allocate memory as the engine would; raise what it would raise."""
        with self._machine.guard:
            self.refuse_lost(device)
            self._look(device)
            if not self._machine.is_ordered_to_fail(device):
                ledger, owner = self._machine.ledgers[device], (self._number, engine)
                if ledger.take(owner, size):
                    return
                self._machine.note_surprise(ledger.reachable(owner) >= size)
        if engine == "torch" and device.kind == "mps":
            raise RuntimeError(f"MPS backend out of memory (MPS allocated: {size} bytes)")
        if engine == "torch":
            raise OutOfMemoryError(f"CUDA out of memory. Tried to allocate {size} bytes.")
        raise RuntimeError("CUDA failed with error out of memory")

    def free(self, engine: str, device: Device, size: int) -> None:
        """Return memory to the engine's cache."""
        with self._machine.guard:
            self._machine.ledgers[device].give_back((self._number, engine), size)

    def refuse_lost(self, device: Device) -> None:
        """Raise what every call on a lost device raises."""
        if device in self._machine.lost:
            raise RuntimeError("CUDA error: the launch timed out and was terminated")

    @contextmanager
    def child(self) -> Iterator[SimulatedProcess]:
        """Run a process with a context and caches of its own until the block ends."""
        process = SimulatedProcess(self._machine)
        try:
            yield process
        finally:
            process.end()

    def end(self) -> None:
        """Release all memory, context and caches: the driver does that for a process, however it ended."""
        with self._machine.guard:
            for ledger in self._machine.ledgers.values():
                ledger.contexts.pop(self._number, None)
                for owner in [owner for owner in ledger.segments if owner[0] == self._number]:
                    del ledger.segments[owner]
                ledger.return_spilled()

    def _look(self, device: Device) -> None:
        ledger = self._machine.ledgers[device]
        if self._number not in ledger.contexts:
            ledger.contexts[self._number] = min(ledger.card.first_look_bytes, ledger.free)
            ledger.note()

    def _state(self, device: Device) -> DeviceState:
        self._look(device)
        ledger = self._machine.ledgers[device]
        card, types = ledger.card, ON_CPU if device == CPU else ledger.card.compute_types
        # Finding 17: slices of one card are told apart by their own identity.
        identity = card.identity or f"simulated {device}"
        seen = card.name, card.total_bytes, ledger.free, card.capability if device.kind == "cuda" else None
        return DeviceState(device, *seen, types, identity, card.missing)


class SimulatedMachine(SimulatedProcess):
    """A machine with these GPUs, and its first process; a number is a card of that many bytes without a context.

    `fails(number)` is called at every allocation on a GPU, counted from 1, and makes it run out of memory if true.
    `injected` counts these; `surprises` counts the other allocations for which there was too little memory, and
    `fragmented` those for which there was enough, but in fragments that no release returns.
    """

    def __init__(
        self,
        *gpus: int | Card,
        cores: int = 4,
        host_bytes: int = 64 * GB,
        fails: Callable[[int], bool] = lambda number: False,
    ) -> None:
        self.ledgers: dict[Device, Ledger] = {}
        self.fails, self.cores = fails, cores
        self.lost: set[Device] = set()
        self.allocations = self.injected = self.surprises = self.fragmented = 0
        self.guard = threading.RLock()
        self.numbers = iter(range(10**9))
        indices: Counter[str] = Counter()
        for gpu in gpus:
            card = gpu if isinstance(gpu, Card) else Card("simulated GPU", gpu, context_bytes=0)
            self.ledgers[Device(card.kind, indices[card.kind])] = Ledger(card)
            indices[card.kind] += 1
        self.ledgers[CPU] = Ledger(Card("simulated CPU", host_bytes, None, "cpu"))
        super().__init__(self)

    def process(self, indices: Collection[int] | None = None) -> SimulatedProcess:
        """Return another process, which sees only the cards in `indices`."""
        return SimulatedProcess(self, indices)

    def fill(self, device: Device, size: int) -> None:
        """Allocate memory for a program that is not simulated."""
        with self.guard:
            self.ledgers[device].others += size

    def is_ordered_to_fail(self, device: Device) -> bool:
        """Count an allocation, and return whether `fails` makes it fail."""
        if device == CPU:
            return False
        self.allocations += 1
        ordered = self.fails(self.allocations)
        self.injected += ordered
        return ordered

    def note_surprise(self, is_fragmented: bool) -> None:
        """Count an allocation that failed by itself."""
        if is_fragmented:
            self.fragmented += 1
        else:
            self.surprises += 1

    @property
    def in_use(self) -> int:
        """The bytes of all engines on all devices, caches included; contexts stay until a process ends."""
        with self.guard:
            return sum(ledger.in_use for ledger in self.ledgers.values())

    @property
    def violations(self) -> int:
        """Number of devices whose peak exceeded their memory."""
        return sum(ledger.peak > ledger.card.total_bytes for ledger in self.ledgers.values())
