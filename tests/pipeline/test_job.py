"""The share of a job and the time left: weighted by cost, measured as it goes, and never decreasing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.pipeline.job import ENOUGH, EXACT_STEPS, STEPS, Cost, Costs, Job, JobProgress, Step, expected_costs
from speakerplug.pipeline.options import Options
from speakerplug.system.progress import ProgressEvent

COSTS = {"decoding": Cost(0.001), "recognition": Cost(0.1), "diarization": Cost(0.02), "attribution": Cost(fixed=0.1)}


class Recorded:
    """A job on a clock that is set manually."""

    def __init__(self, costs: Costs) -> None:
        self.now_s = 0.0
        self.job = Job(costs, clock=lambda: self.now_s)

    def at(self, seconds: float, stage: str, step: str = "", done: float = 0.0, total: float = 1.0) -> JobProgress:
        """Report an event at a time; return the progress then."""
        self.now_s = seconds
        self.job.report(ProgressEvent("a.wav", stage, step, done, total))
        return self.job.now()

    def decoded(self, duration: float) -> JobProgress:
        """Decode a recording in no time."""
        self.at(0.0, "decoding")
        self.at(0.0, "decoding", "decoding", duration, duration)
        return self.at(0.0, "decoding", done=1.0)


def test_job_without_a_known_duration_has_no_time_left() -> None:
    """Nothing tells how much there is to do."""
    job = Recorded(COSTS)
    assert job.at(1.0, "decoding") == JobProgress(0.0, 1.0, None, (Step("decoding"),))


def test_job_before_any_report_takes_what_an_earlier_recording_did() -> None:
    """The stages that may run concurrently take as long as the longer one; what is expected of any machine is none."""
    assert Recorded(COSTS).decoded(600.0).seconds_left is None
    measured = {name: replace(cost, measured=True) for name, cost in COSTS.items()}
    job = Recorded(measured)
    assert job.decoded(600.0).seconds_left == pytest.approx(60.1)
    job.at(0.0, "recognition")
    assert job.at(20.0, "diarization").seconds_left == pytest.approx(40.1)
    assert job.at(60.5, "diarization").seconds_left is None


def test_job_of_a_stage_that_is_silent_has_no_time_left() -> None:
    """Before it reports a tenth of itself, and where the next report takes longer than the rest of it should."""
    job = Recorded(COSTS)
    job.decoded(60.0)
    job.at(0.0, "diarization")
    job.at(1.0, "diarization", done=1.0)
    job.at(1.0, "recognition")
    assert job.at(2.0, "recognition", "speech", 1, 1).seconds_left is None
    assert job.at(11.0, "recognition", "recognition", 9, 10).seconds_left is not None
    job.now_s = 14.0
    assert job.job.now().seconds_left is None


def test_job_of_stages_in_parallel_takes_as_long_as_the_slower_one_is_measured() -> None:
    """Its share is that of the work of both, weighted by what they cost here, not by what was expected."""
    job = Recorded(COSTS)
    job.decoded(600.0)
    job.at(0.0, "recognition")
    job.at(0.0, "diarization")
    job.at(30.0, "diarization", "segmentation", 1, 1)
    seen = job.at(30.0, "recognition", "recognition", 1, 3)
    done = STEPS["recognition"]["speech"] + STEPS["recognition"]["recognition"] / 3
    assert seen.seconds_left == pytest.approx(30.0 / done * (1 - done) + 0.1)
    assert seen.share == pytest.approx((30.0 + 30.0) / (30.0 + 30.0 / done), abs=0.02)
    assert seen.running == (Step("recognition", "recognition", 1 / 3), Step("diarization", "segmentation", 1.0))


def test_job_of_stages_one_after_the_other_adds_the_second_at_the_speed_of_the_first() -> None:
    """A machine that is slower than expected is slow in both; a stage that is being loaded runs at the same time."""
    job = Recorded(COSTS)
    job.decoded(600.0)
    job.at(0.0, "recognition")
    job.at(60.0, "recognition", "recognition", 9, 19)  # half of the stage
    serial = job.job.now().seconds_left
    assert serial == pytest.approx(60.0 + 2 * 12.0 + 0.1)
    assert job.at(60.0, "loading").seconds_left == pytest.approx(60.0 + 0.1)


def test_job_that_goes_on_from_a_checkpoint_is_measured_by_what_it_does_now() -> None:
    """What was done before, and comes in one report, soon counts no more."""
    job = Recorded(COSTS)
    job.decoded(600.0)
    job.at(0.0, "recognition")
    for number in range(13):
        seen = job.at(1.0 + number * 2, "recognition", "recognition", 50 + 2 * number, 100)
    seen_share = 0.05 + 0.95 * 0.74
    assert seen.seconds_left == pytest.approx(26.0 + 0.2 * 26.0 / (1 - seen_share) + 0.1, rel=0.01)


def test_job_that_takes_longer_than_expected_has_a_small_share_of_what_nothing_was_reported_of() -> None:
    """Else a slow machine would show nearly all as done, and stay there."""
    job = Recorded(COSTS)
    job.decoded(10.0)
    job.at(0.0, "recognition")
    for job.now_s in (1.0, 10.0, 100.0):
        seen = job.job.now()
        assert 0.1 < seen.share < 0.25
        assert seen.seconds_left is None
    seen = job.at(100.0, "recognition", "recognition", 25, 100)
    assert seen.share == pytest.approx(0.2875 / (1 + 0.2), abs=0.01)  # diarization is to come


def test_job_that_has_learned_expects_of_the_next_recording_what_was_measured() -> None:
    """Stages of which nothing was measured keep their costs."""
    job = Recorded(COSTS)
    job.decoded(100.0)
    job.at(0.0, "recognition")
    job.at(50.0, "recognition", done=1.0)
    assert job.job.learned() == {**COSTS, "decoding": Cost(0.0, measured=True), "recognition": Cost(0.5, measured=True)}


def test_job_that_downloads_takes_as_long_as_the_rest_of_the_download() -> None:
    """Also before the duration of the recording is known."""
    job = Recorded({**COSTS, "loading": Cost(fixed=3.0)})
    job.at(0.0, "loading")
    assert job.at(20.0, "loading", "download of/a-model", 25, 100).seconds_left == pytest.approx(60.0 + 0.1)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 60),
            st.sampled_from(["decoding", "loading", "recognition", "diarization", "attribution", "writing", "other"]),
            st.sampled_from(["", "decoding", "speech", "recognition", "segmentation", "download x"]),
            st.floats(0, 9),
            st.floats(0, 9),
        ),
        max_size=30,
    )
)
def test_job_of_any_events_has_a_share_that_never_decreases(events: list[tuple[float, str, str, float, float]]) -> None:
    """However stages report, the share is below 1 and the time left is not negative."""
    job, now, best = Recorded(COSTS), 0.0, 0.0
    for passed, stage, step, done, total in events:
        now += passed
        seen = job.at(now, stage, step, done, total)
        assert best <= seen.share < 1
        assert seen.seconds_left is None or seen.seconds_left >= 0
        assert seen.seconds == pytest.approx(now)
        best = seen.share
    assert job.job.learned().keys() == COSTS.keys()


@pytest.mark.parametrize("steps", [*STEPS.values(), EXACT_STEPS])
def test_steps_of_a_stage_sum_up_to_it(steps: dict[str, float]) -> None:
    """Those of loading have no shares."""
    assert not steps or sum(steps.values()) == pytest.approx(1.0)
    assert 0 < ENOUGH < 1


@pytest.mark.parametrize(
    ("options", "stages"),
    [
        ({}, {"recognition", "diarization"}),
        ({"diarizer": None, "aligner": "ctc"}, {"recognition", "alignment"}),
        ({"recognizer": None, "exact": True}, {"diarization"}),
    ],
)
def test_expected_costs_are_those_of_the_stages_that_run(options: dict[str, str | None], stages: set[str]) -> None:
    """Decoding, loading, attribution and writing are always there."""
    found = expected_costs(Options(**options))  # type: ignore[arg-type]
    assert found.keys() == {"decoding", "loading", "attribution", "writing", *stages}
    assert expected_costs(None, [0.3, 0.2]) == {"writing": Cost(0.5)}


@pytest.mark.parametrize(("cheap", "costly"), [("tiny.en", "auto"), ("small", "large-v3-turbo"), ("turbo", "large-v3")])
def test_expected_cost_of_recognition_grows_with_the_model(cheap: str, costly: str) -> None:
    """Turbo and distilled models cost less than the one that they were made from."""
    first, second = (expected_costs(Options(model=model))["recognition"].rate for model in (cheap, costly))
    assert first < second
