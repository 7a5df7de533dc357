"""The diarizer with small networks: turns, artifacts, checkpoints, and what happens where memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from speakerplug.devices import DeviceManager, Placement
from speakerplug.devices.device import CPU, GB, Device
from speakerplug.devices.simulated.machine import OutOfMemoryError
from speakerplug.diarizers.artifacts import Artifacts
from speakerplug.diarizers.single_pass import PARAMETERS, Masks, Networks, SinglePassDiarizer, saved_windows
from speakerplug.diarizers.single_pass.diarizer import NetworksHandle
from speakerplug.errors import UsageError
from speakerplug.media.waveform import Samples, Waveform
from speakerplug.plugin.roles import DiarizationRequest, DiarizerSettings
from speakerplug.testing import SimulatedMachine, check_diarization, silence
from speakerplug.transcript import Diarization
from tests.standins.checkpoint import MemoryCheckpoint
from tests.standins.networks import FakeSegmentation, fake_networks, talk

VALUES = {
    "segmentation.min_duration_off": 0.0,
    "changes.distance": 0.5,
    "changes.shortest": 0.8,
    "clustering.threshold": 0.5,
    "clustering.min_piece": 1.0,
    "clustering.min_speech": 0.8,
    "clustering.distinct": 0.33,
}
TALK = Waveform.of(talk(("A", 3.0), ("", 0.5), ("B", 3.0), ("AB", 1.0), ("", 0.7), ("A", 2.0)), "talk")
DEFAULT = DiarizationRequest()


def diarizer(load: Callable[[Placement], Networks] | None = None, **settings: object) -> SinglePassDiarizer:
    """Return a diarizer with small networks."""
    return SinglePassDiarizer(
        "small",
        load or (lambda placement: fake_networks()),
        VALUES,
        DiarizerSettings(**settings),  # type: ignore[arg-type]
    )


def diarized(
    under_test: SinglePassDiarizer, request: DiarizationRequest = DEFAULT, devices: DeviceManager | None = None
) -> Diarization:
    """Return the diarization of the talk."""
    return under_test.diarize(TALK, request, devices or DeviceManager("cpu"), lambda *_: None)


def rounded(found: Diarization) -> list[tuple[float, float, str]]:
    """Return the turns to a tenth of a second."""
    return [(round(turn.start, 1), round(turn.end, 1), turn.speaker) for turn in found.turns]


def test_diarize_finds_the_turns_of_each_speaker() -> None:
    """Regular turns overlap where both talk, exclusive ones do not; the tree has both speakers; progress ends at 1."""
    steps: list[tuple[str, float, float]] = []
    found = diarizer().diarize(TALK, DEFAULT, DeviceManager("cpu"), lambda *step: steps.append(step))
    assert rounded(found) == [
        (0.0, 3.0, "SPEAKER_00"),
        (3.5, 7.5, "SPEAKER_01"),
        (6.5, 7.5, "SPEAKER_00"),
        (8.2, 10.2, "SPEAKER_00"),
    ]
    assert found.exclusive is not None
    assert all(one.end <= other.start for one, other in zip(found.exclusive, found.exclusive[1:], strict=False))
    assert found.speaker_tree is not None
    assert found.artifacts is None
    assert list(dict.fromkeys(name for name, *_ in steps)) == ["segmentation", "clustering", "turns"]
    assert [done == total for *_, done, total in steps][-1]


def test_diarizer_keeps_the_contract_of_diarizers() -> None:
    """What every plugin's diarizer is checked for."""
    check_diarization(diarized(diarizer()), TALK.duration)


def test_silence_has_no_turn() -> None:
    """And no error, however short it is."""
    for seconds in (0.01, 5.0):
        found = diarizer().diarize(silence(seconds), DEFAULT, DeviceManager("cpu"), lambda *_: None)
        assert found.turns == ()
        assert not found.exclusive


def test_turn_in_the_padding_of_the_last_window_is_cut_at_the_end() -> None:
    """A network that takes the padding for speech gives no turn after the end of the recording, nor a warning."""

    class Everywhere(FakeSegmentation):
        def __call__(self, windows: Sequence[Samples]) -> list[Masks]:
            return [np.ones_like(mask) for mask in super().__call__(windows)]

    under_test = diarizer(lambda placement: fake_networks(Everywhere()))
    waveform = Waveform.of(talk(("A", 4.3)), "short")
    found = under_test.diarize(waveform, DEFAULT, DeviceManager("cpu"), lambda *_: None)
    for turns in (found.turns, found.exclusive):
        assert max(turn.end for turn in turns) == waveform.duration


def test_too_few_speakers_for_the_bounds_are_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """A recording may be too short for as many."""
    found = diarizer().diarize(
        Waveform.of(talk(("A", 1.5), ("", 1.0))), DiarizationRequest(3), DeviceManager("cpu"), lambda *_: None
    )
    assert len({turn.speaker for turn in found.turns}) == 1
    assert "Found 1 of at least 3 speakers" in caplog.text


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("value", ["below", "above", "much", True, None, float("nan")])
def test_parameter_out_of_range_is_refused_with_its_range(name: str, value: object) -> None:
    """Before anything is loaded, in one sentence."""
    low, high = PARAMETERS[name]
    value = {"below": low - 0.01, "above": high + 0.01}.get(str(value), value)
    with pytest.raises(UsageError, match=rf"^--diarizer-param {name} is .*; give a number from {low:g} to {high:g}\.$"):
        diarizer(parameters={name: value})


def test_parameter_in_range_changes_the_turns() -> None:
    """A pause of half a second and the next one are bridged, if asked."""
    found = diarizer(parameters={"segmentation.min_duration_off": 1})
    assert (6.5, 10.2, "SPEAKER_00") in rounded(diarized(found))


@pytest.mark.parametrize("step_s", [-1.0, 0.05, 2.1, float("nan"), float("inf")])
def test_step_out_of_range_is_refused(step_s: float) -> None:
    """A window longer than the step covers everything; a tiny step would take forever."""
    with pytest.raises(UsageError, match=r"^--segmentation-step is .*at least 0\.1, at most the window's 2 s\.$"):
        diarized(diarizer(step_s=step_s))


@pytest.mark.parametrize("step_s", [0.1, 2.0])
def test_step_within_the_window_finds_the_same_speakers(step_s: float) -> None:
    """More windows or fewer."""
    assert {speaker for *_, speaker in rounded(diarized(diarizer(step_s=step_s)))} == {"SPEAKER_00", "SPEAKER_01"}


def test_artifacts_are_kept_on_request() -> None:
    """Windows, counts, activity, embeddings and centroids, in the shapes that are documented."""
    kept = diarized(diarizer(), DiarizationRequest(keep_artifacts=True)).artifacts
    assert isinstance(kept, Artifacts)
    windows, frames, tracks = kept.segmentation.data.shape
    assert (windows, frames, tracks) == (18, 98, 4)
    assert kept.speaker_count.data.max() == 2
    assert kept.diarization.data.shape == (len(kept.speaker_count.data), 2)
    assert kept.embeddings.shape[1:] == (1, 4)
    assert kept.centroids.shape == (2, 4)
    assert kept.speakers == ("SPEAKER_00", "SPEAKER_01")
    assert kept.segmentation.times[-1] == pytest.approx(17 * 0.5 + 1.0)


def test_artifacts_of_silence_are_empty() -> None:
    """Nobody speaks, so there is nothing to embed."""
    request = DiarizationRequest(keep_artifacts=True)
    kept = diarizer().diarize(silence(3.0), request, DeviceManager("cpu"), lambda *_: None).artifacts
    assert isinstance(kept, Artifacts)
    assert (kept.segmentation.data.any(), kept.speakers, len(kept.embeddings)) == (False, (), 0)


class Failing(FakeSegmentation):
    """Fails once, at its fourth window, as the other computation of the process may take all memory."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error: Exception | None = error

    def __call__(self, windows: Sequence[Samples]) -> list[Masks]:
        """Return the masks, or raise."""
        error = self._error
        if error is not None and self.windows + len(windows) >= 4:
            self._error = None
            raise error
        return super().__call__(windows)


def test_checkpoint_resumes_after_the_last_saved_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its windows are not segmented again, and the turns are those of an undisturbed run; another step begins anew."""
    monkeypatch.setattr(saved_windows, "RECORD_WINDOWS", 3)
    monkeypatch.setattr("speakerplug.diarizers.single_pass.diarizer.BLOCK_S", 1.0)
    checkpoint, whole = MemoryCheckpoint(), diarized(diarizer())
    request = DiarizationRequest(checkpoint=checkpoint)
    interrupted = Failing(KeyError("interrupted"))
    with pytest.raises(KeyError, match="interrupted"):
        diarized(diarizer(lambda _: fake_networks(interrupted)), request)
    counts = []
    for step_s in (None, 1.0):
        segmentation = FakeSegmentation()
        networks = fake_networks(segmentation)
        found = diarized(diarizer(lambda _, networks=networks: networks, step_s=step_s), request)
        assert step_s is not None or found.turns == whole.turns
        counts.append(segmentation.windows)
    assert counts == [15, 10]


def test_checkpoint_of_another_kind_of_device_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their results differ in the last bits, so a recording has windows of one kind only."""
    monkeypatch.setattr(saved_windows, "RECORD_WINDOWS", 3)
    request = DiarizationRequest(checkpoint=MemoryCheckpoint())
    counts = []
    for devices in (DeviceManager("cuda", probe=SimulatedMachine(8 * GB)), DeviceManager("cpu"), DeviceManager("cpu")):
        segmentation = FakeSegmentation()
        networks = fake_networks(segmentation)
        diarized(diarizer(lambda _, networks=networks: networks), request, devices)
        counts.append(segmentation.windows)
    assert counts == [18, 18, 0]


def test_memory_that_runs_out_in_between_repeats_the_work_with_smaller_batches() -> None:
    """The pass begins anew with the networks loaded again; turns and artifacts are those of an undisturbed run."""
    machine = SimulatedMachine(8 * GB)
    sizes = []
    segmentation = Failing(OutOfMemoryError("CUDA out of memory"))

    def load(placement: Placement) -> Networks:
        sizes.append(placement.batch_size)
        return fake_networks(segmentation, placement.batch_size)

    request = DiarizationRequest(keep_artifacts=True)
    found = diarized(diarizer(load), request, DeviceManager("cuda", probe=machine))
    whole = diarized(diarizer(), request)
    assert (found.turns, found.exclusive) == (whole.turns, whole.exclusive)
    assert isinstance(found.artifacts, Artifacts)
    assert isinstance(whole.artifacts, Artifacts)
    assert found.artifacts.segmentation.data.shape == whole.artifacts.segmentation.data.shape
    np.testing.assert_array_equal(found.artifacts.diarization.data, whole.artifacts.diarization.data)
    assert sizes[0] == 32
    assert len(sizes) == 1 or sizes[1] < 32


def test_networks_handle_needs_more_memory_for_larger_batches() -> None:
    """On a GPU; a CPU takes one item at a time on each core."""
    handle = diarizer().prepare(DeviceManager("cpu"), lambda *_: None)
    assert isinstance(handle, NetworksHandle)
    assert handle.sizes_on("cpu") == (1,)
    sizes = handle.sizes_on("cuda")
    assert list(sizes) == sorted(sizes, reverse=True)
    needs = [handle.need("cuda", "float32", size).working_bytes for size in sizes]
    assert needs == sorted(needs, reverse=True)
    assert isinstance(handle.load(Placement("diarizer", CPU)), Networks)
    assert isinstance(handle.load(Placement("diarizer", Device("cuda", 0))), Networks)
