"""Set parameters of a pipeline by dotted names: clustering.threshold, segmentation.min_duration_off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...errors import UsageError, shown, suggested
from ..dotted_parameters import flat, nested


def adjust(pipeline: Any, parameters: Mapping[str, Any], step_s: float | None = None) -> None:
    """Set `parameters` of a loaded pipeline, and the step of its segmentation windows, in seconds.

    Other parameters stay unchanged. Raises UsageError for a parameter that the pipeline does not have, and for an
    invalid value.
    """
    if parameters:
        known = dict(flat(pipeline.parameters(instantiated=True)))
        for name, value in parameters.items():
            _check(name, value, known)
        pipeline.instantiate(nested({**known, **parameters}))
    if step_s is not None:
        _set_step(pipeline, step_s)


def _check(name: str, value: Any, known: Mapping[str, Any]) -> None:
    if name not in known:
        raise UsageError(f"This diarizer has no parameter {shown(name)}; {suggested(name, known)}")
    if isinstance(known[name], (bool, str)):
        fits = isinstance(value, type(known[name]))
    else:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not fits:
        raise UsageError(f"--diarizer-param {name} is {shown(value)}; give a value like {known[name]!r}.")


def _set_step(pipeline: Any, step_s: float) -> None:
    inference = getattr(pipeline, "_segmentation", None)
    if inference is None or not hasattr(pipeline, "segmentation_step"):
        raise UsageError("This diarizer has no segmentation windows; leave --segmentation-step out.")
    longest = inference.duration
    if not 0 < step_s <= longest:
        raise UsageError(f"--segmentation-step is {step_s:g}; give more than 0, at most the window's {longest:g} s.")
    pipeline.segmentation_step = step_s / inference.duration
    inference.step = step_s  # segmentation_step is only read by the constructor
