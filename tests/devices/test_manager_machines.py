"""What the device manager promises on machines as people have them: simulated ones, each with its own limits."""

from __future__ import annotations

import logging

import pytest

from speakerplug.cli.devices import typical_handles
from speakerplug.devices import CPU, Device, DeviceManager, Lease, manager
from speakerplug.devices.device import GB, MB
from speakerplug.devices.simulated.machines import machine_named
from speakerplug.devices.simulated.model import SimulatedStage
from speakerplug.errors import DeviceError
from speakerplug.recognizers.faster_whisper import KINDS, TURBO_BYTES
from speakerplug.testing import Card, SimulatedMachine, SimulatedModel
from tests.devices.machines import pyannote, use, whisper

GPU, SECOND = Device("cuda", 0), Device("cuda", 1)


def named(name: str) -> SimulatedMachine:
    machine = machine_named(name)
    assert machine is not None
    return machine


@pytest.fixture(autouse=True)
def nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was said once in this process may be said again."""
    monkeypatch.setattr(manager, "_SAID", set())


class Activations:
    """Memory of torch that is freed, into its cache, when nothing refers to it any more."""

    def __init__(self, machine: SimulatedMachine, size: int) -> None:
        machine.allocate("torch", GPU, size)
        self._machine, self._size = machine, size

    def __del__(self) -> None:
        self._machine.free("torch", GPU, self._size)


@pytest.mark.parametrize(
    ("sizes", "types", "expected"),
    [
        ((2, 1), ("float32",), "cuda:0, float32, batch 1"),
        ((1,), ("float32", "float16"), "cuda:0, float16, batch 1"),
    ],
)
@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_run_out_of_memory_with_all_of_it_in_torchs_cache_stays_on_the_gpu(
    sizes: tuple[int, ...], types: tuple[str, ...], expected: str, device: str
) -> None:
    """What the failed work held goes back to the driver before the next step is planned (finding 2)."""
    machine = SimulatedMachine(8 * GB)
    model = SimulatedModel(
        machine, "model", item_bytes=GB, batch_sizes=sizes, precisions={"cuda": types, "cpu": ("float32",)}
    )
    ran = list[str]()

    def work(lease: Lease) -> None:
        held = Activations(machine, 27 * GB // 4) if not ran else None
        ran.append(str(lease.placement))
        if held:
            machine.allocate("torch", GPU, 4 * GB)
        model.work(lease)

    devices = DeviceManager(device, probe=machine)
    devices.run(model, work)
    assert ran[1:] == [expected]


def test_plan_after_work_counts_torchs_cache_as_free() -> None:
    """What work in this process left there keeps no other plan off the GPU, nor a model that comes alone."""
    machine = SimulatedMachine(6 * GB)
    first = SimulatedModel(machine, "first", weights=GB // 8, item_bytes=4 * GB, batch_sizes=(1,))
    second = SimulatedModel(machine, "second", weights=2 * GB, item_bytes=GB, batch_sizes=(1,))
    devices = DeviceManager(probe=machine)
    use(devices, first)
    machine.allocate("torch", GPU, 4 * GB)  # the host program's own work
    machine.free("torch", GPU, 4 * GB)
    assert machine.cached("torch", GPU) == 4 * GB
    assert [one.device for one in devices.plan([first, second]).placements] == [GPU, GPU]
    devices.close()
    use(devices, first)
    assert use(devices, second) == ["cuda:0, float32, batch 1"]


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("4090", GPU),
        ("H100 MIG 1g.10gb", GPU),
        ("GTX 1080", GPU),
        ("RX 7900 XTX", CPU),
        ("RTX 3060 without cuBLAS", CPU),
        ("MX450", CPU),
        ("M2", CPU),
        ("CPU", CPU),
    ],
)
def test_device_for_the_large_model_is_a_gpu_only_where_ctranslate2_can_compute_it(name: str, device: Device) -> None:
    """Auto takes large-v3-turbo there alone: not with ROCm, without cuBLAS, or in 2 GB (finding 4)."""
    assert DeviceManager(probe=named(name)).device_for(KINDS, "recognizer", "ctranslate2", TURBO_BYTES) == device


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GTX 1080", "Diarizer runs on the CPU, not on cuda:0: torch has no code for its compute capability 6.1."),
        (
            "RTX 3060 without cuBLAS",
            "Recognizer runs on the CPU, not on cuda:0: libcublas.so.12 is missing; "
            'install it with: pip install "speakerplug[cuda]".',
        ),
    ],
)
def test_engine_that_cannot_compute_on_the_gpu_is_named_once_with_its_hint(
    name: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning in a process, and no load that has to fail first (findings 1 and 10)."""
    machine = named(name)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            devices = DeviceManager(probe=machine)
            both = [SimulatedStage(machine, handle) for handle in typical_handles("small")]
            devices.plan(both)
            assert sorted(where.split(",")[0] for where in use(devices, *both)) == ["cpu", "cuda:0"]
            assert [entry.split()[0] for model in both for entry in model.history] == ["load", "load"]
    assert [record.getMessage() for record in caplog.records] == [said]


def test_device_that_was_asked_for_is_the_only_one_with_a_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--device cuda:1` looks at that card alone: a look would take 450 MB of cuda:0 (finding 13)."""
    machine = SimulatedMachine(Card("first", 6 * GB), Card("second", 6 * GB))
    monkeypatch.setattr(manager, "LocalProbe", lambda indices=None, **_: machine.process(indices))
    devices = DeviceManager("cuda:1", limits={})
    first, second = (machine.ledgers[device] for device in (GPU, SECOND))
    devices.inventory()
    assert (first.peak, second.free) == (0, 6 * GB - 450 * MB)
    with pytest.raises(DeviceError, match=r"cuda:7 is not there; this machine has: cuda:0, cuda:1, cpu"):
        DeviceManager("cuda:7", limits={})


def test_run_out_of_memory_never_takes_a_larger_precision() -> None:
    """After 8 bits come no 32, which need four times as much, but another device (finding 14)."""
    machine = SimulatedMachine(24 * GB, fails=lambda number: number == 2)
    types = {"cuda": ("int8_float32", "float32"), "cpu": ("int8",)}
    model = SimulatedModel(machine, "model", engine="ctranslate2", batch_sizes=(1,), precisions=types)
    assert use(DeviceManager(probe=machine), model) == ["cpu, int8, batch 1"]
    assert [entry for entry in model.history if "cuda:0, float32" in entry] == []


def test_batches_of_32_on_a_large_card_halve_where_memory_runs_out() -> None:
    """Both stages of a real transcription use a large card in full (finding 14)."""
    machine = named("4090")
    both = [SimulatedStage(machine, handle) for handle in typical_handles("large-v3")]
    devices = DeviceManager(probe=machine)
    devices.plan(both)
    assert use(devices, *both) == ["cuda:0, float16, batch 32", "cuda:0, float32, batch 32"]
    start = machine.allocations
    machine.fails = lambda number: number - start in (1, 2)
    assert use(devices, *both) == ["cuda:0, float16, batch 8", "cuda:0, float32, batch 32"]


def test_models_on_a_lost_gpu_are_abandoned_and_go_on_elsewhere(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is freed there, as CTranslate2 would end the process; work that loses its GPU halfway continues, too."""
    machine = SimulatedMachine(Card("a GPU", 24 * GB))
    devices, both = DeviceManager(probe=machine), (whisper(machine), pyannote(machine))
    devices.plan(both)
    assert [where[:6] for where in use(devices, *both)] == ["cuda:0", "cuda:0"]

    def work(lease: Lease) -> Device:
        if lease.device == GPU:
            machine.lost.add(GPU)
        both[1].work(lease)
        return lease.device

    with caplog.at_level(logging.WARNING):
        assert devices.run(both[1], work) == CPU
        assert use(devices, *both) == ["cpu, int8, batch 8", "cpu, float32, batch 8"]
    assert [record.getMessage() for record in caplog.records] == [
        "Diarizer: cuda:0 fails (CUDA error: the launch timed out and was terminated); going on without cuda:0."
    ]
    for model in both:
        assert [entry.split(",")[0] for entry in model.history] == ["load cuda:0", "load cpu"]
    assert devices.occupied == (CPU,)
    devices.close()


def test_close_after_a_gpu_was_lost_frees_nothing_there() -> None:
    """A sticky error is raised by emptying a cache, too: none of it escapes (finding 5)."""
    machine = SimulatedMachine(Card("a GPU", 24 * GB))
    devices, both = DeviceManager(probe=machine), (whisper(machine), pyannote(machine))
    use(devices, *both)
    machine.lost.add(GPU)
    devices.close()
    assert [len(model.history) for model in both] == [1, 1]


def test_card_that_another_process_fills_makes_the_batch_smaller() -> None:
    """The work resumes there after what is finished, and releases all memory at the end."""
    machine = named("RTX 3060 laptop 6 GB")
    devices, model = DeviceManager("cuda", probe=machine), pyannote(machine)
    done = list[int]()

    def work(lease: Lease) -> None:
        while len(done) < 3:
            done.append(model.work(lease))
            if len(done) == 1:
                machine.release(GPU)
                machine.fill(GPU, machine.ledgers[GPU].free - 300 * MB)

    devices.run(model, work)
    assert done == [8, 2, 2]
    devices.close()
    assert machine.in_use == 0


def test_workspace_for_a_last_batch_that_is_not_full_is_survived() -> None:
    """Where cuDNN wants 10 GB for its shape, batches get smaller until they are full, on the GPU (finding 3)."""
    machine = named("RTX 3060 laptop 6 GB")
    model = SimulatedModel(machine, "model", workspace_bytes=10 * GB)
    done = list[int]()

    def work(lease: Lease) -> None:
        while (left := 12 - sum(done)) > 0:
            items = min(left, lease.placement.batch_size)
            with model.working(lease, items):
                done.append(items)

    DeviceManager("cuda", probe=machine).run(model, work)
    assert done == [8, 4]


def test_run_gives_torchs_cache_back_so_that_ctranslate2_keeps_its_batch() -> None:
    """What torch's work needed beyond its estimate is free again for CTranslate2, which does not see that cache."""
    machine = SimulatedMachine(Card("a GPU", 6 * GB))
    devices = DeviceManager(probe=machine)
    torch = SimulatedModel(machine, "torch", item_bytes=GB // 4)
    recognizer = SimulatedModel(machine, "recognizer", item_bytes=GB // 4, engine="ctranslate2")
    devices.plan([torch, recognizer])

    def work(lease: Lease) -> None:
        machine.allocate("torch", lease.device, 2 * GB)
        machine.free("torch", lease.device, 2 * GB)

    devices.run(torch, work)
    with devices.hold(recognizer):
        devices.run(torch, work)
        assert machine.free_bytes(GPU) >= 2 * GB
    assert devices.run(recognizer, recognizer.work) == devices.plan([torch, recognizer]).of("recognizer").batch_size


def test_model_of_a_child_on_a_lost_gpu_is_unloaded() -> None:
    """Its process ends, which is safe; only what lives in this process is abandoned."""
    machine = SimulatedMachine(Card("a GPU", 24 * GB))
    devices, child, own = DeviceManager(probe=machine), whisper(machine), pyannote(machine)
    child.is_in_process = False
    use(devices, child, own)
    machine.lost.add(GPU)
    child.unload = lambda model: child.history.append("unload")  # type: ignore[method-assign]
    devices.close()
    assert (child.history[-1], own.history[-1][:4]) == ("unload", "load")
