"""The engine as a `pyannote.audio.Pipeline`, for every tool that takes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from pyannote.audio import Pipeline
from pyannote.audio.pipelines.speaker_diarization import DiarizeOutput
from pyannote.audio.pipelines.utils.diarization import set_num_speakers
from pyannote.core import Annotation, Segment
from pyannote.pipeline.parameter import ParamDict, Uniform

from ...devices import CPU, Lease, Placement, parse_device
from ...media.recording import Recording
from ...media.waveform import SAMPLE_RATE, Waveform
from ...plugin.roles import DiarizationRequest, DiarizerSettings
from ...system.host import usable_cores
from ...transcript import Turn
from ..dotted_parameters import flat, nested
from .diarizer import PARAMETERS, SinglePassDiarizer
from .networks import Networks

GPU_BATCH = 32
"""Windows and segments at a time on a GPU, as pyannote's own pipelines have it."""


class SinglePassPipeline(Pipeline):  # type: ignore[misc]  # pyannote ships no types
    """Diarize in one pass: take what pyannote's pipelines take, and return a real `DiarizeOutput`.

    `load_networks` is called when the pipeline is first used on a device.
    """

    def __init__(
        self, name: str, load_networks: Callable[[Placement], Networks], parameters: Mapping[str, float]
    ) -> None:
        super().__init__()
        self._name, self._load, self._defaults = name, load_networks, dict(parameters)
        self._networks: dict[str, Networks] = {}
        for group, ranges in nested({name: Uniform(*limits) for name, limits in PARAMETERS.items()}).items():
            setattr(self, group, ParamDict(**ranges))
        self.instantiate(self.default_parameters())

    def default_parameters(self) -> dict[str, dict[str, float]]:
        """Return the tuned parameters, by group and name."""
        return nested(self._defaults)

    def apply(
        self,
        file: Mapping[str, Any],
        num_speakers: int | None = None,
        min_speakers: int | None = None,
        max_speakers: int | None = None,
        hook: Callable[..., None] | None = None,
    ) -> DiarizeOutput:
        """Return regular and exclusive diarization, and the embedding of each speaker."""
        set_num_speakers(num_speakers, min_speakers, max_speakers)  # raises ValueError for bounds that exclude all
        hook = self.setup_hook(file, hook=hook)
        waveform = waveform_of(file)
        parameters = dict(flat(self.parameters(instantiated=True)))
        diarizer = SinglePassDiarizer(self._name, self._load, self._defaults, DiarizerSettings(parameters=parameters))
        found = diarizer.speakers(
            waveform,
            DiarizationRequest(num_speakers, min_speakers, max_speakers),
            lambda work: work(self._lease()),
            lambda step, completed, total: hook(step, None, total=round(total), completed=round(completed)),
        )
        uri = file.get("uri")
        return DiarizeOutput(
            speaker_diarization=annotation_of(found.turns, uri),
            exclusive_speaker_diarization=annotation_of(found.exclusive, uri),
            speaker_embeddings=found.centroids,
        )

    def _lease(self) -> Lease:
        """Return the networks on the device that `to` named, the CPU if it was not called."""
        device = str(getattr(self, "device", None) or torch.device("cpu"))
        on_cpu = device == "cpu"
        placement = Placement(
            "diarizer", parse_device(device) or CPU, batch_size=1 if on_cpu else GPU_BATCH, threads=usable_cores()
        )
        if device not in self._networks:
            self._networks[device] = self._load(placement)
        return Lease(self._networks[device], placement)


def waveform_of(file: Mapping[str, Any]) -> Waveform:
    """Return the audio of a file as pyannote takes it; its own decoder, torchcodec, needs an FFmpeg of the system."""
    source = file["waveform"] if "waveform" in file else file["audio"]
    recording = Recording.of(source, str(file.get("uri", "")), file.get("sample_rate", SAMPLE_RATE))
    channel = file.get("channel")
    return recording.mono() if channel is None else recording.channels()[channel]


def annotation_of(turns: tuple[Turn, ...], uri: str | None) -> Annotation:
    """Return turns as pyannote's annotation of the recording `uri`."""
    annotation = Annotation(uri=uri)
    for track, turn in enumerate(turns):
        annotation[Segment(turn.start, turn.end), track] = turn.speaker
    return annotation
