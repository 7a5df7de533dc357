"""Checks of computing: the GPUs that torch and CTranslate2 see, and a small computation on each device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...devices import Device
from ...system.packages import install_command
from .finding import Finding, Status, first_line

TOPIC = "computing"


def check_cuda() -> Iterator[Finding]:
    """Check CUDA, cuDNN and the driver as torch sees them, and which GPUs torch and CTranslate2 see."""
    import ctranslate2
    import torch

    from ...devices.probe import CudaDriver, LocalProbe

    built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "no CUDA"
    backend: Any = torch.backends.cudnn
    cudnn = backend.version() if torch.version.cuda else None
    about = f"torch is built with {built}" + (f" and cuDNN {_dotted(cudnn)}" if cudnn else "")
    driver = CudaDriver.version()
    if driver is None:
        yield Finding(TOPIC, "ok", f"{about}; there is no NVIDIA driver, so everything runs on the CPU")
        return
    seen = torch.cuda.device_count() if torch.cuda.is_available() else 0
    about += f"; the driver is for CUDA {driver}"
    fault, _, remedy = LocalProbe().inventory().absent.get("cuda", "").partition("; ")
    if fault:
        yield Finding(TOPIC, "warning", f"{about}; {fault}", remedy)
    else:
        counts = f"torch sees {_gpus(seen)}, CTranslate2 {_gpus(ctranslate2.get_cuda_device_count())}"
        yield Finding(TOPIC, "ok", f"{about}; {counts}")


def check_devices() -> Iterator[Finding]:
    """Compute something small on each device with torch and with CTranslate2."""
    from ...devices.probe import LocalProbe

    engines = {"torch": _with_torch, "ctranslate2": _with_ctranslate2}
    for state in LocalProbe().inventory().devices:
        for engine, why in sorted(state.unavailable.items()):
            fault, _, remedy = why.partition("; ")
            command = remedy[remedy.index("pip install") :] if "pip install" in remedy else remedy
            status: Status = "warning" if "sees no GPU" in fault else "problem"  # on ROCm and Jetson nothing mends it
            yield Finding(TOPIC, status, f"{engine} cannot compute on {state.device}: {fault}", command)
        for engine in sorted(state.compute_types.keys() & engines):
            try:
                done = engines[engine](state.device)
            except Exception as error:  # a library can raise anything
                text = f"{engine} cannot compute on {state.device}: {first_line(error)}"
                yield Finding(TOPIC, "problem", text, _remedy(state.device, error))
            else:
                yield Finding(TOPIC, "ok", f"{engine} computes on {state.device}: {done}")


def check_onnxruntime() -> Iterator[Finding]:
    """Check that faster-whisper's voice activity detection finds speech in the sample."""
    import onnxruntime
    from faster_whisper.vad import get_speech_timestamps

    from .decoding import spoken

    waveform = spoken()
    segments = get_speech_timestamps(waveform.samples)
    share = sum(segment["end"] - segment["start"] for segment in segments) / len(waveform.samples)
    providers = ", ".join(name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers())
    if share < 0.2:
        text = f"onnxruntime detects speech in only {share:.0%} of the sample"
        yield Finding(TOPIC, "problem", text, "pip install --force-reinstall --no-deps onnxruntime faster-whisper")
    else:
        yield Finding(TOPIC, "ok", f"onnxruntime ({providers}) detects speech in {share:.0%} of the sample")


def _with_torch(device: Device) -> str:
    """Compute a product of matrices and a convolution, on CUDA with cuBLAS and cuDNN, and return what was done."""
    import torch

    with torch.inference_mode():
        ones = torch.ones(256, 256, device=str(device))
        product = ones @ ones
        sums = torch.nn.functional.conv1d(ones[None], ones[:, :, None])
    if not (float(product.sum()) == float(sums.sum()) == 256.0**3):
        raise RuntimeError(f"a product of matrices is {float(product.mean())} instead of 256")
    return "matrices and a convolution"


def _with_ctranslate2(device: Device) -> str:
    """Run Whisper's encoder, as CTranslate2 offers nothing smaller that computes, and return what was done."""
    import ctranslate2
    import numpy as np

    from ...devices.cuda_libraries import cublas_of_ctranslate2

    library = cublas_of_ctranslate2() if device.kind == "cuda" else None
    loaded = f"{library} is loaded, " if library else ""

    model: Any = _smallest_model(device)
    if model is None:
        count = len(ctranslate2.get_supported_compute_types(device.kind, device.index))
        return f"{loaded}not tried without a bundled model; it offers {count} precisions"
    features = ctranslate2.StorageView.from_array(np.zeros((1, model.n_mels, 3000), np.float32))
    encoded = np.array(model.encode(features, to_cpu=True))
    if not (np.isfinite(encoded).all() and encoded.any()):
        raise RuntimeError("Whisper's encoder returns invalid numbers")
    return f"{loaded}Whisper's encoder"


def _smallest_model(device: Device) -> Any | None:
    """Return the bundled Whisper model of the lowest rank whose files are complete; None without one."""
    import ctranslate2

    from ...errors import SpeakerPlugError
    from ...plugin.manager import load_plugins
    from ...recognizers.models import NAME

    models = [model for model in load_plugins().models.values() if model.recognizer == NAME]
    for model in sorted(models, key=lambda model: model.rank):
        try:
            folder = model.locate()
        except SpeakerPlugError:  # reported by the check of models
            continue
        return ctranslate2.models.Whisper(
            str(folder), device=device.kind, device_index=device.index, compute_type="default"
        )
    return None


def _remedy(device: Device, error: Exception) -> str:
    """Return the command that mends it, if there is one."""
    from ...devices.cuda_libraries import EXTRA
    from ...devices.failures import LIBRARY, Failure

    if device.kind == "cpu":
        return "reinstall the package"
    try:
        failure = Failure.of(error)
    except Exception:
        return "leave it out with --device cpu"
    if failure.kind == LIBRARY and failure.remedy != EXTRA:
        return install_command("torch").replace("pip install", "pip install --force-reinstall")
    return failure.remedy or "leave it out with --device cpu"


def _gpus(count: int) -> str:
    return f"{count or 'no'} GPU{'s' if count != 1 else ''}"


def _dotted(cudnn: int) -> str:
    return f"{cudnn // 10000}.{cudnn % 10000 // 100}.{cudnn % 100}"
