"""Running a pyannote.audio pipeline: the waveform in memory, progress out, regular and exclusive turns back."""

from __future__ import annotations

import functools
import logging
import warnings
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

from ...attribution import exclusive_of
from ...devices import CPU, DeviceManager, Lease, MemoryEstimate, ModelHandleBase, Placement
from ...devices.device import MB
from ...devices.torch_state import own_stream, switches_kept
from ...plugin.roles import DiarizationRequest, DiarizerSettings
from ...system.progress import Progress
from ...system.telemetry import silence_telemetry
from ...transcript import Diarization, Turn
from ...waveform import SAMPLE_RATE, Waveform
from .hook import Kept, artifacts_of, hook_for
from .parameters import adjust
from .patches import noticing
from .pyannoteai import takes_hook
from .speaker_tree import voices_shown

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PipelineResident(ModelHandleBase):
    """A pyannote pipeline that the device manager can load."""

    key: Hashable
    load_pipeline: Callable[[], Any]

    stage = "diarizer"

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """A CPU gains nothing by large batches, and they take memory."""
        return (8, 4, 2, 1) if kind == CPU.kind else (32, 16, 8, 4, 2, 1)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """What segmentation and embedding of ten-second windows take with community-1's networks.

        Measured with them on an H200: torch reserves 144 MB for one window and 2336 MB for 32 (tests/gpu).
        """
        return MemoryEstimate(100 * MB, (300 + 70 * batch_size) * MB)

    def load(self, placement: Placement) -> Any:
        """The pipeline, on its device; whatever `load_pipeline` raises goes on to the caller."""
        pipeline = self.load_pipeline()
        self.to_device(pipeline, placement)
        return pipeline

    def unload(self, model: Any) -> None:
        """Move the weights to host memory, so that the device has its own back."""
        self.to_host(model)

    def to_host(self, model: Any) -> bool:
        """Pyannote moves its models itself."""
        import torch

        model.to(torch.device("cpu"))
        return True

    def to_device(self, model: Any, placement: Placement) -> None:
        """Move the models to where `placement` says."""
        import torch

        model.to(torch.device(str(placement.device)))


class PyannoteDiarizer:
    """Diarizes with a pyannote.audio pipeline.

    `name` is what transcripts say; `load_pipeline` gives a ready `pyannote.audio.Pipeline` and is called when
    first needed; `settings` may adjust its parameters. Pipelines of equal `key` (default: the name) and equal
    parameters are loaded once. `fetch`, if given, is called before each use and is told where to report a download.
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
        self._resident = PipelineResident(("pyannote", key or name, adjusted), self._load)
        self._fetch = fetch

    def prepare(self, devices: DeviceManager, progress: Progress) -> PipelineResident:
        """Fetch what is missing."""
        prepare_import()
        if self._fetch is not None:
            self._fetch(progress)
        return self._resident

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Regular and exclusive turns of `waveform`; a pipeline of the 3.x form gets its exclusive ones derived."""
        resident = self.prepare(devices, progress)
        bounds = _bounds(request)
        kept: Kept = {}

        def work(lease: Lease) -> Any:
            """Run the pipeline with the threads and the batch that the plan gives it."""
            with switches_kept(), own_stream(lease.device), noticing(bool(bounds)) as regrouped:
                _fit(lease)
                output = lease.model(
                    {"waveform": _tensor(waveform), "sample_rate": SAMPLE_RATE, "uri": waveform.name or "waveform"},
                    **bounds,
                    **({"hook": hook_for(progress, kept, request.keep_artifacts)} if takes_hook(lease.model) else {}),
                )
            _warn_of_regrouping(regrouped)
            return output

        output = devices.run(resident, work)
        diarization = diarization_of(output)
        diarization = replace(diarization, speaker_tree=voices_shown(kept, diarization.exclusive))
        if kept and request.keep_artifacts:
            diarization = replace(diarization, artifacts=artifacts_of(kept, output))
        progress("turns", 1.0, 1.0)
        _warn_of_bounds(len(diarization.speakers), request)
        return diarization

    def _load(self) -> Any:
        pipeline = self._load_pipeline()
        adjust(pipeline, self._settings.parameters, self._settings.step_s)
        return pipeline


def _bounds(request: DiarizationRequest) -> dict[str, int]:
    """The bounds that were given."""
    bounds = {name: getattr(request, name) for name in ("num_speakers", "min_speakers", "max_speakers")}
    return {name: number for name, number in bounds.items() if number is not None}


def _warn_of_regrouping(numbers: list[int]) -> None:
    if numbers:
        log.warning(
            "The pipeline found another number of speakers than it may, and regrouped the voices into %d by a cruder "
            "method (k-means); leave the number of speakers open if the result looks wrong.",
            numbers[-1],
        )


def _fit(lease: Lease) -> None:
    """The batch is the plan's, and on the CPU the threads are, too."""
    import torch

    if lease.device == CPU:
        torch.set_num_threads(lease.placement.threads)
    for name in ("segmentation_batch_size", "embedding_batch_size"):
        if hasattr(lease.model, name):
            setattr(lease.model, name, lease.placement.batch_size)


def diarization_of(output: Any) -> Diarization:
    """The values behind pyannote's output: a DiarizeOutput, or a bare Annotation from a 3.x pipeline."""
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
    """The samples as pyannote takes them, (channel, time), without a copy."""
    from torch.utils.dlpack import from_dlpack

    return from_dlpack(waveform.samples)[None]  # from_numpy warns of an array that is not writable


def _warn_of_bounds(found: int, request: DiarizationRequest) -> None:
    low = request.num_speakers or request.min_speakers
    if low is not None and found < low:
        log.warning(
            "Found %d of at least %d speakers; the recording may be too short to tell more of them apart.", found, low
        )


def prepare_import() -> None:
    """Before pyannote is imported or used: its telemetry is off, and its warnings about what we see to ourselves."""
    silence_telemetry()
    _quieten()


@functools.lru_cache(maxsize=1)
def _quieten() -> None:
    libraries = r"(pyannote|lightning|pytorch_lightning|torch|torchaudio|torchcodec|asteroid_filterbanks)\b"
    warnings.filterwarnings("ignore", module=libraries)
    warnings.filterwarnings("ignore", message=r"\s*torchcodec is not installed correctly")
    warnings.filterwarnings("ignore", message=r"'torch.load' received a zip file")  # refused, and said by us
