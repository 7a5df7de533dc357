"""The memory of devices: which models are evicted and loaded again, which loads wait, and what is not released."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from speakerplug.devices import CPU, Device, Placement
from speakerplug.devices.device import GB, MB
from speakerplug.devices.interprocess import OtherProcesses
from speakerplug.devices.memory import report_return
from speakerplug.errors import DeviceError
from speakerplug.testing import SimulatedMachine, SimulatedModel
from tests.devices.machines import manager, pyannote, use, whisper

GPU = Device("cuda", 0)


def test_models_that_fit_together_stay_loaded() -> None:
    """On a large GPU both are loaded once and serve file after file."""
    machine = SimulatedMachine(24 * GB)
    devices, both = manager(machine), (whisper(machine), pyannote(machine))
    assert devices.plan(both).concurrent
    for _ in range(3):
        use(devices, *both)
    assert [len(one.history) for one in both] == [1, 1]
    devices.close()
    assert (machine.in_use, devices.occupied) == (0, ())


def test_models_that_do_not_fit_together_swap() -> None:
    """On a small GPU one rests in host memory while the other works, and comes back without a load."""
    machine = SimulatedMachine(3 * GB)
    devices, both = manager(machine), (whisper(machine), pyannote(machine, 2 * GB))
    assert devices.plan(both).swaps
    use(devices, *both, *both)
    assert both[0].history == ["load cuda:0, float16, batch 8", "offload", "return cuda:0", "offload"]
    devices.close()
    assert machine.in_use == 0
    assert machine.surprises == 0


def test_evicting_a_model_that_cannot_be_offloaded_unloads_it() -> None:
    """A model that knows no host memory is loaded again when its turn comes."""
    machine = SimulatedMachine(3 * GB)
    first, second = (SimulatedModel(machine, key, weights=2 * GB, can_offload=False) for key in "ab")
    use(manager(machine), first, second, first)
    assert [entry.split()[0] for entry in first.history] == ["load", "unload", "load"]


def test_evicting_a_model_whose_device_fails_meanwhile_makes_room() -> None:
    """A device can answer the probe and still fail where a model is freed (finding 5)."""

    class Model(SimulatedModel):
        def unload(self, model: object) -> None:
            super().unload(model)
            raise RuntimeError("CUDA error: unspecified launch failure")

    machine = SimulatedMachine(3 * GB)
    first, second = (Model(machine, key, weights=2 * GB, can_offload=False) for key in "ab")
    assert use(manager(machine), first, second) == ["cuda:0, float32, batch 4"] * 2


def test_making_room_evicts_the_least_recently_used_first() -> None:
    """Of several that could leave, those in use lately stay."""
    machine = SimulatedMachine(8 * GB)
    models = [SimulatedModel(machine, key, weights=2 * GB, item_bytes=MB, can_offload=False) for key in "abcd"]
    devices = manager(machine)
    for number in (0, 1, 2, 0, 3):
        use(devices, models[number])
    assert ["unload" in one.history for one in models] == [False, True, False, False]


def test_memory_that_another_program_took_makes_the_batch_smaller() -> None:
    """Memory that vanished after the plan makes the batch smaller, without running out first."""
    machine = SimulatedMachine(12 * GB)
    devices, model = manager(machine), pyannote(machine)
    assert devices.plan([model]).of("diarizer").batch_size == 8
    machine.fill(GPU, 12 * GB - 2000 * MB)
    assert use(devices, model) == ["cuda:0, float32, batch 2"]
    assert (machine.injected, machine.surprises) == (0, 0)


def test_load_while_another_model_works_is_not_measured_by_what_that_took() -> None:
    """Work that ends during a load leaves torch's cache behind, which is no memory of the loaded model."""
    machine = SimulatedMachine(12 * GB)
    devices, other = manager(machine), pyannote(machine)
    held, loading = threading.Event(), threading.Event()

    def work() -> None:
        with devices.hold(other) as lease:
            held.set()
            loading.wait(10)
            other.work(lease)

    user = threading.Thread(target=work)

    class Slow(SimulatedModel):
        def load(self, placement: Placement) -> object:
            loading.set()
            user.join(10)
            return super().load(placement)

    slow = Slow(machine, "slow", engine="ctranslate2")
    user.start()
    assert held.wait(10)
    with devices.hold(slow):
        assert machine.cached("torch", GPU) == GB
        assert devices._memory.slot(slow).used_bytes == GB


def test_memory_promised_in_another_process_is_not_planned_with(tmp_path: Path) -> None:
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


def test_waiting_for_room_until_the_timeout_names_the_holder() -> None:
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


def test_using_a_model_again_does_not_overtake_a_waiting_load() -> None:
    """A thread that waits for room on a device comes before the next use of a model there."""
    machine = SimulatedMachine(3 * GB)
    first, second = (SimulatedModel(machine, key, weights=2 * GB) for key in ("first", "second"))
    devices, order = manager(machine), list[str]()
    monitor = devices._memory._monitor

    def other() -> None:
        with devices.hold(second):
            order.append("second")

    thread = threading.Thread(target=other)
    with devices.hold(first):
        thread.start()
        with monitor.changed:
            assert monitor.changed.wait_for(lambda: monitor.waiting, 10)
    with devices.hold(first):
        order.append("first")
    thread.join(10)
    assert order == ["second", "first"]


def test_holding_a_second_model_without_room_goes_on_elsewhere() -> None:
    """A thread that holds one model and loads another that does not fit next to it does not wait for itself."""
    machine = SimulatedMachine(3 * GB)
    first, second = (SimulatedModel(machine, key, weights=2 * GB) for key in ("first", "second"))
    devices = manager(machine)
    with devices.hold(first) as one, devices.hold(second) as other:
        assert (one.device, other.device) == (GPU, CPU)


def test_evicting_a_model_that_keeps_memory_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """An unload that leaves much behind on a GPU is a warning with the amount."""

    class Leaky(SimulatedModel):
        def unload(self, model: object) -> None:
            self.history.append("unload")

    machine = SimulatedMachine(24 * GB)
    devices, model = manager(machine), Leaky(machine, "leaky", weights=2 * GB)
    use(devices, model)
    with caplog.at_level(logging.WARNING):
        devices.close()
    assert [record.getMessage() for record in caplog.records] == [
        "Leaky was unloaded from cuda:0, and 2 GB was not given back."
    ]


@pytest.mark.parametrize(
    ("device", "before", "after", "missing", "level"),
    [
        (GPU, 0, GB, 0, None),
        (GPU, 0, GB - 40 * MB, 0, None),
        (GPU, 0, GB - 100 * MB, 100 * MB, logging.DEBUG),
        (GPU, 0, GB // 2, GB // 2, logging.WARNING),
        (CPU, 0, GB // 2, GB // 2, logging.DEBUG),
        (GPU, None, None, 0, None),
    ],
)
def test_report_return_of_missing_memory_says_how_much(
    device: Device,
    before: int | None,
    after: int | None,
    missing: int,
    level: int | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Up to 5 % is nothing; more is noted, and much of a GPU is a warning."""
    with caplog.at_level(logging.DEBUG):
        assert report_return("model", device, GB, before, after) == missing
    assert [record.levelno for record in caplog.records] == [level] * (level is not None)
