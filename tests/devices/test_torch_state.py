"""Torch's switches after a stage are as before it, and its threads wait asleep."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from speakerplug.devices import CPU, Device
from speakerplug.devices.torch_state import SPINS, disable_tf32, own_stream, prepare_import, switches_kept

HAS_NEW = hasattr(torch.backends.cudnn, "conv")
"""Whether torch has the switches of the new kind, as from 2.9 on."""


def switches() -> dict[str, object]:
    """Everything that a stage might leave changed."""
    backends = torch.backends
    return {
        "matmul": backends.cuda.matmul.allow_tf32,
        "cudnn": backends.cudnn.allow_tf32,
        "new": [part.fp32_precision for part in (backends.cuda.matmul, backends.cudnn.conv)] if HAS_NEW else None,
        "benchmark": backends.cudnn.benchmark,
        "deterministic": backends.cudnn.deterministic,
        "strict": torch.are_deterministic_algorithms_enabled(),
        "grad": torch.is_grad_enabled(),
        "threads": torch.get_num_threads(),
        "device": torch.empty(0).device,
    }


def change_all() -> None:
    """What stages do, and worse."""
    torch.backends.cuda.matmul.allow_tf32 = not torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = not torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.benchmark = not torch.backends.cudnn.benchmark
    torch.backends.cudnn.deterministic = not torch.backends.cudnn.deterministic
    torch.use_deterministic_algorithms(not torch.are_deterministic_algorithms_enabled())
    torch.set_grad_enabled(not torch.is_grad_enabled())
    torch.set_num_threads(torch.get_num_threads() + 1)
    torch.set_default_device("meta")


def change_and_fail() -> None:
    """The same, ending badly."""
    change_all()
    raise KeyError


@pytest.fixture(autouse=True)
def unharmed() -> Iterator[None]:
    """Whatever a test leaves, the next finds torch as it was."""
    before = switches()
    yield
    torch.backends.cuda.matmul.allow_tf32 = before["matmul"]
    torch.backends.cudnn.allow_tf32 = before["cudnn"]
    torch.use_deterministic_algorithms(bool(before["strict"]))
    torch.set_grad_enabled(True)
    torch.set_default_device(None if HAS_NEW else "cpu")


@pytest.mark.parametrize("tf32", [False, True])
def test_switches_after_a_block_are_as_before(tf32: bool) -> None:
    """Whichever way the switches stood, they stand so after the block, also when it fails."""
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    before = switches()
    with switches_kept():
        change_all()
        assert switches() != before
    assert switches() == before
    with pytest.raises(KeyError), switches_kept():
        change_and_fail()
    assert switches() == before


def test_switches_after_overlapping_blocks_are_as_before_the_first() -> None:
    """A block that begins in another's and ends after it does not bring back what it saw there."""
    before = switches()
    began, ended = threading.Event(), threading.Event()

    def other() -> None:
        with switches_kept():
            began.set()
            ended.wait(10)

    thread = threading.Thread(target=other)
    with switches_kept():
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = not before["matmul"]
        thread.start()
        began.wait(10)
    ended.set()
    thread.join()
    assert switches() == before


@pytest.mark.skipif(not HAS_NEW, reason="this torch has the old switches only")
def test_switches_of_the_new_kind_are_restored_too() -> None:
    """A host that uses torch's new switches, after which the old cannot be read, gets them back."""
    rnn = torch.backends.cudnn.rnn
    was = rnn.fp32_precision
    rnn.fp32_precision = "ieee" if was != "ieee" else "tf32"
    mixed = rnn.fp32_precision
    try:
        with switches_kept():
            torch.backends.cudnn.allow_tf32 = False
        assert rnn.fp32_precision == mixed
    finally:
        rnn.fp32_precision = was


# What OpenMP reads is the environment of the process, as C sees it, at the moment when torch is imported.
SEEN = """
import ctypes, os, sys
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in ("torch", "ctranslate2"):
            print((getenv(b"GOMP_SPINCOUNT") or b"nothing").decode(), flush=True)
            os._exit(0)  # a stage would explain an exception

sys.meta_path.insert(0, Watch())
"""
LOOKS = {
    "devices": "from speakerplug.devices.probe import LocalProbe; LocalProbe().inventory()",
    "recognition": "from speakerplug import Transcriber, Waveform; "
    "Transcriber(diarizer=None).transcribe(Waveform.of([0.0]))",
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="C has an environment of its own there")
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("GOMP_SPINCOUNT", None, SPINS),
        ("GOMP_SPINCOUNT", "5", "5"),
        ("OMP_WAIT_POLICY", "ACTIVE", "nothing"),
    ],
)
def test_spin_briefly_before_an_engine_is_imported_sets_the_count(
    monkeypatch: pytest.MonkeyPatch, look: str, name: str, value: str | None, seen: str
) -> None:
    """The variable is set before the first import of torch or CTranslate2 here; what the user set stays."""
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    if value is not None:
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-c", SEEN + look], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [seen]


@pytest.mark.models  # pyannote's import takes time
@pytest.mark.skipif(not HAS_NEW, reason="this torch has the old switches only")
@pytest.mark.parametrize("switch", ["matmul", "all", "convolutions", "none"])
def test_disable_tf32_lets_pyannote_compute_in_a_program_with_new_switches(switch: str) -> None:
    """pyannote's own check raises there on CUDA; afterwards all switches are as the program had set them."""
    from pyannote.audio.utils.reproducibility import fix_reproducibility

    from speakerplug.diarizers.pyannote.diarizer import prepare_import as silence_pyannote

    silence_pyannote()
    backends, before_all = torch.backends, precisions()
    backends.cuda.matmul.fp32_precision = "none"  # as its parent
    if switch == "matmul":
        backends.cuda.matmul.fp32_precision = "tf32"
    elif switch == "all":
        backends.fp32_precision = "tf32"
    elif switch == "convolutions":
        backends.cudnn.conv.fp32_precision = "ieee"
    try:
        if switch in ("matmul", "all"):
            with pytest.raises(RuntimeError, match="mix of the legacy and new APIs"), switches_kept():
                fix_reproducibility(torch.device("cuda"))
        before = precisions()
        with switches_kept():
            disable_tf32()
            fix_reproducibility(torch.device("cuda"))
            fix_reproducibility(torch.device("cuda"))  # the pipeline asks, and each of its networks
            assert (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) == (False, False)
            assert set(precisions()) == {"ieee"}
        assert precisions() == before
    finally:
        for part, value in zip(parts(), before_all, strict=True):
            part.fp32_precision = value


def precisions() -> list[str]:
    """Return what torch's new switches say."""
    return [part.fp32_precision for part in parts()]


def parts() -> tuple[Any, ...]:
    """Return what has a new switch, parents first."""
    backends: Any = torch.backends
    return backends, backends.cuda.matmul, backends.cudnn, backends.cudnn.conv, backends.cudnn.rnn


def test_own_stream_is_made_once_for_each_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off a CUDA device nothing changes; there the block runs in the same stream each time, which keeps its memory."""
    entered: list[object] = []

    class Entered:
        def __init__(self, stream: object) -> None:
            self.stream = stream

        def __enter__(self) -> None:
            entered.append(self.stream)

        def __exit__(self, *error: object) -> None:
            entered.append("left")

    monkeypatch.setattr(torch.cuda, "Stream", lambda index: ("stream", index, object()))
    monkeypatch.setattr(torch.cuda, "stream", Entered)
    for device in (CPU, Device("mps")):
        with own_stream(device):
            assert entered == []
    for index in (91, 92, 91):  # of no GPU: streams are kept for the process
        with own_stream(Device("cuda", index)):
            pass
    first, _, second, _, third, left = entered
    assert first is third
    assert first is not second
    assert left == "left"


@pytest.mark.parametrize(
    ("platform", "given", "expected"), [("darwin", None, "1"), ("darwin", "0", "0"), ("linux", None, None)]
)
def test_prepare_import_on_a_mac_lets_its_cpu_help(
    platform: str, given: str | None, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What MPS cannot compute the CPU does, unless the user has said otherwise."""
    name = "PYTORCH_ENABLE_MPS_FALLBACK"
    monkeypatch.setenv(name, given or "")
    if given is None:
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "platform", platform)
    prepare_import()
    assert os.environ.get(name) == expected
