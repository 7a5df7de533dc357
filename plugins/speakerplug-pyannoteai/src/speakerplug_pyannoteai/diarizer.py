"""precision-2, which runs in pyannoteAI's cloud: audio is uploaded only if the user chose it by name."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from speakerplug.plugin import (
    DeviceManager,
    Diarization,
    DiarizationRequest,
    DiarizerSettings,
    ModelError,
    Progress,
    Turn,
    UsageError,
    Waveform,
    exclusive_of,
    keep_secret,
)

from .audio import audio_file
from .errors import NOT_UNDERSTOOD, explained
from .names import DASHBOARD, MODEL, VARIABLE
from .service import CloudService

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The timeout of a job (None: half an hour plus twice the recording) and its poll interval, in seconds."""

    timeout_s: float | None = None
    poll_s: float = 5.0

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Timeouts:
        """Return the timeouts in a diarizer's parameters; raises UsageError for invalid values."""
        for name, value in parameters.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
                raise UsageError(f"{name} is {value!r}; it must be a number of seconds above 0.")
        return cls(**parameters)

    def limit_s(self, duration: float) -> float:
        """Return the timeout in seconds of a job on a recording of `duration` seconds."""
        return 30 * 60 + 2 * duration if self.timeout_s is None else self.timeout_s


class CloudDiarizer:
    """Diarizes in pyannoteAI's cloud, with the key in PYANNOTEAI_API_KEY; raises ModelError with a hint."""

    name = MODEL

    def __init__(self, settings: DiarizerSettings) -> None:
        self._timeouts = Timeouts.of(settings.parameters)
        self._offline = settings.offline
        if settings.revision or settings.step_s or "@" in str(settings.source):
            log.warning("%s has no revisions and no segmentation step to choose; these options are ignored.", MODEL)

    def prepare(self, devices: DeviceManager, progress: Progress) -> None:
        """Check that the service accepts the key; nothing is uploaded, and no device is used."""
        self._connected(progress)

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Return the regular and exclusive turns of `waveform`, which is uploaded as 16-bit WAV without its name."""
        service = self._connected(progress)
        with audio_file(waveform) as file:
            log.info(
                "Uploading the audio of %s (%.1f s, %.1f MB) to %s, as you chose %s.",
                waveform.name or "the recording",
                waveform.duration,
                file.stat().st_size / 1e6,
                service.host,
                MODEL,
            )
            media = service.upload(file, progress)
        job = service.start(media, request, progress)
        log.debug("pyannoteAI's job is %s", job)
        output = service.wait(job, self._timeouts.limit_s(waveform.duration), self._timeouts.poll_s, progress)
        try:
            return diarization_of(output)
        except NOT_UNDERSTOOD as error:
            raise explained(error) or error from error

    def _connected(self, progress: Progress) -> CloudService:
        if self._offline:
            raise ModelError(
                f"{MODEL} runs in pyannoteAI's cloud, which --offline forbids; "
                "choose a local diarizer, or omit --offline."
            )
        return CloudService(_key(), progress)


def _key() -> str:
    key = os.environ.get(VARIABLE, "").strip()
    if not key:
        raise ModelError(
            f"{MODEL} runs in pyannoteAI's cloud and needs a key; "
            f"create one at {DASHBOARD} and set {VARIABLE}, or choose a local diarizer."
        )
    if not (key.isascii() and key.isprintable() and " " not in key):  # the client's error would repeat it
        raise ModelError(f"The key in {VARIABLE} contains invalid characters; copy it again from {DASHBOARD}.")
    return keep_secret(key)


def diarization_of(output: Any) -> Diarization:
    """Return a job's output as a Diarization; raises the exceptions in NOT_UNDERSTOOD for unexpected output."""
    if output.get("warning"):
        log.warning("pyannoteAI warns: %s", output["warning"])
    turns, exclusive = _turns(output["diarization"]), output.get("exclusiveDiarization")
    if exclusive is None:
        log.info("pyannoteAI gave no exclusive turns; they are derived from the others.")
        return Diarization(turns, exclusive_of(turns))
    return Diarization(turns, exclusive_of(_turns(exclusive)))  # turns without overlap stay as they are


def _turns(spans: Any) -> tuple[Turn, ...]:
    found = [Turn(max(0.0, float(span["start"])), float(span["end"]), str(span["speaker"])) for span in spans]
    if not all(math.isfinite(turn.start + turn.end) for turn in found):
        raise ValueError("a turn without an end")
    return tuple(sorted((turn for turn in found if turn.end > turn.start), key=lambda turn: (turn.start, turn.end)))
