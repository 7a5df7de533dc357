"""What --diarizer-param changes of speakrs, by pyannote's names for the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from speakerplug.plugin import UsageError

NAMES = ("clustering.threshold", "clustering.Fa", "clustering.Fb", "segmentation.min_duration_off")


def checked(parameters: Mapping[str, Any]) -> Mapping[str, float]:
    """Return the parameters; raises UsageError for one that is no number in its range."""
    for name, value in parameters.items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        scale = name in ("clustering.Fa", "clustering.Fb")
        if not is_number or value < 0 or (scale and value == 0):
            raise UsageError(f"{name} is {value!r}; it must be a number {'above 0' if scale else 'from 0'}.")
    return parameters


def config_of(speakrs: Any, mode: str, parameters: Mapping[str, float]) -> Any:
    """Return the PipelineConfig of speakrs for a mode, with these parameters in place of its defaults."""
    default = speakrs.PipelineConfig.for_mode(mode)
    clustering, vbx = default.clustering, default.clustering.vbx
    return speakrs.PipelineConfig(
        activity=default.activity,
        clustering=speakrs.ClusteringConfig(
            ahc=speakrs.AhcConfig(threshold=parameters.get("clustering.threshold", clustering.ahc.threshold)),
            vbx=speakrs.VbxConfig(
                fa=parameters.get("clustering.Fa", vbx.fa),
                fb=parameters.get("clustering.Fb", vbx.fb),
                max_iters=vbx.max_iters,
                epsilon=vbx.epsilon,
                init_smoothing=vbx.init_smoothing,
            ),
            speaker_keep_threshold=clustering.speaker_keep_threshold,
        ),
        merge_gap=parameters.get("segmentation.min_duration_off", default.merge_gap),
        reconstruct_method=default.reconstruct_method,
        smoothing_epsilon=default.smoothing_epsilon,
    )
