"""`speakerplug devices`: the devices, and what would run where."""

from __future__ import annotations

import json

import pytest

import speakerplug.cli
from speakerplug.devices import CPU, Inventory
from speakerplug.devices.device import GB, ON_CPU, DeviceState


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Return a machine without a GPU, with four cores and 16 GB."""
    from speakerplug.devices.probe import LocalProbe

    state = DeviceState(CPU, "a CPU", 16 * GB, 12 * GB, compute_types=ON_CPU)
    monkeypatch.setattr(LocalProbe, "inventory", lambda self: Inventory((state,), 4))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = speakerplug.cli.main(["devices", *arguments])
    return code, *capsys.readouterr()


def test_devices_shows_devices_and_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """Memory, cores and precisions of each device; then the plan, with its reasons."""
    code, out, _ = run(capsys)
    assert (code, out.splitlines()[0]) == (0, "cpu: a CPU, 12 GB free of 16 GB, 4 cores to use")
    assert "  ctranslate2: int8, int8_float32, float32" in out
    assert "  recognizer  cpu, int8, batch 8, 2 threads" in out
    assert "  They run at once and share the 4 cores." in out


@pytest.mark.parametrize(
    ("gpus", "expected"),
    [
        ("4GB", "They run at once: both fit on cuda:0."),
        ("6GB,6GB", "They run at once, each on a GPU of its own."),
        ("1GB", "They do not fit on cuda:0 together: one leaves before the other comes."),
    ],
)
def test_simulate_plans_for_gpus_of_these_sizes(capsys: pytest.CaptureFixture[str], gpus: str, expected: str) -> None:
    """The plan for a machine that one might buy."""
    code, out, _ = run(capsys, "--simulate", gpus)
    assert code == 0
    assert expected in out


def test_devices_as_json_has_devices_model_and_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """For programs."""
    code, out, _ = run(capsys, "--simulate", "6GB,6GB", "--json", "--compute-type", "int8")
    data = json.loads(out)
    assert (code, data["cores"], data["model"]) == (0, 4, "large-v3-turbo")
    assert [device["device"] for device in data["devices"]] == ["cuda:0", "cuda:1", "cpu"]
    assert data["plan"]["stages"]["recognizer"]["compute_type"] == "int8"
    assert data["plan"]["concurrent"] is True


def test_device_variables_count_like_options(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option overrides its variable."""
    monkeypatch.setenv("SPEAKERPLUG_DIARIZER_DEVICE", "cpu")
    assert "diarizer    cpu" in run(capsys, "--simulate", "24GB")[1]
    assert "diarizer    cuda:0" in run(capsys, "--simulate", "24GB", "--diarizer-device", "cuda")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--device", "cuda"), 1, "Device cuda:0 is not there; this machine has: cpu"),
        (("--simulate", "2GB", "--device", "cuda", "--model", "large-v3"), 1, "choose a smaller model"),
        (("--model", "gigantic"), 2, "The memory that 'gigantic' needs is unknown"),
        (("--simulate", "big"), 2, "is not an amount of memory"),
        (("--concurrency", "maybe"), 2, "There is no concurrency 'maybe'"),
    ],
)
def test_devices_with_invalid_options_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, message: str
) -> None:
    """And an exit code."""
    done = run(capsys, *arguments)
    assert done[0] == code
    assert message in done[2]
