"""The engines that run a pyannote pipeline: pyannote's own, and that of one pass, which is opt-in."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from ...errors import UsageError, shown
from ...plugin.roles import DiarizerSettings
from ...system.progress import Progress
from .diarizer import PyannoteDiarizer

ENGINE = "engine"
"""The name of the parameter that chooses."""
EXACT, SINGLE_PASS = "exact", "single-pass"


def diarizer_for(
    name: str,
    load_pipeline: Callable[[], Any],
    key: Hashable,
    settings: DiarizerSettings,
    fetch: Callable[[Progress], object] | None = None,
) -> PyannoteDiarizer:
    """Return the diarizer for a pipeline with the engine that the settings name; raises UsageError for an unknown one.

    The arguments are those of `PyannoteDiarizer`; both engines share the loaded pipeline.
    """
    engine = settings.parameters.get(ENGINE, EXACT)
    parameters = {each: value for each, value in settings.parameters.items() if each != ENGINE}
    settings = replace(settings, parameters=parameters)
    if engine == EXACT:
        return PyannoteDiarizer(name, load_pipeline, key=key, fetch=fetch, settings=settings)
    if engine != SINGLE_PASS:
        raise UsageError(f"--diarizer-param {ENGINE} is {shown(engine)}; give {EXACT} or {SINGLE_PASS}.")
    if settings.exact:
        raise UsageError(f"--diarizer-param {ENGINE}={SINGLE_PASS} contradicts --exact; give one of the two.")
    from .single_pass import SinglePassPyannoteDiarizer

    return SinglePassPyannoteDiarizer(name, load_pipeline, key=key, fetch=fetch, settings=settings)
