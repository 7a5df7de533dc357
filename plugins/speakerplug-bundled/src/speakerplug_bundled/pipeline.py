"""The bundled diarization pipelines: segmentation-3.0 and CAM++ in one pass, and in pyannote's own pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyannote.audio.pipelines import SpeakerDiarization

    from speakerplug.diarizers.single_pass.pyannote_pipeline import SinglePassPipeline

# Tuned on open recordings with tuning/tune.py; see the README.
PARAMETERS: dict[str, dict[str, float]] = {
    "segmentation": {"min_duration_off": 0.0},
    "changes": {"distance": 0.62, "shortest": 0.8},
    "clustering": {"threshold": 0.54, "min_piece": 0.8, "min_speech": 0.8, "distinct": 0.33},
}


def load_pipeline() -> SinglePassPipeline:
    """Return the diarization in one pass as a `pyannote.audio.Pipeline`; raises ModelError for a bad or missing file.

    It runs on the CPU, and on a GPU after `to`.
    """
    from speakerplug.diarizers.single_pass.pyannote_pipeline import SinglePassPipeline

    from .networks import load_networks

    return SinglePassPipeline("bundled", load_networks, flat_parameters())


def flat_parameters() -> dict[str, float]:
    """Return the parameters by dotted names."""
    return {f"{group}.{name}": value for group, names in PARAMETERS.items() for name, value in names.items()}


def load_exact_pipeline() -> SpeakerDiarization:
    """Return pyannote's own pipeline, on the CPU, from files of installed packages.

    Raises ModelError for a bad or missing one.
    """
    from pyannote.audio.core.plda import PLDA

    from speakerplug.diarizers.pyannote import spare_memory

    from .campplus import load_campplus
    from .clustering import SpeakerClustering
    from .diarization import SegmentwiseDiarization
    from .segmentation import load_segmentation

    pipeline = SegmentwiseDiarization(
        segmentation=load_segmentation(),
        embedding=load_campplus(),
        embedding_exclude_overlap=True,
        plda=PLDA.__new__(PLDA),  # the constructor requires one, but only VBx clustering uses it
        clustering="AgglomerativeClustering",  # the constructor takes names only; it is replaced below
        segmentation_batch_size=8,
        embedding_batch_size=32,
    )
    pipeline.clustering = SpeakerClustering()
    spare_memory(pipeline)
    return pipeline.instantiate(PARAMETERS)
