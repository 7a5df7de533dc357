"""Both networks on a device: in ONNX Runtime on a CPU, in torch on others."""

from __future__ import annotations

from speakerplug.devices import Placement
from speakerplug.diarizers.single_pass import Networks


def load_networks(placement: Placement) -> Networks:
    """Return segmentation-3.0 and CAM++ where `placement` says; raises ModelError for a bad or missing file."""
    if placement.device.kind == "cpu":
        from .onnx_networks import load_onnx_networks

        return load_onnx_networks()
    from .torch_networks import load_torch_networks

    return load_torch_networks(placement.device, placement.batch_size)
