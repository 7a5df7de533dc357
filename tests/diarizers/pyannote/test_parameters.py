"""Parameters of a pipeline are set by name, and invalid ones are refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.diarizers.pyannote.parameters import adjust
from speakerplug.errors import UsageError


class Pipeline:
    """A pipeline with parameters like pyannote's."""

    segmentation_step = 0.1

    def __init__(self) -> None:
        self.set: dict[str, Any] = {
            "segmentation": {"min_duration_off": 0.0},
            "clustering": {"threshold": 0.6, "method": "centroid", "min_cluster_size": 12},
        }
        self._segmentation = SimpleNamespace(duration=10.0, step=1.0)

    def parameters(self, instantiated: bool) -> dict[str, Any]:
        """Return the current ones."""
        assert instantiated
        return self.set

    def instantiate(self, parameters: dict[str, Any]) -> None:
        """Set all of them."""
        self.set = parameters


@given(st.floats(0, 1), st.integers(1, 50))
def test_adjust_changes_only_the_named_parameters(threshold: float, size: int) -> None:
    """All others keep their values."""
    pipeline = Pipeline()
    adjust(pipeline, {"clustering.threshold": threshold, "clustering.min_cluster_size": size})
    assert pipeline.set == {
        "segmentation": {"min_duration_off": 0.0},
        "clustering": {"threshold": threshold, "method": "centroid", "min_cluster_size": size},
    }


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("threshold", 0.5, "did you mean clustering.threshold?"),
        ("volume", 0.5, "it has: clustering.method, clustering.min_cluster_size, clustering.threshold, segm"),
        ("clustering.threshold", "high", "give a value like 0.6"),
        ("clustering.threshold", True, "give a value like 0.6"),
        ("clustering.threshold", float("nan"), "give a value like 0.6"),
        ("clustering.method", 3, "give a value like 'centroid'"),
    ],
)
def test_adjust_with_an_invalid_parameter_raises(name: str, value: object, message: str) -> None:
    """The message has the known names for an unknown one, and an example for a wrong type."""
    with pytest.raises(UsageError, match=message):
        adjust(Pipeline(), {name: value})


def test_adjust_with_a_step_sets_seconds_and_ratio() -> None:
    """Both attributes of the pipeline agree."""
    pipeline = Pipeline()
    adjust(pipeline, {}, 2.5)
    assert (pipeline._segmentation.step, pipeline.segmentation_step) == (2.5, 0.25)


@pytest.mark.parametrize("step_s", [0.0, -1.0, 10.5])
def test_adjust_with_an_invalid_step_raises(step_s: float) -> None:
    """A step must be longer than zero and no longer than the window."""
    with pytest.raises(UsageError, match="at most the window's 10 s"):
        adjust(Pipeline(), {}, step_s)


def test_adjust_with_a_step_of_a_pipeline_without_windows_raises() -> None:
    """The message says so."""
    with pytest.raises(UsageError, match="has no segmentation windows"):
        adjust(SimpleNamespace(), {}, 1.0)
