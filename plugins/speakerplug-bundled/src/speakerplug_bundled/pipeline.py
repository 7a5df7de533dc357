"""The bundled diarization pipeline: pyannote's own `SpeakerDiarization` on segmentation-3.0 and CAM++."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .weights import SEGMENTATION

if TYPE_CHECKING:
    from pyannote.audio import Model
    from pyannote.audio.pipelines import SpeakerDiarization

# Chosen on open recordings with tuning/tune.py; the README tells how.
PARAMETERS: dict[str, dict[str, float]] = {
    "segmentation": {"min_duration_off": 0.0},
    "changes": {"distance": 0.62, "shortest": 0.8},
    "clustering": {"threshold": 0.54, "min_piece": 1.0, "min_speech": 4.0, "distinct": 0.65},
}


def load_pipeline() -> SpeakerDiarization:
    """The pipeline, on the CPU, from files of installed packages alone; raises ModelError for a bad or missing file."""
    from pyannote.audio.core.plda import PLDA

    from speakerplug.diarizers.pyannote import spare_memory

    from .campplus import load_campplus
    from .clustering import VoiceClustering
    from .diarization import PiecewiseDiarization

    pipeline = PiecewiseDiarization(
        segmentation=load_segmentation(),
        embedding=load_campplus(),
        embedding_exclude_overlap=True,
        plda=PLDA.__new__(PLDA),  # the constructor insists on one; only VBx clustering would ask it anything
        clustering="AgglomerativeClustering",  # the constructor takes names only: the real one follows
        segmentation_batch_size=8,
        embedding_batch_size=32,
    )
    pipeline.clustering = VoiceClustering()
    spare_memory(pipeline)
    return pipeline.instantiate(PARAMETERS)


def load_segmentation() -> Model:
    """segmentation-3.0 (pyannote's PyanNet), built from its checkpoint without unpickling anything but known types."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet
    from torch.torch_version import TorchVersion

    path = SEGMENTATION.checked()
    with torch.serialization.safe_globals([Problem, Resolution, Specifications, TorchVersion]):
        checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    model = PyanNet(**checkpoint["hyper_parameters"])
    model.on_load_checkpoint(checkpoint)  # its specifications, and the classifier that they ask for
    model.load_state_dict(checkpoint["state_dict"])
    return model.eval()
