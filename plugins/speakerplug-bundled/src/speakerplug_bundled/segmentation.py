"""segmentation-3.0 as a `pyannote.audio.Model`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .weights import SEGMENTATION

if TYPE_CHECKING:
    from pyannote.audio import Model


def load_segmentation() -> Model:
    """Return segmentation-3.0 (pyannote's PyanNet), from its checkpoint, of which only known types are unpickled."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet
    from torch.torch_version import TorchVersion

    path = SEGMENTATION.checked()
    with torch.serialization.safe_globals([Problem, Resolution, Specifications, TorchVersion]):
        checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    model = PyanNet(**checkpoint["hyper_parameters"])
    model.on_load_checkpoint(checkpoint)  # sets its specifications, and the classifier for them
    model.load_state_dict(checkpoint["state_dict"])
    return model.eval()
