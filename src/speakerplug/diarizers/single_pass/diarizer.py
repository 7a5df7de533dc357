"""Diarize in one pass over the recording, with networks that a plugin brings."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...devices import CPU, DeviceManager, Lease, MemoryEstimate, ModelHandleBase, Placement
from ...devices.device import MB
from ...errors import UsageError
from ...media.waveform import Waveform
from ...plugin.roles import DiarizationRequest, DiarizerSettings
from ...system.progress import Progress
from ...transcript import Diarization
from ..artifacts import Artifacts, Framed
from ..bounds import warn_of_too_few
from ..last_window import cut_at_end
from ..speaker_tree import speaker_tree
from .clustering import Clustering
from .engine import Passed, SinglePass, SpeakerChange
from .missed_speech import with_missed_speech
from .networks import Networks
from .saved_windows import SavedWindows
from .segments import Masks
from .speakers import Speakers, speakers_of
from .tree import turn_embeddings

BLOCK_S = 30.0
"""Seconds of audio that the engine takes at a time."""

PARAMETERS: Mapping[str, tuple[float, float]] = {
    "segmentation.min_duration_off": (0.0, 5.0),
    "changes.distance": (0.0, 2.0),
    "changes.shortest": (0.2, 5.0),
    "clustering.threshold": (0.0, 1.0),
    "clustering.min_piece": (0.2, 4.0),
    "clustering.min_speech": (0.0, 20.0),
    "clustering.distinct": (0.0, 1.0),
}
"""The parameters of the engine, by the names that --diarizer-param takes, and the range of each."""


@dataclass(frozen=True, slots=True)
class NetworksHandle(ModelHandleBase):
    """The handle with which the device manager loads the networks of the engine."""

    key: Hashable
    load_networks: Callable[[Placement], Networks]

    stage = "diarizer"

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """Return the batch sizes to try; a CPU computes one window after the other on each core."""
        return (1,) if kind == CPU.kind else (32, 16, 8, 4, 2, 1)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Estimate the memory of windows of ten seconds and speech segments in batches."""
        return MemoryEstimate(100 * MB, (300 + 70 * batch_size if kind != CPU.kind else 200) * MB)

    def load(self, placement: Placement) -> Networks:
        """Load the networks onto their device; raises what `load_networks` raises."""
        return self.load_networks(placement)

    def unload(self, model: Networks) -> None:
        """Do nothing: the memory is free when the last user has dropped the networks."""


class SinglePassDiarizer:
    """Diarize with the networks that `load_networks` returns for a placement.

    `name` is the name in transcripts; `parameters` are the values of all PARAMETERS, which the settings may change.
    """

    def __init__(
        self,
        name: str,
        load_networks: Callable[[Placement], Networks],
        parameters: Mapping[str, float],
        settings: DiarizerSettings | None = None,
    ) -> None:
        self.name = name
        settings = settings or DiarizerSettings()
        self._parameters = _changed(parameters, settings.parameters)
        self._step_s = settings.step_s
        self._handle = NetworksHandle(("single-pass", name), load_networks)
        self._identity = {"diarizer": f"single-pass {name}", "segmentation step": str(settings.step_s)}

    def prepare(self, devices: DeviceManager, progress: Progress) -> NetworksHandle:
        """Return the handle of the networks."""
        return self._handle

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Return regular and exclusive turns."""
        windows = SavedWindows(request.checkpoint, keep=request.keep_artifacts)
        passes: list[Passed] = []

        def run(work: Callable[[Lease], Passed]) -> Passed:
            """Pass over the recording with the networks where the device manager has placed them."""
            passes.append(devices.run(self._handle, work))
            return passes[-1]

        speakers = self.speakers(waveform, request, run, progress, windows)
        found = diarization_of(passes[-1], speakers, windows.kept, request, waveform.duration)
        progress("turns", 1.0, 1.0)
        return found

    def speakers(
        self,
        waveform: Waveform,
        request: DiarizationRequest,
        run: Callable[[Callable[[Lease], Passed]], Passed],
        progress: Progress,
        windows: SavedWindows | None = None,
    ) -> Speakers:
        """Return the speakers of a recording, with networks that `run` lends."""
        windows = windows or SavedWindows(None)
        passed = run(lambda lease: self._pass(waveform, lease, windows, progress))
        progress("clustering", 0.0, 1.0)
        value = self._parameters
        found = speakers_of(
            passed,
            Clustering(value["clustering.threshold"], value["clustering.min_speech"], value["clustering.distinct"]),
            request,
            shortest_s=value["clustering.min_piece"],
            pause_s=value["segmentation.min_duration_off"],
        )
        progress("clustering", 1.0, 1.0)
        return found

    def _pass(self, waveform: Waveform, lease: Lease, windows: SavedWindows, progress: Progress) -> Passed:
        windows.begin({**self._identity, "kind of device": lease.device.kind})
        change = SpeakerChange(self._parameters["changes.distance"], self._parameters["changes.shortest"])
        threads = lease.placement.threads if lease.device == CPU else 1
        engine = SinglePass(
            lease.model, change, self._step_s, threads=threads, saved=windows.saved, on_window=windows.add
        )
        return with_missed_speech(passed_over(waveform, engine, windows, progress), waveform, engine, progress)


def passed_over(waveform: Waveform, engine: SinglePass, windows: SavedWindows, progress: Progress) -> Passed:
    """Pass over a recording; called again after a failure, begin anew, but for the windows that are known."""
    _refuse_step(engine.grid.step_s, engine.grid.window_s)
    done_s = 0.0
    try:
        for block in waveform.blocks(BLOCK_S):
            engine.push(block)
            done_s += BLOCK_S
            progress("segmentation", min(done_s, waveform.duration), waveform.duration)
        passed = engine.finish()
    finally:
        engine.close()
    progress("segmentation", waveform.duration, waveform.duration)
    return passed


def diarization_of(
    passed: Passed, speakers: Speakers, masks: Sequence[Masks], request: DiarizationRequest, duration: float
) -> Diarization:
    """Return the diarization of `duration` seconds, with artifacts on request, for which `masks` are all windows'."""
    turns, exclusive = (cut_at_end(turns, duration) for turns in (speakers.turns, speakers.exclusive))
    speakers = replace(speakers, turns=turns, exclusive=exclusive)
    warn_of_too_few(len(speakers.names), request)
    tree = speaker_tree(speakers.exclusive, *turn_embeddings(passed, speakers))
    kept = _artifacts(passed, speakers, masks) if request.keep_artifacts else None
    return Diarization(speakers.turns, speakers.exclusive, kept, speaker_tree=tree, speakers_range=speakers.plausible)


def _changed(parameters: Mapping[str, float], changes: Mapping[str, Any]) -> dict[str, float]:
    """Return the parameters with the changes, whose names are known; raises UsageError for an impossible value."""
    for name, value in changes.items():
        low, high = PARAMETERS[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise UsageError(f"--diarizer-param {name} is {value!r}; give a number from {low:g} to {high:g}.")
    return {**parameters, **{name: float(value) for name, value in changes.items()}}


def _refuse_step(step_s: float, window_s: float) -> None:
    if not 0.1 <= step_s <= window_s:
        raise UsageError(f"--segmentation-step is {step_s:g}; give at least 0.1, at most the window's {window_s:g} s.")


def _artifacts(passed: Passed, speakers: Speakers, masks: Sequence[Masks]) -> Artifacts:
    """Return the intermediate results; speaker embeddings are those of the parts of speech segments."""
    grid, tracks = passed.grid, max((mask.shape[1] for mask in masks), default=0)
    windows = np.zeros((len(masks), grid.per_window, tracks), np.uint8)
    for window, mask in zip(windows, masks, strict=True):
        window[:, : mask.shape[1]] = mask
    vectors = [each.embeddings for each in passed.segments]
    return Artifacts(
        segmentation=Framed(windows, 0.0, grid.window_s, grid.step_s),
        speaker_count=Framed(passed.count, 0.0, grid.frame_s, grid.frame_step_s),
        diarization=Framed(speakers.active, 0.0, grid.frame_s, grid.frame_step_s),
        embeddings=np.vstack(vectors)[:, None] if vectors else np.zeros((0, 0, 0)),
        centroids=speakers.centroids,
        speakers=speakers.names,
    )
