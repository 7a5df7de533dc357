"""Parameters of a pipeline are set by name, and what cannot be meant is refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.diarizers.pyannote.parameters import adjust
from speakerplug.errors import UsageError


class Pipeline:
    """Has parameters as pyannote's have."""

    segmentation_step = 0.1

    def __init__(self) -> None:
        self.set: dict[str, Any] = {
            "segmentation": {"min_duration_off": 0.0},
            "clustering": {"threshold": 0.6, "method": "centroid", "min_cluster_size": 12},
        }
        self._segmentation = SimpleNamespace(duration=10.0, step=1.0)

    def parameters(self, instantiated: bool) -> dict[str, Any]:
        """The present ones."""
        assert instantiated
        return self.set

    def instantiate(self, parameters: dict[str, Any]) -> None:
        """Take all of them."""
        self.set = parameters


@given(st.floats(0, 1), st.integers(1, 50))
def test_what_is_not_named_stays(threshold: float, size: int) -> None:
    """The named ones change, the others do not."""
    pipeline = Pipeline()
    adjust(pipeline, {"clustering.threshold": threshold, "clustering.min_cluster_size": size})
    assert pipeline.set == {
        "segmentation": {"min_duration_off": 0.0},
        "clustering": {"threshold": threshold, "method": "centroid", "min_cluster_size": size},
    }


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("threshold", 0.5, "did you mean clustering.threshold?"),
        ("volume", 0.5, "it has: clustering.method, clustering.min_cluster_size, clustering.threshold, segm"),
        ("clustering.threshold", "high", "give a value like 0.6"),
        ("clustering.threshold", True, "give a value like 0.6"),
        ("clustering.method", 3, "give a value like 'centroid'"),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, value: object, says: str) -> None:
    """Unknown names are answered with the known ones, values of another kind with one that fits."""
    with pytest.raises(UsageError, match=says):
        adjust(Pipeline(), {name: value})


def test_the_step_is_in_seconds() -> None:
    """Both places that know it agree."""
    pipeline = Pipeline()
    adjust(pipeline, {}, 2.5)
    assert (pipeline._segmentation.step, pipeline.segmentation_step) == (2.5, 0.25)


@pytest.mark.parametrize("step_s", [0.0, -1.0, 10.5])
def test_steps_that_skip_sound_or_stand_still_are_refused(step_s: float) -> None:
    """A step is longer than nothing and no longer than the window."""
    with pytest.raises(UsageError, match="at most the window's 10 s"):
        adjust(Pipeline(), {}, step_s)


def test_a_pipeline_without_windows_has_no_step() -> None:
    """That is said."""
    with pytest.raises(UsageError, match="segments no windows"):
        adjust(SimpleNamespace(), {}, 1.0)
