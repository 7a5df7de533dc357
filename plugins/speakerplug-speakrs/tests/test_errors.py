"""Each category of speakrs' errors becomes one of ours, with a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.plugin import Cancelled, DeviceError, ModelError
from speakerplug_speakrs.errors import EngineError, explained


@pytest.mark.parametrize(
    ("category", "message", "kind", "says"),
    [
        ("model_manifest", "model file `plda_mu.npy` is missing", ModelError, "speakerplug fetch speakrs"),
        ("model_load", "parsing weights: header too large", ModelError, "speakerplug fetch speakrs"),
        ("model_load", "could not load the CUDA driver", DeviceError, "--device cpu"),
        ("unsupported_runtime", "this build lacks the mode", DeviceError, "--device cpu"),
        ("pipeline", "a kernel failed", ModelError, "choose another diarizer"),
        ("internal", "", ModelError, "choose another diarizer"),
        ("cancelled", "operation was cancelled", Cancelled, "canceled"),
    ],
)
def test_explained_error_of_a_category_says_what_to_do(
    category: str, message: str, kind: type[Exception], says: str
) -> None:
    """One sentence, with speakrs' own words inside."""
    error = explained(EngineError(category, message), Path("models"))
    assert type(error) is kind
    assert says in str(error)
    assert str(error).endswith(".")
    assert message in str(error) or category == "cancelled"
