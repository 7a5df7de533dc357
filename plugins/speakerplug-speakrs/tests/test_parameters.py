"""Parameters by pyannote's names, and those of speakrs' configuration that they change."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from speakerplug.plugin import UsageError
from speakerplug_speakrs.parameters import NAMES, checked, config_of
from tests.standins.speakrs import StandIn


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("clustering.threshold", -0.1),
        ("clustering.threshold", "high"),
        ("clustering.threshold", True),
        ("clustering.Fa", 0),
        ("segmentation.min_duration_off", float("nan")),
    ],
)
def test_checked_invalid_value_is_a_usage_error(name: str, value: Any) -> None:
    """Before any model is looked for."""
    with pytest.raises(UsageError, match=rf"^{name} is .*; it must be a number"):
        checked({name: value})


def test_config_of_changes_what_is_named_and_keeps_the_rest(wheel: StandIn) -> None:
    """The defaults are those of speakrs for the mode."""
    speakrs = importlib.import_module("speakrs")
    config = config_of(speakrs, "CPU", dict(zip(NAMES, (0.5, 0.1, 0.9, 0.25), strict=True)))
    assert config.clustering.ahc.threshold == 0.5
    assert (config.clustering.vbx.fa, config.clustering.vbx.fb) == (0.1, 0.9)
    assert config.merge_gap == 0.25
    default = config_of(speakrs, "CPU", {})
    assert default.clustering.ahc.threshold == 0.6
    assert config.clustering.vbx.max_iters == default.clustering.vbx.max_iters == 20
    assert config.reconstruct_method == default.reconstruct_method == "smoothed"
