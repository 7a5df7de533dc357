"""What has failed is recognized by the words of each engine; the messages are as those libraries word them."""

from __future__ import annotations

import gc
import logging
import re
import weakref
from collections.abc import Callable
from pathlib import Path

import onnxruntime.capi.onnxruntime_pybind11_state as onnx
import pytest
import torch

from speakerplug.devices import CPU, Device, DeviceOptions, Lease, Placement
from speakerplug.devices.device import GB, MB
from speakerplug.devices.failures import CAUSES, LIBRARY, LOST, MEMORY, OTHER, UNSUPPORTED, Cause, Failure, failure_of
from speakerplug.errors import DeviceError, ModelError
from speakerplug.testing import SimulatedMachine
from tests.devices.machines import manager, pyannote, whisper

GPU = Device("cuda", 0)
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "gpu-errors.md"

ENGINES: list[tuple[str, Exception]] = [
    (MEMORY, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of")),
    (MEMORY, RuntimeError("HIP out of memory. Tried to allocate 256.00 MiB. GPU 0 has a total capacity of 15.98 GiB")),
    (MEMORY, RuntimeError("CUDA failed with error out of memory")),
    (MEMORY, RuntimeError("CUDA error: out of memory")),
    (MEMORY, RuntimeError("MPS backend out of memory (MPS allocated: 9.01 GB, other allocations: 1.2 GB, max allowed")),
    (MEMORY, onnx.Fail("[ONNXRuntimeError] : 1 : FAIL : CUDA failure 2: out of memory ; GPU=0 ; hostname=here")),
    (MEMORY, MemoryError()),
    (MEMORY, RuntimeError("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory")),
    (
        MEMORY,
        RuntimeError("[enforce fail at alloc_cpu.cpp:114] data. DefaultCPUAllocator: not enough memory: you tried"),
    ),
    (MEMORY, RuntimeError("mkl_malloc: failed to allocate memory")),
    (MEMORY, onnx.RuntimeException("onnxruntime::BFCArena::AllocateRawInternal Failed to allocate memory for request")),
    (MEMORY, RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED")),
    (MEMORY, RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")),
    (MEMORY, RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")),
    (MEMORY, RuntimeError("cuFFT error: CUFFT_ALLOC_FAILED")),
    (MEMORY, RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED")),
    (MEMORY, RuntimeError("parallel_for failed: cudaErrorMemoryAllocation: out of memory")),
    (MEMORY, RuntimeError("cub::DeviceRadixSort: cudaErrorMemoryAllocation")),
    (MEMORY, RuntimeError("GET was unable to find an engine to execute this computation")),
    (MEMORY, RuntimeError("FIND was unable to find an engine to execute this computation")),
    (MEMORY, RuntimeError('NVML_SUCCESS == r INTERNAL ASSERT FAILED at "../c10/cuda/CUDACachingAllocator.cpp":995')),
    (MEMORY, RuntimeError("Invalid buffer size: 19.45 GB")),
    (LIBRARY, RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")),
    (LIBRARY, RuntimeError("Library cublas64_12.dll is not found or cannot be loaded")),
    (LIBRARY, RuntimeError("Cannot load symbol cublasLtGetVersion")),
    (LIBRARY, RuntimeError("Could not locate cublasLt64_12.dll. Please make sure it is in your library path!")),
    (LIBRARY, OSError("libcublas.so.12: cannot open shared object file: No such file or directory")),
    (LIBRARY, RuntimeError("Library libcudnn.so.9 is not found or cannot be loaded")),
    (LIBRARY, RuntimeError("Unable to load any of {libcudnn_ops.so.9.1.0, libcudnn_ops.so.9.1, libcudnn_ops.so.9}")),
    (LIBRARY, RuntimeError("Invalid handle. Cannot load symbol cudnnCreateTensorDescriptor")),
    (LIBRARY, RuntimeError("Could not load library libcudnn_ops_infer.so.8. Error: libcudnn_ops_infer.so.8: cannot")),
    (LIBRARY, RuntimeError("Could not locate cudnn_ops64_9.dll. Please make sure it is in your library path!")),
    (LIBRARY, RuntimeError("nvrtc: error: failed to open libnvrtc-builtins.so.13.0.")),
    (LIBRARY, OSError("libcuda.so.1: cannot open shared object file: No such file or directory")),
    (LIBRARY, OSError("libcudnn_ops.so.9: cannot be opened")),
    (LIBRARY, OSError("libnvrtc.so.13: cannot open shared object file: No such file or directory")),
    (LIBRARY, OSError("libMIOpen.so.1: cannot open shared object file: No such file or directory")),
    (
        UNSUPPORTED,
        RuntimeError(
            "parallel_for failed: cudaErrorNoKernelImageForDevice: no kernel image is available for execution on the "
            "device"
        ),
    ),
    (UNSUPPORTED, RuntimeError("CUDA error: no kernel image is available for execution on the device\nCUDA kernel")),
    (UNSUPPORTED, RuntimeError("HIP error: invalid device function\nHIP kernel errors might be asynchronously")),
    (
        UNSUPPORTED,
        RuntimeError("nvrtc: error: invalid value for --gpu-architecture (-arch)\n\nnvrtc compilation"),
    ),
    (UNSUPPORTED, RuntimeError("cuBLAS failed with status CUBLAS_STATUS_NOT_SUPPORTED")),
    (UNSUPPORTED, RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ARCH_MISMATCH")),
    (
        UNSUPPORTED,
        RuntimeError("CUDA failed with error CUDA driver version is insufficient for CUDA runtime version"),
    ),
    (UNSUPPORTED, RuntimeError("CUDA failed with error the provided PTX was compiled with an unsupported toolchain.")),
    (UNSUPPORTED, RuntimeError("The NVIDIA driver on your system is too old (found version 12020). Please update")),
    (UNSUPPORTED, AssertionError("Torch not compiled with CUDA enabled")),
    (UNSUPPORTED, RuntimeError("Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and")),
    (
        UNSUPPORTED,
        NotImplementedError("The operator 'aten::isin.out' is not currently implemented for the MPS device. If you"),
    ),
    (
        UNSUPPORTED,
        TypeError("Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float"),
    ),
    (UNSUPPORTED, NotImplementedError("Output channels > 65536 not supported at the MPS device.")),
    (
        UNSUPPORTED,
        RuntimeError("The output is larger than currently supported by the MPS backend"),
    ),
    (LOST, RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`")),
    (LOST, RuntimeError("cuDNN failed with status CUDNN_STATUS_NOT_INITIALIZED")),
    (LOST, RuntimeError("cuBLAS failed with status CUBLAS_STATUS_EXECUTION_FAILED")),
    (LOST, RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED")),
    (LOST, RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR")),
    (LOST, RuntimeError("cuFFT error: CUFFT_INTERNAL_ERROR")),
    (LOST, RuntimeError("miopenStatusUnknownError")),
    (LOST, RuntimeError("CUDA error: HIPBLAS_STATUS_INTERNAL_ERROR when calling `hipblasSgemm`")),
    (LOST, RuntimeError("CUDA error: CUBLAS_STATUS_INVALID_VALUE when calling `cublasSgemm`")),
    (LOST, RuntimeError("cuDNN error: CUDNN_STATUS_BAD_PARAM")),
    (LOST, RuntimeError("cuFFT error: CUFFT_EXEC_FAILED")),
    (LOST, RuntimeError("nvrtc: error: unexpected")),
    (LOST, RuntimeError("CUDA error: HIPBLAS_STATUS_UNKNOWN when calling `hipblasSgemm`")),
    (LOST, torch.AcceleratorError("CUDA error: device-side assert triggered\nCompile with `TORCH_USE_CUDA_DSA`")),
    (LOST, RuntimeError("CUDA error: unspecified launch failure")),
    (LOST, RuntimeError("CUDA failed with error unspecified launch failure")),
    (LOST, RuntimeError("CUDA driver error: unknown error")),
    (
        LOST,
        RuntimeError("CUDA unknown error - this may be due to an incorrectly set up environment, e.g."),
    ),
    (LOST, RuntimeError("parallel_for failed: cudaErrorIllegalAddress: an illegal memory access was encountered")),
    (LOST, RuntimeError("No CUDA GPUs are available")),
    (LOST, onnx.Fail("CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; hostname=here")),
    (LOST, RuntimeError("HIP error: unspecified launch failure")),
    (LOST, RuntimeError("No HIP GPUs are available")),
    (LOST, RuntimeError("MPS backend was selected in PyTorch without support")),
    (OTHER, RuntimeError("Unable to open file 'model.bin' in model 'small'")),
    (OTHER, RuntimeError("expected a tensor of 3 dimensions")),
    (OTHER, RuntimeError("The size of tensor a (8) must match the size of tensor b (9) at non-singleton dimension 1")),
    (OTHER, OSError("[Errno 28] No space left on device")),
    (OTHER, OSError("libsndfile.so.1: cannot open shared object file: No such file or directory")),
    (OTHER, TypeError("forward() missing 1 required positional argument")),
    (OTHER, onnx.Fail("[ONNXRuntimeError] : 1 : FAIL : Load model from vad.onnx failed: Protobuf parsing failed.")),
    (OTHER, ValueError("out of memory")),
    (OTHER, FileNotFoundError(2, "No such file or directory", "/data/out of memory.wav")),
    (OTHER, PermissionError(13, "Permission denied", "/models/CUDA errors/model.bin")),
]


@pytest.mark.parametrize(("kind", "error"), ENGINES, ids=lambda value: re.sub(r"\W+", "-", str(value))[:60])
def test_failure_of_an_engines_message_is_its_kind(kind: str, error: Exception) -> None:
    """By type and by the engines' own words."""
    assert failure_of(error) == kind


def test_each_cause_and_each_of_its_fragments_has_a_message() -> None:
    """No fragment stands there that no message above has; and none is hidden by one that comes before it."""
    messages = [str(error) for _, error in ENGINES]
    reached = {next((cause for cause in CAUSES if cause.explains(message)), None) for message in messages}
    assert set(CAUSES) <= reached
    lonely = ("OutOfMemory", "BFCArena", "hipError", "HIP failure", "cublas…dll", "cudnn…dll")
    for cause in CAUSES:
        for fragment in set(cause.fragments) - set(lonely):
            assert any(map(Cause("", "", (fragment,)).explains, messages)), fragment


def test_reference_lists_every_cause() -> None:
    """The table of docs/reference/gpu-errors.md is that of the program; a row that differs is shown as it should be."""
    rows = [line for line in REFERENCE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [row_of(cause) for cause in CAUSES]


def row_of(cause: Cause) -> str:
    """The line of a cause in the reference."""
    fragments = ", ".join(f"`{fragment}`" for fragment in cause.fragments)
    kind = cause.kind + (" (out of memory where less than 512 MB are free)" if cause.or_memory else "")
    return f"| {fragments} | {kind} | {cause.source} | {cause.remedy} |"


def test_failure_of_an_error_with_a_cause_is_that_of_the_cause() -> None:
    """An error that explains another fails for the same reason; one of the manager's own is final."""
    error = ModelError("cannot be loaded")
    error.__cause__ = RuntimeError("CUDA failed with error out of memory")
    assert failure_of(error) == MEMORY
    final = DeviceError("does not fit")
    final.__cause__ = error
    assert failure_of(final) == OTHER


def test_failure_of_an_error_frees_what_its_frames_hold() -> None:
    """What an error came through, and what the errors came through that it followed, keeps no memory."""

    class Activations:
        """What is large."""

    kept = list[weakref.ref[Activations]]()

    def compute() -> None:
        activations = Activations()
        kept.append(weakref.ref(activations))
        raise RuntimeError("CUDA out of memory")

    def explain() -> None:
        try:
            compute()
        except RuntimeError:
            raise MemoryError from None

    failure = None
    gc.disable()  # what only the collector frees is not free when it is needed
    try:
        explain()
    except MemoryError as error:
        failure = Failure.of(error)
    finally:
        gc.enable()
    assert failure is not None
    assert [one() for one in kept] == [None]


@pytest.mark.parametrize(
    ("free", "kind"), [(100 * MB, MEMORY), (511 * MB, MEMORY), (512 * MB, LOST), (20 * GB, LOST), (None, LOST)]
)
def test_ambiguous_failure_is_out_of_memory_on_a_full_device(free: int | None, kind: str) -> None:
    """cuBLAS that cannot start had no room where less than 512 MB are free; others are what they say."""
    ambiguous = Failure.of(
        RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`")
    )
    plain = Failure.of(RuntimeError("CUDA error: device-side assert triggered"))
    assert (ambiguous.with_free(free).kind, plain.with_free(free).kind) == (kind, LOST)


def failing_once(message: str, fill: Callable[[], object] = lambda: None) -> Callable[[Lease], str]:
    """Return work that fails the first time, after `fill`, and tells where it ran."""
    left = [message]

    def work(lease: Lease) -> str:
        if left:
            fill()
            raise RuntimeError(left.pop())
        return str(lease.placement)

    return work


def test_run_whose_cublas_cannot_start_takes_a_smaller_batch_on_a_full_gpu(caplog: pytest.LogCaptureFixture) -> None:
    """On a card that another program fills meanwhile it is out of memory, on one with room the device has failed."""
    cublas = "cuBLAS failed with status CUBLAS_STATUS_NOT_INITIALIZED"
    ledger = (machine := SimulatedMachine(24 * GB)).ledgers[GPU]
    work = failing_once(cublas, lambda: ledger.take("a game", ledger.free - 400 * MB))
    with caplog.at_level(logging.WARNING):
        assert manager(machine).run(whisper(machine), work) == "cuda:0, float16, batch 4"
        machine = SimulatedMachine(24 * GB)
        assert manager(machine).run(whisper(machine), failing_once(cublas)) == "cpu, int8, batch 8"
    assert [record.getMessage() for record in caplog.records] == [
        "Recognizer: cuda:0 ran out of memory; going on with a batch of 4.",
        f"Recognizer: cuda:0 fails ({cublas}); going on without cuda:0.",
    ]


def test_run_whose_cublas_cannot_start_counts_torchs_cache_as_full() -> None:
    """cuBLAS takes its workspace from the driver, which has what torch caches only after a release."""
    machine = SimulatedMachine(24 * GB)

    def fill() -> None:
        size = machine.ledgers[GPU].free - 400 * MB
        machine.allocate("torch", GPU, size)
        machine.free("torch", GPU, size)

    work = failing_once("cuBLAS failed with status CUBLAS_STATUS_NOT_INITIALIZED", fill)
    assert manager(machine).run(whisper(machine), work) == "cuda:0, float16, batch 4"


def test_run_without_cublas_names_the_command_that_installs_it(caplog: pytest.LogCaptureFixture) -> None:
    """It goes on on the CPU; the error for a device that was asked for has the command, too, and no smaller model."""
    missing, machine = "Library libcublas.so.12 is not found or cannot be loaded", SimulatedMachine(24 * GB)
    with caplog.at_level(logging.WARNING):
        manager(machine).run(whisper(machine), failing_once(missing))
    assert [record.getMessage() for record in caplog.records] == [
        f"Recognizer: cuda:0 fails ({missing}); going on without cuda:0; "
        'to use it again: pip install "speakerplug[cuda]".'
    ]
    asked = manager(machine, device_options=DeviceOptions(GPU))
    with pytest.raises(DeviceError) as caught:
        asked.run(whisper(machine), failing_once(missing))
    assert str(caught.value) == (
        f"Recognizer failed on cuda:0, float16, batch 8 ({missing}); "
        'pip install "speakerplug[cuda]", or choose another --device.'
    )


def test_run_keeps_the_whole_message_for_verbose(caplog: pytest.LogCaptureFixture) -> None:
    """People see the first line, -v all of them."""
    machine = SimulatedMachine(24 * GB)
    message = "CUDA error: device-side assert triggered\nCompile with `TORCH_USE_CUDA_DSA`"
    with caplog.at_level(logging.DEBUG):
        manager(machine).run(pyannote(machine), failing_once(message))
    debug = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    assert f"device lost on cuda:0: {message}" in debug


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("CUDA error: unknown error", "choose another --device. With --isolate such a failure stays in one stage."),
        ("MPS framework doesn't support float64", "choose another --device."),
        ("driver version is insufficient", "update NVIDIA's driver, or choose another --device."),
        ("out of memory", "choose another --device, or a smaller model."),
    ],
)
def test_as_error_has_the_hint_of_its_kind(message: str, remedy: str) -> None:
    """Only for a lack of memory a smaller model is one."""
    machine = SimulatedMachine(24 * GB)
    error = Failure.of(RuntimeError(message)).as_error(whisper(machine), Placement("recognizer", CPU))
    assert str(error).endswith(f"({message}); {remedy}")
