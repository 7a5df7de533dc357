"""Run a pyannote.audio pipeline on a waveform in memory, with progress; return regular and exclusive turns."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

from ...attribution import exclusive_of
from ...devices import CPU, DeviceManager, Lease, MemoryEstimate, ModelHandleBase, Placement
from ...devices.device import MB
from ...devices.torch_state import full_precision
from ...media.waveform import SAMPLE_RATE, Waveform
from ...plugin.roles import DiarizationRequest, DiarizerSettings
from ...system.progress import Progress
from ...system.telemetry import silence_telemetry
from ...transcript import Diarization, Turn
from ..bounds import warn_of_too_few
from ..last_window import cut_at_end
from .hook import Kept, artifacts_of, hook_for
from .parameters import adjust
from .patches import forced_clusters, warn_of_forced_clusters
from .pyannoteai import takes_hook
from .turn_embeddings import tree_of_run


@dataclass(frozen=True, slots=True)
class PipelineHandle(ModelHandleBase):
    """The handle with which the device manager loads a pyannote pipeline."""

    key: Hashable
    load_pipeline: Callable[[], Any]

    stage = "diarizer"

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """Return the batch sizes to try: small ones on a CPU, where large ones gain nothing and take memory."""
        return (8, 4, 2, 1) if kind == CPU.kind else (32, 16, 8, 4, 2, 1)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Estimate the memory for segmentation and embedding of ten-second windows with community-1's networks.

        Measured with them on an H200: torch reserves 144 MB for one window and 2336 MB for 32 (tests/gpu).
        """
        return MemoryEstimate(100 * MB, (300 + 70 * batch_size) * MB)

    def load(self, placement: Placement) -> Any:
        """Load the pipeline onto its device; raises what `load_pipeline` raises."""
        pipeline = self.load_pipeline()
        self.to_device(pipeline, placement)
        return pipeline

    def unload(self, model: Any) -> None:
        """Move the weights to host memory, which frees that of the device."""
        self.to_host(model)

    def to_host(self, model: Any) -> bool:
        """Offload the models to the CPU."""
        import torch

        model.to(torch.device("cpu"))
        return True

    def to_device(self, model: Any, placement: Placement) -> None:
        """Move the models to the device of `placement`."""
        import torch

        model.to(torch.device(str(placement.device)))


class PyannoteDiarizer:
    """Diarize with a pyannote.audio pipeline.

    `name` is the name in transcripts; `load_pipeline` returns a ready `pyannote.audio.Pipeline` and is called when
    first needed; `settings` may adjust its parameters. Pipelines with the same `key` (default: the name) and the same
    parameters are loaded once. `fetch`, if given, is called before each use with a function to report a download.
    """

    def __init__(
        self,
        name: str,
        load_pipeline: Callable[[], Any],
        key: Hashable | None = None,
        fetch: Callable[[Progress], object] | None = None,
        settings: DiarizerSettings | None = None,
    ) -> None:
        self.name = name
        self._load_pipeline, self._settings = load_pipeline, settings or DiarizerSettings()
        adjusted = (*sorted(self._settings.parameters.items()), self._settings.step_s)
        self._handle = PipelineHandle(("pyannote", key or name, adjusted), self._load)
        self._fetch = fetch

    def prepare(self, devices: DeviceManager, progress: Progress) -> PipelineHandle:
        """Fetch missing files, and return the handle of the pipeline."""
        prepare_import()
        if self._fetch is not None:
            self._fetch(progress)
        return self._handle

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Return regular and exclusive turns; for pipelines of the 3.x kind, derive the exclusive ones."""
        handle = self.prepare(devices, progress)
        bounds = _bounds(request)
        kept: Kept = {}

        def work(lease: Lease) -> Any:
            """Run the pipeline with the planned number of threads and batch size."""
            with full_precision(lease.device), forced_clusters(bool(bounds)) as forced:
                _apply_placement(lease)
                output = lease.model(
                    {"waveform": _tensor(waveform), "sample_rate": SAMPLE_RATE, "uri": waveform.name or "waveform"},
                    **bounds,
                    **({"hook": hook_for(progress, kept, request.keep_artifacts)} if takes_hook(lease.model) else {}),
                )
            warn_of_forced_clusters(forced)
            return output

        output = devices.run(handle, work)
        found = diarization_of(output)
        turns, exclusive = (cut_at_end(turns, waveform.duration) for turns in (found.turns, found.exclusive))
        diarization = replace(found, turns=turns, exclusive=exclusive)
        diarization = replace(diarization, speaker_tree=tree_of_run(kept, diarization.exclusive))
        if kept and request.keep_artifacts:
            diarization = replace(diarization, artifacts=artifacts_of(kept, output))
        progress("turns", 1.0, 1.0)
        warn_of_too_few(len(diarization.speakers), request)
        return diarization

    def _load(self) -> Any:
        pipeline = self._load_pipeline()
        adjust(pipeline, self._settings.parameters, self._settings.step_s)
        return pipeline


def _bounds(request: DiarizationRequest) -> dict[str, int]:
    """Return the bounds on the number of speakers that were given."""
    bounds = {name: getattr(request, name) for name in ("num_speakers", "min_speakers", "max_speakers")}
    return {name: number for name, number in bounds.items() if number is not None}


def _apply_placement(lease: Lease) -> None:
    """Set the planned batch size, and on the CPU the planned number of threads."""
    import torch

    if lease.device == CPU:
        torch.set_num_threads(lease.placement.threads)
    for name in ("segmentation_batch_size", "embedding_batch_size"):
        if hasattr(lease.model, name):
            setattr(lease.model, name, lease.placement.batch_size)


def diarization_of(output: Any) -> Diarization:
    """Convert pyannote's output: a DiarizeOutput, or the bare Annotation of a 3.x pipeline."""
    turns = _turns(getattr(output, "speaker_diarization", output))
    exclusive = getattr(output, "exclusive_speaker_diarization", None)
    if exclusive is None:
        return Diarization(turns, exclusive_of(turns), derived=True)
    return Diarization(turns, _turns(exclusive))


def _turns(annotation: Any) -> tuple[Turn, ...]:
    found = [
        Turn(float(segment.start), float(segment.end), str(label))
        for segment, _, label in annotation.itertracks(yield_label=True)
        if segment.end > segment.start
    ]
    return tuple(sorted(found, key=lambda turn: (turn.start, turn.end)))


def _tensor(waveform: Waveform) -> Any:
    """Return the samples as a tensor of shape (1, n), without a copy."""
    import torch
    from torch.utils.dlpack import from_dlpack

    try:
        return from_dlpack(waveform.samples)[None]  # from_numpy warns about read-only arrays
    except BufferError:  # before torch 2.9, from_dlpack refuses them
        return torch.from_numpy(waveform.samples)[None]


def prepare_import() -> None:
    """Turn off pyannote's telemetry and the warnings that SpeakerPlug handles; call it before pyannote is imported."""
    silence_telemetry()
    _filter_warnings()


@functools.lru_cache(maxsize=1)
def _filter_warnings() -> None:
    libraries = r"(pyannote|lightning|pytorch_lightning|torch|torchaudio|torchcodec|asteroid_filterbanks)\b"
    warnings.filterwarnings("ignore", module=libraries)
    warnings.filterwarnings("ignore", message=r"\s*torchcodec is not installed correctly")
    warnings.filterwarnings("ignore", message="The given NumPy array is not writable")  # nothing writes to it
    warnings.filterwarnings(
        "ignore", message=r"'torch.load' received a zip file"
    )  # such a file is refused, with our own message
