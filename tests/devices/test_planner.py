"""Plans: where each stage runs, and why."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.devices import CPU, Device, DeviceOptions, DeviceState, Inventory, Plan, StageOptions, make_plan
from speakerplug.devices.candidates import room_on
from speakerplug.devices.device import GB, ON_CPU
from speakerplug.devices.oom_fallback import Limits
from speakerplug.errors import DeviceError
from tests.devices.machines import Stage, diarizer, machine, recognizer

FIRST, SECOND, MPS = Device("cuda", 0), Device("cuda", 1), Device("mps")


def plan(inventory: Inventory, **device_options: object) -> Plan:
    return make_plan([recognizer(), diarizer()], inventory, DeviceOptions(**device_options))  # type: ignore[arg-type]


def outline(made: Plan) -> tuple[object, ...]:
    """Devices, precision and batch of the recognizer, batch of the diarizer, concurrent, swapping."""
    recognized, diarized = made.of("recognizer"), made.of("diarizer")
    return (
        (recognized.device, diarized.device),
        recognized.compute_type,
        (recognized.batch_size, diarized.batch_size),
        made.concurrent,
        made.swaps,
    )


@pytest.mark.parametrize(
    ("inventory", "expected"),
    [
        # large enough for all
        (machine(24), ((FIRST, FIRST), "float16", (8, 8), True, False)),
        # smaller batches, so that both fit
        (machine(6), ((FIRST, FIRST), "float16", (4, 8), True, False)),
        # a GPU each
        (machine(6, 6), ((FIRST, SECOND), "float16", (8, 8), True, False)),
        # not together, though each alone: nobody gives up precision for that
        (machine(3.5), ((FIRST, FIRST), "float16", (1, 8), False, True)),
        # less precise, so that it fits at all
        (machine(2.6), ((FIRST, FIRST), "int8_float16", (2, 2), True, False)),
        # too small for one of them
        (machine(1.5), ((CPU, FIRST), "int8", (8, 8), True, False)),
        # CTranslate2 knows no MPS
        (machine(mps=True), ((CPU, MPS), "int8", (8, 8), True, False)),
        (machine(), ((CPU, CPU), "int8", (8, 8), True, False)),
        (machine(cores=1), ((CPU, CPU), "int8", (8, 8), False, False)),
    ],
)
def test_plan_puts_stages_where_the_machine_has_room(inventory: Inventory, expected: tuple[object, ...]) -> None:
    """On every kind of machine the stages go where they run best."""
    assert outline(plan(inventory)) == expected


@pytest.mark.parametrize(
    ("inventory", "shares"),
    [
        (machine(cores=4), (2, 2)),
        (machine(cores=5), (3, 2)),
        (machine(cores=2), (1, 1)),
        (machine(cores=1), (1, 1)),
        (machine(mps=True, cores=8), (7, 1)),
        (machine(1.5, cores=4), (3, 1)),
        (machine(24, cores=4), (2, 2)),
    ],
)
def test_plan_on_the_cpu_shares_the_cores_out(inventory: Inventory, shares: tuple[int, int]) -> None:
    """Concurrent stages have no more threads than there are cores; one on a GPU leaves its share to the CPU's."""
    made = plan(inventory)
    assert (made.of("recognizer").threads, made.of("diarizer").threads) == shares


def test_plan_without_concurrency_gives_each_all_cores() -> None:
    """Without concurrency each stage has all cores."""
    made = plan(machine(cores=4), concurrency="off")
    assert (made.concurrent, [placement.threads for placement in made.placements]) == (False, [4, 4])


def test_plan_with_options_follows_them() -> None:
    """Device, precision, batch size, order and limit are as the user says."""
    stages = {"recognizer": StageOptions(None, "float32", 2), "diarizer": StageOptions(CPU)}
    made = plan(machine(24), stages=stages, concurrency="off")
    assert outline(made) == ((FIRST, CPU), "float32", (2, 8), False, False)
    assert plan(machine(24), device=CPU).of("diarizer").device == CPU
    assert outline(plan(machine(24), memory_limit_bytes=6 * GB))[2] == (4, 8)
    assert plan(machine(3.5), concurrency="on").concurrent


def test_plan_for_a_device_that_one_stage_cannot_use_leaves_it_on_the_cpu() -> None:
    """--device mps means the diarizer, for CTranslate2 has no MPS; asking for it there is an error."""
    assert outline(plan(machine(mps=True), device=MPS))[0] == (CPU, MPS)
    with pytest.raises(DeviceError, match=r"Recognizer cannot run on mps; choose one of: cpu\."):
        plan(machine(mps=True), stages={"recognizer": StageOptions(MPS)})


def test_plan_for_a_device_that_an_engine_cannot_use_names_the_remedy() -> None:
    """What is missing there, and the command that installs it."""
    gpu = DeviceState(FIRST, compute_types={"torch": ("float32",)}, unavailable={"ctranslate2": "x is missing; get it"})
    inventory = Inventory((gpu, DeviceState(CPU, compute_types=ON_CPU)))
    options = DeviceOptions(stages={"recognizer": StageOptions(FIRST)})
    with pytest.raises(DeviceError, match=r"cannot run on cuda:0: x is missing; get it, or choose one of: cpu\."):
        make_plan([recognizer(), diarizer()], inventory, options)


def test_plan_within_limits_does_not_try_again_what_failed() -> None:
    """Limits bound batch size, precision, company and device."""
    stages = [recognizer(), diarizer()]
    limits = Limits(2, FIRST, frozenset({"float16"}))
    made = make_plan(stages, machine(24), limits={"recognizer": limits})
    assert outline(made) == ((FIRST, FIRST), "int8_float16", (2, 8), False, False)
    gone = Limits(no_devices=frozenset({FIRST}))
    assert make_plan(stages, machine(24), limits={"recognizer": gone}).of("recognizer").device == CPU


sizes = st.floats(0.5, 24, allow_nan=False)


@given(
    st.lists(sizes, max_size=3),
    st.integers(1, 16),
    st.integers(1, 40),
    st.integers(1, 16),
    st.sampled_from(["auto", "off"]),
)
def test_plan_of_any_machine_fits_and_is_the_same_again(
    gpus: list[float], cores: int, weights: int, item: int, concurrency: str
) -> None:
    """What runs concurrently fits together and shares the cores; what swaps fits alone; plans are deterministic."""
    inventory = machine(*gpus, cores=cores)
    stages = [recognizer(weights * GB // 4, item * GB // 16), diarizer(), Stage("third", GB // 2)]
    made = make_plan(stages, inventory, DeviceOptions(concurrency=concurrency))
    for state in inventory.devices:
        there = [one.need.total_bytes for one in made.placements if one.device == state.device]
        room = room_on(state, None)
        assert room is not None
        assert (max(there, default=0) if made.swaps else sum(there)) <= room
    if made.concurrent:
        assert sum(one.threads for one in made.placements if one.device == CPU) <= cores
    assert all(1 <= one.threads <= cores or made.concurrent for one in made.placements)
    assert not (made.concurrent and made.swaps)
    assert make_plan(stages, inventory, DeviceOptions(concurrency=concurrency)) == made


@given(sizes, sizes)
def test_plan_with_more_memory_is_never_worse(one: float, other: float) -> None:
    """A larger GPU takes no stage back to the CPU and costs no precision."""
    small, large = (plan(machine(size)) for size in sorted((one, other)))
    on_cpu = [[placement.device == CPU for placement in made.placements] for made in (small, large)]
    assert sum(on_cpu[1]) <= sum(on_cpu[0])
    if on_cpu[0] == on_cpu[1]:
        better = ("float16", "int8_float16", "int8").index
        assert better(large.of("recognizer").compute_type) <= better(small.of("recognizer").compute_type)


def test_plan_cannot_be_changed() -> None:
    """A plan cannot be changed, only replaced."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan(machine()).concurrent = True  # type: ignore[misc]
