"""Computing: what torch and CTranslate2 see of GPUs, and a small computation on each device through each library."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

from ...devices import Device
from .finding import Finding, first_line

TOPIC = "computing"

FIT = "update the driver, or install a torch that fits it: https://pytorch.org/get-started"


def look_at_cuda() -> Iterator[Finding]:
    """CUDA, cuDNN and the driver as torch sees them, and the devices that CTranslate2 sees."""
    import ctranslate2
    import torch

    built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "no CUDA"
    backend: Any = torch.backends.cudnn
    cudnn = backend.version() if torch.version.cuda else None
    about = f"torch is built with {built}" + (f" and cuDNN {_dotted(cudnn)}" if cudnn else "")
    driver = driver_cuda()
    seen = torch.cuda.device_count() if torch.cuda.is_available() else 0
    by_ctranslate2 = ctranslate2.get_cuda_device_count()
    if driver is None:
        yield Finding(TOPIC, "ok", f"{about}; there is no CUDA driver, so all runs without")
    elif not seen:
        text = f"{about}; the driver is for CUDA {driver}, and torch can use no GPU"
        yield Finding(TOPIC, "warning", text, f"see whether nvidia-smi lists one; then {FIT}")
    elif by_ctranslate2 < seen:
        text = f"torch sees {seen} GPUs and CTranslate2 {by_ctranslate2}, so recognition stays on the CPU"
        yield Finding(TOPIC, "warning", text, FIT)
    else:
        yield Finding(TOPIC, "ok", f"{about}; the driver is for CUDA {driver}, {seen} GPUs for torch and CTranslate2")


def driver_cuda() -> str | None:
    """The newest CUDA that the driver can run; None without a driver."""
    import sys

    version = ctypes.c_int()
    try:
        library = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        failed = library.cuDriverGetVersion(ctypes.byref(version))
    except OSError:
        return None
    return None if failed or not version.value else f"{version.value // 1000}.{version.value % 1000 // 10}"


def look_at_devices() -> Iterator[Finding]:
    """A small computation on each device with torch and with CTranslate2."""
    from ...devices.probe import LocalProbe

    engines = {"torch": _with_torch, "ctranslate2": _with_ctranslate2}
    for state in LocalProbe().inventory().devices:
        for engine, why in sorted(state.unavailable.items()):
            fault, _, remedy = why.partition("; ")
            yield Finding(TOPIC, "problem", f"{engine} cannot compute on {state.device}: {fault}", remedy)
        for engine in sorted(state.compute_types.keys() & engines):
            try:
                done = engines[engine](state.device)
            except Exception as error:  # whatever the library makes of it
                text = f"{engine} cannot compute on {state.device}: {first_line(error)}"
                yield Finding(TOPIC, "problem", text, _remedy(state.device, error))
            else:
                yield Finding(TOPIC, "ok", f"{engine} computes on {state.device}: {done}")


def look_at_onnxruntime() -> Iterator[Finding]:
    """Speech found in the sample by faster-whisper's voice activity detection."""
    import onnxruntime
    from faster_whisper.vad import get_speech_timestamps

    from .decoding import spoken

    heard = spoken()
    found = get_speech_timestamps(heard.samples)
    share = sum(stretch["end"] - stretch["start"] for stretch in found) / len(heard.samples)
    providers = ", ".join(name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers())
    if share < 0.2:
        text = f"onnxruntime detects speech in only {share:.0%} of the sample"
        yield Finding(TOPIC, "problem", text, "pip install --force-reinstall --no-deps onnxruntime faster-whisper")
    else:
        yield Finding(TOPIC, "ok", f"onnxruntime ({providers}) detects speech in {share:.0%} of the sample")


def _with_torch(device: Device) -> str:
    import torch

    with torch.inference_mode():
        ones = torch.ones(256, 256, device=str(device))
        product = ones @ ones
        sums = torch.nn.functional.conv1d(ones[None], ones[:, :, None])
    if not (float(product.sum()) == float(sums.sum()) == 256.0**3):
        raise RuntimeError(f"a product of matrices is {float(product.mean())} instead of 256")
    return "matrices and a convolution"


def _with_ctranslate2(device: Device) -> str:
    """Whisper's encoder, as CTranslate2 offers nothing smaller that computes."""
    import ctranslate2
    import numpy as np

    model: Any = _smallest_model(device)
    if model is None:
        count = len(ctranslate2.get_supported_compute_types(device.kind, device.index))
        return f"not tried, for want of a bundled model; it offers {count} precisions"
    features = ctranslate2.StorageView.from_array(np.zeros((1, model.n_mels, 3000), np.float32))
    encoded = np.array(model.encode(features, to_cpu=True))
    if not (np.isfinite(encoded).all() and encoded.any()):
        raise RuntimeError("Whisper's encoder gives no numbers")
    return "Whisper's encoder"


def _smallest_model(device: Device) -> Any | None:
    """A bundled Whisper model, of the lowest rank that is whole."""
    import ctranslate2

    from ...errors import SpeakerPlugError
    from ...plugin.manager import load_plugins
    from ...recognizers.models import NAME

    models = [model for model in load_plugins().models.values() if model.recognizer == NAME]
    for model in sorted(models, key=lambda model: model.rank):
        try:
            folder = model.locate()
        except SpeakerPlugError:  # said where models are looked at
            continue
        return ctranslate2.models.Whisper(
            str(folder), device=device.kind, device_index=device.index, compute_type="default"
        )
    return None


def _remedy(device: Device, error: Exception) -> str:
    missing = [library for library in ("cublas", "cudnn") if f"lib{library}.so" in str(error)]
    if missing:  # CTranslate2 looks for those of CUDA 12, also where torch brings others
        wanted = " ".join(f"nvidia-{library}-cu12" for library in missing)
        return f"pip install {wanted}, and put its lib folder into LD_LIBRARY_PATH"
    return "leave it out with --device cpu" if device.kind != "cpu" else "reinstall the package"


def _dotted(cudnn: int) -> str:
    return f"{cudnn // 10000}.{cudnn % 10000 // 100}.{cudnn % 100}"
