"""`speakerplug devices`: the devices, and what would run where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import speakerplug.cli
from speakerplug.devices import CPU, DeviceManager, Inventory
from speakerplug.devices.device import GB, ON_CPU, DeviceState
from speakerplug.devices.simulated.machines import CARDS, machine_named
from speakerplug.recognizers.faster_whisper import KINDS, TURBO_BYTES


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
    assert "  They run concurrently and share the 4 cores." in out


@pytest.mark.parametrize(
    ("gpus", "expected"),
    [
        ("4GB", "They run concurrently: both fit on cuda:0."),
        ("6GB,6GB", "They run concurrently, each on a GPU of its own."),
        ("1.6GB", "They do not fit on cuda:0 together: one is offloaded before the other is loaded."),
    ],
)
def test_simulate_plans_for_gpus_of_these_sizes(capsys: pytest.CaptureFixture[str], gpus: str, expected: str) -> None:
    """The plan for a machine that one might buy."""
    code, out, _ = run(capsys, "--simulate", gpus)
    assert code == 0
    assert expected in out


@pytest.mark.parametrize(
    ("name", "model", "expected"),
    [
        ("RTX 3060 laptop 6 GB", "large-v3-turbo", "They run concurrently: both fit on cuda:0."),
        ("4090 + 3060", "large-v3-turbo", "They run concurrently, each on a GPU of its own."),
        ("h100 mig 1g.10gb", "large-v3-turbo", "They run concurrently: both fit on cuda:0."),
        ("GTX 1080", "large-v3-turbo", "diarizer: torch cannot compute on cuda:0: torch has no code for"),
        ("M2", "small", "recognizer: ctranslate2 does not run on mps."),
        ("RX 7900 XTX", "small", "recognizer: ctranslate2 cannot compute on cuda:0: this build of CTranslate2"),
        ("RTX 3060 without cuBLAS", "small", 'install it with: pip install "speakerplug[cuda]".'),
        ("MX450", "small", "They do not fit on cuda:0 together: one is offloaded before the other is loaded."),
        ("CPU", "small", "They run concurrently and share the 8 cores."),
    ],
)
def test_simulate_plans_for_a_machine_by_name(
    capsys: pytest.CaptureFixture[str], name: str, model: str, expected: str
) -> None:
    """With the model that `auto` chooses there: large-v3-turbo only where CTranslate2 can compute on the GPU."""
    code, out, _ = run(capsys, "--simulate", name)
    assert code == 0
    assert f"Plan for {model} and pyannote:" in out
    assert expected in out


@pytest.mark.parametrize("name", CARDS)
def test_auto_plans_for_the_model_that_a_transcription_would_take(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """What the recognizer asks of the device manager agrees with the plan that is shown."""
    machine = machine_named(name)
    assert machine is not None
    device = DeviceManager(probe=machine).device_for(KINDS, "recognizer", "ctranslate2", TURBO_BYTES)
    model = "large-v3-turbo" if device.kind == "cuda" else "small"
    assert f"Plan for {model} and pyannote:" in run(capsys, "--simulate", name)[1]


@pytest.mark.parametrize("name", CARDS)
def test_help_and_the_page_of_options_name_every_simulated_machine(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """No machine is known only to who guesses its name."""
    assert name in " ".join(run(capsys, "--help")[1].split())
    page = Path(__file__).parents[2] / "docs" / "reference" / "options.md"
    assert f"| `{name}` |" in page.read_text(encoding="utf-8")


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
        (("--simulate", "big"), 2, "give sizes such as 6GB,6GB, or one of: CPU, MX450,"),
        (("--simulate", "6GB,big"), 2, "There is no simulated machine '6GB,big'"),
        (("--concurrency", "maybe"), 2, "Invalid concurrency 'maybe'"),
    ],
)
def test_devices_with_invalid_options_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, message: str
) -> None:
    """And an exit code."""
    done = run(capsys, *arguments)
    assert done[0] == code
    assert message in done[2]
