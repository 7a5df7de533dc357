"""The simulated machine behaves as its sources say."""

from __future__ import annotations

import pytest

from speakerplug.devices import CPU, Device
from speakerplug.devices.device import GB, MB
from speakerplug.devices.failures import MEMORY, failure_of
from speakerplug.devices.simulated.machines import CARDS, machine_named
from speakerplug.testing import Card, SimulatedMachine

GPU, SECOND = Device("cuda", 0), Device("cuda", 1)


def test_cache_of_one_engine_is_not_free_for_the_other() -> None:
    """Torch caches what it frees until its cache is emptied; CTranslate2 runs out of memory next to it."""
    machine = SimulatedMachine(4 * GB)
    machine.allocate("torch", GPU, 3 * GB)
    machine.free("torch", GPU, 3 * GB)
    assert (machine.free_bytes(GPU), machine.cached("torch", GPU)) == (GB, 3 * GB)
    with pytest.raises(RuntimeError, match="CUDA failed with error out of memory") as caught:
        machine.allocate("ctranslate2", GPU, 2 * GB)
    assert failure_of(caught.value) == MEMORY
    machine.release(GPU)
    machine.allocate("ctranslate2", GPU, 2 * GB)
    assert machine.free_bytes(GPU) == 2 * GB


def test_cache_of_torch_serves_its_own_and_goes_back_where_that_does_not_do() -> None:
    """A request takes the smallest segment with room; where the driver has too little, free segments go back first."""
    machine = SimulatedMachine(4 * GB)
    for size in (GB, 2 * GB):
        machine.allocate("torch", GPU, size)
    for size in (GB, 2 * GB):
        machine.free("torch", GPU, size)
    machine.allocate("torch", GPU, GB // 2)
    assert (machine.free_bytes(GPU), machine.cached("torch", GPU)) == (GB, 5 * GB // 2)
    machine.allocate("torch", GPU, 3 * GB)
    assert machine.free_bytes(GPU) == 0


def test_fragment_keeps_its_whole_segment() -> None:
    """A small live tensor in a large segment keeps that from the driver, whatever empties the cache."""
    machine = SimulatedMachine(4 * GB)
    machine.allocate("torch", GPU, 3 * GB)
    machine.free("torch", GPU, 3 * GB)
    machine.allocate("torch", GPU, MB)
    machine.release(GPU)
    assert machine.free_bytes(GPU) == GB
    with pytest.raises(RuntimeError, match="CUDA out of memory"):
        machine.allocate("torch", GPU, 7 * GB // 2)
    assert (machine.fragmented, machine.surprises) == (1, 0)


def test_pool_of_ctranslate2_keeps_200_mb_until_unload() -> None:
    """What it frees beyond that goes back to the driver immediately; torch's `empty_cache` does not reach it."""
    machine = SimulatedMachine(4 * GB)
    for size in (GB, 2 * GB):
        machine.allocate("ctranslate2", GPU, size)
        machine.free("ctranslate2", GPU, size)
        machine.release(GPU)
        assert machine.free_bytes(GPU) == 4 * GB - 200 * MB
    machine.empty_cache("ctranslate2", GPU)
    assert machine.free_bytes(GPU) == 4 * GB


def test_look_at_a_card_takes_a_context_for_each_process() -> None:
    """Once in a process, on the cards that it looks at, and back when it ends with all that it had."""
    machine = SimulatedMachine(Card("old", 8 * GB, (7, 5)), Card("new", 80 * GB, (9, 0)))
    machine.process({1}).inventory()
    assert [machine.ledgers[device].peak for device in (GPU, SECOND)] == [0, 620 * MB]
    assert [machine.free_bytes(GPU) for _ in range(2)] == [8 * GB - 300 * MB] * 2
    with machine.child() as child:
        child.allocate("torch", GPU, GB)
        child.free("torch", GPU, GB)
        machine.release(GPU)
        assert machine.free_bytes(GPU) == 7 * GB - 600 * MB
        child.release(GPU)
        assert machine.free_bytes(GPU) == 8 * GB - 600 * MB
    assert machine.free_bytes(GPU) == 8 * GB - 300 * MB


def test_lost_card_disappears_and_every_call_on_it_fails() -> None:
    """As from the real probe: it is not in the inventory, its memory is unknown, and emptying caches raises."""
    machine = SimulatedMachine(4 * GB, 4 * GB)
    machine.lost.add(GPU)
    assert str(machine.inventory()) == "cuda:1, cpu"
    assert machine.free_bytes(GPU) is None
    for call in (lambda: machine.release(GPU), lambda: machine.allocate("torch", GPU, 1)):
        with pytest.raises(RuntimeError, match="CUDA error"):
            call()


def test_card_that_spills_goes_on_in_host_memory() -> None:
    """Nothing is raised where it is full, and what is freed leaves host memory too."""
    machine = SimulatedMachine(Card("in WSL", 4 * GB, spills=True, context_bytes=0))
    machine.allocate("torch", GPU, 3 * GB)
    with machine.child() as child:
        child.allocate("torch", GPU, 3 * GB)
        assert (machine.free_bytes(GPU), machine.ledgers[GPU].spilled) == (0, 2 * GB)
    assert (machine.free_bytes(GPU), machine.ledgers[GPU].spilled) == (1 * GB, 0)
    machine.allocate("torch", GPU, 3 * GB)
    machine.free("torch", GPU, 3 * GB)
    machine.release(GPU)
    assert (machine.free_bytes(GPU), machine.ledgers[GPU].spilled) == (1 * GB, 0)
    machine.free("torch", GPU, 3 * GB)
    machine.release(GPU)
    assert (machine.free_bytes(GPU), machine.ledgers[GPU].spilled, machine.violations) == (4 * GB, 0, 0)


@pytest.mark.parametrize(
    ("capability", "ctranslate2", "torch"),
    [
        ((6, 1), {"float32", "int8", "int8_float32"}, set()),
        ((7, 0), {"float32", "int8", "int8_float32", "float16", "int8_float16"}, set()),
        ((7, 5), {"float32", "int8", "int8_float32", "float16", "int8_float16"}, {"float32", "float16"}),
    ],
)
def test_generation_of_a_card_decides_the_precisions(
    capability: tuple[int, int], ctranslate2: set[str], torch: set[str]
) -> None:
    """8 bits from sm_61, 16 from sm_70; torch for CUDA 13 from sm_75, and it says why not below."""
    state = SimulatedMachine(Card("a card", 4 * GB, capability)).inventory().devices[0]
    assert set(state.compute_types["ctranslate2"]) == ctranslate2
    assert set(state.compute_types.get("torch", ())) == torch
    assert bool(state.unavailable) == (not torch)


def test_machine_named_in_any_case_is_found_and_others_are_not() -> None:
    """Every machine has its GPUs and a CPU, in an inventory that may be planned with."""
    for name, cards in CARDS.items():
        machine = machine_named(name.upper())
        assert machine is not None
        devices = machine.inventory().devices
        assert [state.name for state in devices[:-1]] == [card.name for card in cards]
        assert devices[-1].device == CPU
    assert machine_named("a toaster") is None


def test_mps_runs_out_of_memory_in_its_own_words() -> None:
    """The fallback knows them."""
    machine = SimulatedMachine(Card("Apple", 4 * GB, None, "mps"))
    with pytest.raises(RuntimeError, match="MPS backend out of memory") as caught:
        machine.allocate("torch", Device("mps"), 5 * GB)
    assert failure_of(caught.value) == MEMORY
