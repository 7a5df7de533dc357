"""Whisper models on a device: the memory they need, how they leave it, and which one `auto` chooses."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faster_whisper
import pytest

from speakerplug.devices import CPU, Device, DeviceManager, DeviceState, FixedProbe, Inventory, Placement
from speakerplug.devices.device import GB, MB, ON_CPU
from speakerplug.devices.probe import CudaDriver
from speakerplug.errors import ModelError, UsageError
from speakerplug.plugin.roles import RecognizerSettings
from speakerplug.recognizers import faster_whisper as recognizer
from speakerplug.recognizers.faster_whisper import TRIES, FasterWhisper, WhisperModelHandle, whisper_code
from speakerplug.recognizers.models import LocatedModel
from tests.devices.machines import ANYTHING

GPU = Device("cuda", 0)


@pytest.mark.parametrize(
    ("weights_mb", "compute_type", "batch_size", "peak_mb"),
    [
        (3090, "float16", 1, 4525),  # large-v2, faster-whisper's README
        (3090, "float16", 8, 6090),
        (3090, "float16", 1, 4521),  # large-v3, its issue 1030
        (1618, "float16", 1, 2537),  # large-v3-turbo
        (1512, "float16", 1, 2409),  # distil-large-v3
    ],
)
def test_need_on_a_gpu_is_near_published_measurements(
    weights_mb: int, compute_type: str, batch_size: int, peak_mb: int
) -> None:
    """It is within 5 % of the peaks that the authors of faster-whisper published."""
    handle = WhisperModelHandle(Path("model"), weights_mb * 1_000_000)
    estimate = handle.need("cuda", compute_type, batch_size).total_bytes
    assert estimate == pytest.approx(peak_mb * 1_000_000, rel=0.05)


def test_need_decreases_with_batch_size_and_precision() -> None:
    """So each OOM fallback needs less memory."""
    handle = WhisperModelHandle(Path("model"), 1_000_000_000)
    needs = [handle.need("cuda", "float16", size).total_bytes for size in handle.sizes_on("cuda")]
    assert needs == sorted(needs, reverse=True)
    assert handle.need("cuda", "int8_float16", 1).total_bytes < needs[-1]


class Engine:
    """CTranslate2's model, which leaves the device at the `leaves`-th request, as after a batch that still counts."""

    def __init__(self, leaves: int) -> None:
        self.requests, self._leaves = 0, leaves
        self.model_is_loaded = True

    def unload_model(self, to_cpu: bool = False) -> None:
        """Leave, or do nothing."""
        assert to_cpu
        self.requests += 1
        self.model_is_loaded = self.requests < self._leaves


@pytest.mark.parametrize(("leaves", "left", "requests"), [(1, True, 1), (3, True, 3), (TRIES + 1, False, TRIES)])
def test_to_host_asks_again_until_the_model_has_left(
    leaves: int, left: bool, requests: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CTranslate2 ignores the request while a batch counts as active; a model that stays is unloaded instead."""
    monkeypatch.setattr(recognizer.time, "sleep", lambda seconds: None)
    engine = Engine(leaves)
    assert WhisperModelHandle(Path("model"), MB).to_host(SimpleNamespace(model=engine)) is left
    assert engine.requests == requests


@pytest.mark.parametrize(
    ("compute_types", "free", "kind"),
    [
        (ANYTHING, 8 * GB, "cuda"),
        (ANYTHING, 1 * GB, "cpu"),
        ({"torch": ("float32",)}, 8 * GB, "cpu"),
    ],
    ids=["all is well", "too small", "CTranslate2 cannot use it"],
)
def test_prepare_auto_chooses_by_what_ctranslate2_can_use(
    compute_types: Mapping[str, tuple[str, ...]], free: int, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A large model is for a GPU that CTranslate2 computes on, with room for it; not for the CPU beside a ROCm card."""
    kinds: list[str] = []

    def locate(settings: RecognizerSettings, kind: str, progress: object) -> LocatedModel:
        kinds.append(kind)
        (tmp_path / "model.bin").write_bytes(b"weights")
        return LocatedModel("any", tmp_path)

    monkeypatch.setattr(recognizer, "locate", locate)
    gpu = DeviceState(GPU, total_bytes=8 * GB, free_bytes=free, compute_types=compute_types)
    host = DeviceState(CPU, total_bytes=64 * GB, free_bytes=64 * GB, compute_types=ON_CPU)
    devices = DeviceManager(probe=FixedProbe(Inventory((gpu, host))))
    handle = FasterWhisper(RecognizerSettings()).prepare(devices, lambda *_: None)
    assert kinds == [kind]
    assert handle.size_bytes == len(b"weights")


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Have faster-whisper's models load nothing, and return what they were loaded with."""
    loaded: list[dict[str, Any]] = []
    monkeypatch.setattr(faster_whisper, "WhisperModel", lambda folder, **options: loaded.append(options))
    return loaded


@pytest.mark.parametrize(
    ("kind", "capability", "is_said"),
    [("cuda", (9, 0), True), ("cuda", (8, 6), False), ("cuda", None, False), ("cpu", (9, 0), False)],
)
def test_load_on_a_recent_gpu_says_that_kernels_are_compiled(
    kind: str,
    capability: tuple[int, int] | None,
    is_said: bool,
    loads: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Only there, and only while the driver's cache is empty, the first recognition takes seconds more."""
    monkeypatch.setenv("CUDA_CACHE_PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(recognizer, "missing_cublas", lambda: "")
    monkeypatch.setattr(CudaDriver, "capability", lambda index: capability)
    with caplog.at_level(logging.INFO, logger="speakerplug"):
        WhisperModelHandle(tmp_path, MB).load(Placement("recognizer", Device(kind, 0), "float16"))
    said = "CTranslate2 compiles its kernels for this GPU once, which takes about ten seconds."
    assert [record.getMessage() for record in caplog.records] == [said] * is_said
    assert [options["device"] for options in loads] == [kind]


@pytest.mark.parametrize(
    ("message", "raised"),
    [
        ("Library libcublas.so.12 is not found or cannot be loaded", RuntimeError),
        ("CUDA failed with error out of memory", RuntimeError),
        ("Unable to open file 'model.bin' in model 'small'", ModelError),
    ],
)
def test_load_that_fails_blames_the_files_only_where_no_device_is_to_blame(
    message: str, raised: type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the device manager can cure is raised as it is."""

    def fail(folder: str, **options: Any) -> None:
        raise RuntimeError(message)

    monkeypatch.setattr(faster_whisper, "WhisperModel", fail)
    with pytest.raises(raised, match=message.replace(".", "[.]") if raised is RuntimeError else "its files may be"):
        WhisperModelHandle(tmp_path, MB, "small").load(Placement("recognizer", CPU, "int8"))


@pytest.mark.parametrize(
    ("language", "code"), [(None, None), ("en", "en"), ("jv", "jw"), ("cmn", "zh"), ("yue", "yue"), ("deu", "de")]
)
def test_whisper_code_of_another_code_for_the_language_is_whispers(language: str | None, code: str | None) -> None:
    """Javanese is jw there, and three letters or a part of a macrolanguage are as good as two letters."""
    assert whisper_code(language) == code


@pytest.mark.parametrize("language", ["tlh", "xx", "gibberish", ""])
def test_prepare_for_a_language_that_whisper_lacks_raises_before_a_model_is_sought(language: str) -> None:
    """Even offline, where no model is found either, the message is about the language."""
    settings = RecognizerSettings("auto", language, offline=True)
    with pytest.raises(UsageError, match=f"does not support the language '{language}'"):
        FasterWhisper(settings).prepare(DeviceManager(probe=FixedProbe()), lambda *_: None)
