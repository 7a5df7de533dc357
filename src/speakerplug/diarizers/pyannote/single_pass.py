"""Diarize in one pass with the networks, the parameters and the clustering of a pyannote pipeline."""

from __future__ import annotations

import hashlib
from typing import Any

from ...devices import CPU, DeviceManager, Lease, Placement
from ...devices.torch_state import full_precision
from ...errors import UsageError
from ...media.waveform import SAMPLE_RATE, Waveform
from ...plugin.roles import DiarizationRequest
from ...system.progress import Progress
from ...transcript import Diarization
from ..single_pass import Masks, Networks, SinglePass, SpeakerChange
from ..single_pass.diarizer import diarization_of, passed_over
from ..single_pass.engine import Passed
from ..single_pass.saved_windows import SavedWindows
from ..single_pass.speakers import speakers_of
from .diarizer import PyannoteDiarizer
from .embeddings import shares_frames
from .pipeline_clustering import PipelineClustering

NO_CHANGES = SpeakerChange(2.0, 1.0)
"""No cosine distance is larger: a speaker change without a pause is left to the segmentation, as in pyannote."""


class SinglePassPyannoteDiarizer(PyannoteDiarizer):
    """Diarize as `PyannoteDiarizer` does, but in one pass over the recording.

    The networks, the step, the parameters and the clustering are those of the pipeline.
    """

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Return regular and exclusive turns; raises UsageError for a pipeline whose networks do not allow it."""
        handle = self.prepare(devices, progress)

        def work(lease: Lease) -> tuple[Passed, list[Masks], Any, float]:
            """Return what the pass found, the mask of each window, the clustering, and the pauses to bridge."""
            pipeline = instantiated(lease.model)
            networks = networks_of(pipeline, lease.placement)
            windows = SavedWindows(request.checkpoint, keep=True)
            windows.begin({"pipeline": identity_of(pipeline), "kind of device": lease.device.kind})
            threads = lease.placement.threads if lease.device == CPU else 1
            with full_precision(lease.device):
                if lease.device == CPU:
                    _compute_in_one_thread()
                engine = SinglePass(networks, NO_CHANGES, threads=threads, saved=windows.saved, on_window=windows.add)
                passed = passed_over(waveform, engine, windows, progress)
            return passed, windows.kept, pipeline.clustering, float(pipeline.segmentation.min_duration_off)

        passed, masks, clustering, pause_s = devices.run(handle, work)
        progress("clustering", 0.0, 1.0)
        # All parts with an embedding: which of these count is for the pipeline's clustering to say.
        speakers = speakers_of(
            passed,
            PipelineClustering(clustering, passed, masks),
            request,
            shortest_s=passed.grid.frame_step_s,
            pause_s=pause_s,
        )
        progress("clustering", 1.0, 1.0)
        found = diarization_of(passed, speakers, masks, request, waveform.duration)
        progress("turns", 1.0, 1.0)
        return found


def networks_of(pipeline: Any, placement: Placement) -> Networks:
    """Return the networks of a pipeline for the engine; raises UsageError, with the remedy, if it cannot use them."""
    from pyannote.audio.pipelines import SpeakerDiarization

    if type(pipeline) is not SpeakerDiarization:
        raise _refused(f"is a {type(pipeline).__name__}, not pyannote's SpeakerDiarization")
    if pipeline.clustering.expects_num_clusters:
        raise _refused(f"has the clustering {pipeline.klustering}")
    if not shares_frames(pipeline) or pipeline._embedding.model_.hparams.fbank_centering_span is not None:
        embedding = getattr(pipeline._embedding, "model_", pipeline._embedding)
        raise _refused(f"has the speaker embedding {type(embedding).__name__}, not a WeSpeaker ResNet")
    rates = {pipeline._segmentation.model.audio.sample_rate, pipeline._embedding.sample_rate}
    if rates != {SAMPLE_RATE}:
        raise _refused(f"takes audio of {max(rates - {SAMPLE_RATE})} Hz, not of {SAMPLE_RATE}")
    from .segmentation_network import PipelineSegmentation
    from .wespeaker_network import WeSpeakerEmbedding

    return Networks(
        PipelineSegmentation(pipeline), WeSpeakerEmbedding(pipeline._embedding.model_), placement.batch_size
    )


def instantiated(pipeline: Any) -> Any:
    """Return a pipeline with parameters: its default ones if its configuration has none, as pyannote does."""
    return pipeline if pipeline.instantiated else pipeline.instantiate(pipeline.default_parameters())


def identity_of(pipeline: Any) -> str:
    """Return what the masks of windows depend on, for checkpoints: the network's weights, the step, the threshold."""
    weights = hashlib.sha256()
    for _, values in sorted(pipeline._segmentation.model.state_dict().items()):
        weights.update(values.cpu().numpy().tobytes())
    threshold = getattr(pipeline.segmentation, "threshold", None)
    return f"single-pass {weights.hexdigest()} {pipeline._segmentation.step} {threshold}"


def _refused(why: str) -> UsageError:
    return UsageError(f"engine=single-pass cannot run this pipeline, which {why}; leave engine=single-pass out.")


def _compute_in_one_thread() -> None:
    """Let each of the engine's threads compute by itself."""
    import torch

    torch.set_num_threads(1)
