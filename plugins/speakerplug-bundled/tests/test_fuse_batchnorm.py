"""Fused normalizations give the same numbers."""

from __future__ import annotations

import torch
from torch import nn

from speakerplug_bundled.fuse_batchnorm import fuse_batchnorm


class TDNNLayer(nn.Module):
    """A layer by the name and with the parts of CAM++'s."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Conv1d(4, 3, 5)
        self.nonlinear = nn.Sequential()
        self.nonlinear.add_module("batchnorm", nn.BatchNorm1d(3))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return (batch, 3, frames) of (batch, 4, frames)."""
        output: torch.Tensor = self.nonlinear(self.linear(features))
        return output


def test_fuse_batchnorm_gives_the_same_output_without_normalizations() -> None:
    """Of a layer whose normalization has learned something."""
    torch.manual_seed(0)
    network = nn.Sequential(TDNNLayer())
    layer = network[0]
    layer.nonlinear.batchnorm.running_mean = torch.randn(3)
    layer.nonlinear.batchnorm.running_var = torch.rand(3) + 0.5
    features = torch.randn(2, 4, 20)
    expected = network.eval()(features)
    assert torch.allclose(fuse_batchnorm(network)(features), expected, atol=1e-5)
    assert not any(isinstance(module, nn.BatchNorm1d) for module in network.modules())
