"""speakrs as a diarizer: regular and exclusive turns of a waveform in memory."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from speakerplug.plugin import (
    DeviceManager,
    Diarization,
    DiarizationRequest,
    DiarizerSettings,
    Lease,
    Progress,
    Turn,
    UsageError,
    Waveform,
    exclusive_of,
)

from .cancellable import run_cancellably
from .errors import EngineError, engine_errors, explained
from .handle import SpeakrsHandle
from .models import MODELS, is_folder
from .parameters import checked, config_of
from .wheel import imported

log = logging.getLogger(__name__)

NAME = "speakrs"
STEPS_S = {None: False, 1.0: False, 2.0: True}
"""The steps of the segmentation windows, and whether the fast mode has them."""


class SpeakrsDiarizer:
    """Diarize with speakrs; raises ModelError and DeviceError with a hint."""

    name = NAME

    def __init__(self, settings: DiarizerSettings) -> None:
        if settings.step_s not in STEPS_S:
            raise UsageError(f"The segmentation step of speakrs is 1 s, or 2 s on a GPU, not {settings.step_s} s.")
        self._settings, self._parameters = settings, checked(settings.parameters)
        self._handle: SpeakrsHandle | None = None
        source = str(settings.source)
        self._folder = Path(source).expanduser() if is_folder(source) else None
        if self._folder is not None and settings.revision:
            raise UsageError(f"{source} has no revisions, because it is not on the hub; leave out --revision.")

    def prepare(self, devices: DeviceManager, progress: Progress) -> SpeakrsHandle:
        """Find or download the models, and return the handle of the pipeline."""
        imported()
        if self._handle is None:
            folder = self._folder or MODELS.locate(self._settings, progress)
            self._handle = SpeakrsHandle(folder, STEPS_S[self._settings.step_s])
        return self._handle

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Return the regular and exclusive turns; raises UsageError for a number of speakers, which it cannot take."""
        if (request.num_speakers, request.min_speakers, request.max_speakers) != (None, None, None):
            raise UsageError(
                "speakrs finds the number of speakers by itself and takes no bounds for it; "
                "leave out --num-speakers, --min-speakers and --max-speakers, or choose another diarizer."
            )
        handle = self.prepare(devices, progress)
        try:
            result = devices.run(handle, partial(self._run, waveform, progress, handle))
        except EngineError as error:
            raise explained(error, handle.folder) from error
        exclusive = exclusive_of(_turns(result.exclusive_segments, waveform.duration))  # without overlap they stay
        return Diarization(_turns(result.segments, waveform.duration), exclusive)

    def _run(self, waveform: Waveform, progress: Progress, handle: SpeakrsHandle, lease: Lease) -> Any:
        """Return what speakrs finds. It reports no progress, and once canceled it ends when its networks are done."""
        speakrs, mode = imported(), handle.mode(lease.placement)
        if handle.fast and mode == "CPU":
            log.warning("speakrs has a segmentation step of 2 s on a GPU only; on the CPU it is 1 s.")
        config, token = config_of(speakrs, mode, self._parameters), speakrs.CancelToken()

        def call() -> Any:
            return lease.model.diarize_samples(waveform.samples, pipeline_config=config, cancel_token=token)

        with engine_errors(speakrs):
            result = run_cancellably(call, lambda: progress(NAME, 0.0, 1.0), token.cancel)
        progress(NAME, 1.0, 1.0)
        return result


def _turns(segments: Iterable[Any], duration: float) -> tuple[Turn, ...]:
    """Return the segments as turns, in order; they end with the recording, not with the padding of its last window."""
    turns = (Turn(segment.start, min(segment.end, duration), segment.speaker) for segment in segments)
    return tuple(sorted((turn for turn in turns if turn.end > turn.start), key=lambda turn: (turn.start, turn.end)))
