"""Any diarizer of SpeakerPlug as a `pyannote.audio.Pipeline`, for tools that load one by the name of a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pyannote.audio import Pipeline
from pyannote.audio.pipelines.speaker_diarization import DiarizeOutput
from pyannote.audio.pipelines.utils.diarization import set_num_speakers

from ..diarizers.artifacts import Artifacts
from ..diarizers.single_pass.pyannote_pipeline import annotation_of, waveform_of
from ..errors import insist
from ..pipeline.transcriber import Transcriber
from ..plugin.roles import DiarizationRequest
from ..system.progress import ProgressEvent, Report
from .pipeline_folder import refuse_unknown_options


class SpeakerPlugPipeline(Pipeline):  # type: ignore[misc]  # pyannote ships no types
    """Diarize with a diarizer of SpeakerPlug: take what pyannote's pipelines take, and return a `DiarizeOutput`.

    `diarizer` is a name, a hub id or a folder. With `exclusive`, `speaker_diarization` has one speaker at a time, for
    tools that read nothing else. `token` and `cache_dir` are those of `from_pretrained`. The pipeline runs on the CPU,
    or on the device of `to`; models are loaded at the first call and kept. Raises UsageError for any other option: a
    configuration may come from a stranger, and cannot ask for its model to be trusted.
    """

    def __init__(
        self,
        diarizer: str = "auto",
        exclusive: bool = False,
        token: str | bool | None = None,
        cache_dir: Any = None,
        **options: Any,
    ) -> None:
        super().__init__()
        insist("diarizer", diarizer, str, "a name, a hub id, or a folder as a text")
        insist("exclusive", exclusive, bool, "true or false")
        refuse_unknown_options(options)
        self._exclusive = exclusive
        self._options = {
            "diarizer": diarizer,
            "token": token if isinstance(token, str) else None,
            "cache_dir": None if cache_dir is None else str(cache_dir),
            **options,
        }
        self._transcriber: tuple[str, Transcriber] | None = None
        self.instantiate({})

    def default_parameters(self) -> dict[str, Any]:
        """Return no parameters: those of the diarizer are `diarizer_params` in the configuration."""
        return {}

    def apply(
        self,
        file: Mapping[str, Any],
        num_speakers: int | None = None,
        min_speakers: int | None = None,
        max_speakers: int | None = None,
        hook: Callable[..., None] | None = None,
    ) -> DiarizeOutput:
        """Return regular and exclusive diarization, and the embedding of each speaker where the diarizer has them."""
        set_num_speakers(num_speakers, min_speakers, max_speakers)  # raises ValueError for bounds that exclude all
        found = self._on_device().diarize(
            waveform_of(file),
            request=DiarizationRequest(num_speakers, min_speakers, max_speakers, keep_artifacts=True),
            progress=_reported_to(self.setup_hook(file, hook=hook)),
        )
        uri = file.get("uri")
        exclusive = annotation_of(found.exclusive, uri)
        regular = exclusive if self._exclusive else annotation_of(found.turns, uri)
        return DiarizeOutput(regular, exclusive, _embeddings(found.artifacts, regular.labels()))

    def _on_device(self) -> Transcriber:
        """Return the transcriber for the device that `to` named, the CPU if it was not called."""
        device = str(getattr(self, "device", None) or torch.device("cpu"))
        if self._transcriber is None or self._transcriber[0] != device:
            if self._transcriber is not None:
                self._transcriber[1].close()
            self._transcriber = device, Transcriber(recognizer=None, device=device, **self._options)
        return self._transcriber[1]


def _reported_to(hook: Callable[..., None]) -> Report:
    """Return a receiver of progress that passes the steps of diarization on to a hook of pyannote."""

    def report(event: ProgressEvent) -> None:
        if event.stage == "diarization" and event.step:
            hook(event.step, None, total=round(event.total), completed=round(event.completed))

    return report


def _embeddings(artifacts: Any, labels: list[str]) -> NDArray[Any] | None:
    """Return an embedding for each label, (speakers, dimension), zeros where there is none; None without any."""
    if not isinstance(artifacts, Artifacts) or artifacts.centroids.ndim != 2:
        return None
    row = {speaker: number for number, speaker in enumerate(artifacts.speakers)}
    none = np.zeros(artifacts.centroids.shape[1], dtype=artifacts.centroids.dtype)
    rows = [artifacts.centroids[row[label]] if label in row else none for label in labels]
    return np.stack(rows) if rows else artifacts.centroids[:0]
