"""The manager when memory is short, runs out, or a device fails: on the imagined machine."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from speakerplug.devices import CPU, Device, DeviceManager, DeviceOptions, Lease
from speakerplug.devices.device import GB, MB
from speakerplug.devices.interprocess import OtherProcesses
from speakerplug.devices.simulation import SimulatedMachine, SimulatedModel
from speakerplug.errors import DeviceError

GPU = Device("cuda", 0)
TYPES = {"cuda": ("float16", "int8_float16"), "cpu": ("int8",)}


def whisper(machine: SimulatedMachine, weights: int = 4 * GB) -> SimulatedModel:
    return SimulatedModel(machine, "recognizer", weights=weights, engine="ctranslate2", precisions=TYPES)


def pyannote(machine: SimulatedMachine, weights: int = GB) -> SimulatedModel:
    return SimulatedModel(machine, "diarizer", weights=weights)


def manager(machine: SimulatedMachine, **given: object) -> DeviceManager:
    return DeviceManager(probe=machine, **given)  # type: ignore[arg-type]


def use(devices: DeviceManager, *residents: SimulatedModel) -> list[str]:
    """Use each once; where and how it ran."""
    ran: list[str] = []

    def work_of(resident: SimulatedModel) -> None:
        def work(lease: Lease) -> None:
            resident.work(lease)
            ran.append(str(lease.placement))

        devices.run(resident, work)

    for resident in residents:
        work_of(resident)
    return ran


def test_both_stay_where_both_fit() -> None:
    """On a large GPU both are loaded once and serve file after file."""
    machine = SimulatedMachine(24 * GB)
    devices, both = manager(machine), (whisper(machine), pyannote(machine))
    assert devices.plan(both).concurrent
    for _ in range(3):
        use(devices, *both)
    assert [len(one.history) for one in both] == [1, 1]
    devices.close()
    assert (machine.in_use, devices.occupied) == (0, ())


def test_they_swap_where_only_one_fits() -> None:
    """On a small GPU one rests in host memory while the other works, and comes back without a load."""
    machine = SimulatedMachine(3 * GB)
    devices, both = manager(machine), (whisper(machine), pyannote(machine, 2 * GB))
    assert devices.plan(both).swaps
    use(devices, *both, *both)
    assert both[0].history == ["load cuda:0, float16, batch 8", "offload", "return cuda:0", "offload"]
    devices.close()
    assert machine.in_use == 0
    assert machine.surprises == 0


def test_what_cannot_rest_is_unloaded() -> None:
    """A resident that knows no host memory is loaded again when its turn comes."""
    machine = SimulatedMachine(3 * GB)
    first, second = (SimulatedModel(machine, key, weights=2 * GB, can_offload=False) for key in "ab")
    use(manager(machine), first, second, first)
    assert [entry.split()[0] for entry in first.history] == ["load", "unload", "load"]


def test_the_least_recently_used_leaves_first() -> None:
    """Of several that could leave, those in use lately stay."""
    machine = SimulatedMachine(8 * GB)
    residents = [SimulatedModel(machine, key, weights=2 * GB, item_bytes=MB, can_offload=False) for key in "abcd"]
    devices = manager(machine)
    for number in (0, 1, 2, 0, 3):
        use(devices, residents[number])
    assert ["unload" in one.history for one in residents] == [False, True, False, False]


def test_every_step_of_the_ladder_is_taken_in_order(caplog: pytest.LogCaptureFixture) -> None:
    """Batches get smaller, then others leave, then precision falls, then the CPU; each step is said once."""
    machine = SimulatedMachine(24 * GB)
    heavy, other = whisper(machine), pyannote(machine)
    devices = manager(machine)
    devices.plan([heavy, other])
    use(devices, other)
    machine.fails = lambda number: True
    with caplog.at_level(logging.WARNING):
        assert use(devices, heavy) == ["cpu, int8, batch 8"]
    said = [record.getMessage().split("; ")[1] for record in caplog.records]
    batches = [f"going on with a batch of {size}." for size in (4, 2, 1)]
    assert said == [*batches, "going on alone on cuda:0.", "going on in int8_float16.", "going on without cuda:0."]
    machine.fails = lambda number: False
    caplog.clear()
    assert use(devices, heavy) == ["cpu, int8, batch 8"]
    assert caplog.records == []


def test_alone_means_alone() -> None:
    """Who has run out of memory in company has the GPU to itself from then on, and the other comes back after it."""
    machine = SimulatedMachine(24 * GB)
    heavy, other = whisper(machine), pyannote(machine)
    devices = manager(machine)
    devices.plan([heavy, other])
    use(devices, heavy, other)
    start = machine.allocations
    machine.fails = lambda number: number - start in (1, 2, 3, 4)
    assert use(devices, heavy, other, heavy) == [
        "cuda:0, float16, batch 1",
        "cuda:0, float32, batch 8",
        "cuda:0, float16, batch 1",
    ]
    assert other.history.count("offload") == 2
    assert not devices.plan([heavy, other]).concurrent


def test_done_work_is_not_done_again() -> None:
    """Work that fails in the middle goes on where it was, with the smaller batch."""
    machine = SimulatedMachine(24 * GB, fails=lambda number: number == 4)
    resident, done = whisper(machine), list[tuple[int, int]]()

    def work(lease: Lease) -> None:
        while len(done) < 5:
            size = resident.work(lease)
            done.append((len(done), size))

    manager(machine).run(resident, work)
    assert done == [(0, 8), (1, 8), (2, 4), (3, 4), (4, 4)]


def test_a_lost_gpu_is_left_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Both stages go on on the CPU, and the user is told once."""
    machine = SimulatedMachine(24 * GB)
    both = whisper(machine), pyannote(machine)
    devices = manager(machine)
    devices.plan(both)
    machine.lost.add(GPU)
    with caplog.at_level(logging.WARNING):
        assert use(devices, *both) == ["cpu, int8, batch 8", "cpu, float32, batch 8"]
    assert [record.getMessage() for record in caplog.records] == [
        "Recognizer: cuda:0 fails (CUDA error: the launch timed out and was terminated); going on without cuda:0."
    ]


def test_a_device_that_was_asked_for_is_not_left() -> None:
    """Who says cuda gets cuda, or an error with what to do: lost, or at the foot of the ladder."""
    for fail in ("lost", "memory"):
        machine = SimulatedMachine(24 * GB)
        devices = manager(machine, device_options=DeviceOptions(GPU))
        resident = whisper(machine)
        if fail == "lost":
            machine.lost.add(GPU)
        else:
            machine.fails = lambda number: True
        with pytest.raises(DeviceError, match=r"Recognizer failed on cuda:0, .*; choose another --device"):
            use(devices, resident)


def test_other_errors_go_on_to_the_caller() -> None:
    """What no other device would cure is raised as it is, and the model can be used afterwards."""
    machine = SimulatedMachine(24 * GB)
    devices, resident = manager(machine), pyannote(machine)

    def work(lease: Lease) -> None:
        raise ValueError("no such speaker")

    with pytest.raises(ValueError, match="no such speaker"):
        devices.run(resident, work)
    assert use(devices, resident) == ["cuda:0, float32, batch 8"]


def test_what_another_program_takes_is_seen() -> None:
    """Memory that vanished after the plan makes the batch smaller, without running out first."""
    machine = SimulatedMachine(12 * GB)
    devices, resident = manager(machine), pyannote(machine)
    assert devices.plan([resident]).of("diarizer").batch_size == 8
    machine.ledgers[GPU].take("a game", 12 * GB - 2000 * MB)
    assert use(devices, resident) == ["cuda:0, float32, batch 2"]
    assert (machine.injected, machine.surprises) == (0, 0)


def test_two_processes_do_not_plan_with_the_same_memory(tmp_path: Path) -> None:
    """What one has loaded for and not taken yet is not there for the other."""
    machine = SimulatedMachine(4 * GB)
    one, other = (manager(machine, other_processes=OtherProcesses(tmp_path)) for _ in range(2))
    first = SimulatedModel(machine, "first", weights=GB, item_bytes=GB // 4)
    second = SimulatedModel(machine, "second", weights=GB // 2, item_bytes=GB // 4)
    with one.hold(first) as lease:
        assert use(other, second) == ["cuda:0, float32, batch 1"]
        assert first.work(lease) == 8
    one.close()
    other.close()
    assert (machine.in_use, machine.surprises) == (0, 0)


def test_who_waits_for_room_too_long_is_told_who_holds_it() -> None:
    """The error names the device, the model and the thread that uses it."""
    machine = SimulatedMachine(3 * GB)
    first, second = (SimulatedModel(machine, key, weights=2 * GB) for key in ("first", "second"))
    devices, errors = manager(machine), list[str]()

    def impatient() -> None:
        try:
            with devices.hold(second, timeout_s=0.01):
                errors.append("got it")
        except DeviceError as error:
            errors.append(str(error))

    with devices.hold(first):
        thread = threading.Thread(target=impatient)
        thread.start()
        thread.join(10)
    name = threading.current_thread().name
    assert errors[0].startswith(f"cuda:0 has no room: The model of the first is held by thread {name} for 0 s;")


def test_one_thread_that_holds_both_goes_on_elsewhere() -> None:
    """Who holds one model and asks for another that does not fit beside it does not wait for itself."""
    machine = SimulatedMachine(3 * GB)
    first, second = (SimulatedModel(machine, key, weights=2 * GB) for key in ("first", "second"))
    devices = manager(machine)
    with devices.hold(first) as one, devices.hold(second) as other:
        assert (one.device, other.device) == (GPU, CPU)


def test_memory_that_does_not_come_back_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """An unload that leaves much behind on a GPU is a warning with the amount."""

    class Leaky(SimulatedModel):
        def unload(self, model: object) -> None:
            self.history.append("unload")

    machine = SimulatedMachine(24 * GB)
    devices, resident = manager(machine), Leaky(machine, "leaky", weights=2 * GB)
    use(devices, resident)
    with caplog.at_level(logging.WARNING):
        devices.close()
    assert [record.getMessage() for record in caplog.records] == [
        "leaky was unloaded from cuda:0, and 2 GB was not given back."
    ]


def test_a_limit_of_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing cures the lack of memory on the CPU, the limit that somebody set is the remedy."""
    monkeypatch.setattr("speakerplug.devices.oom_fallback.memory_limit", lambda: 3_000_000_000)
    machine = SimulatedMachine()

    def starved(*asked: object) -> None:
        raise MemoryError

    monkeypatch.setattr(machine, "allocate", starved)
    with pytest.raises(DeviceError, match=r"memory is limited to 3\.0 GB \(ulimit -v\): choose more"):
        use(manager(machine, device_options=DeviceOptions(CPU)), whisper(machine))
