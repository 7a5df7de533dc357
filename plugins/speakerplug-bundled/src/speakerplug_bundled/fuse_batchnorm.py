"""Batch normalization fused into the convolution before it: the same numbers in less time."""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

# For each kind of module of CAM++: a convolution in it and the normalization that follows.
PAIRS = {
    "FCM": (("conv1", "bn1"), ("conv2", "bn2")),
    "BasicResBlock": (("conv1", "bn1"), ("conv2", "bn2"), ("shortcut.0", "shortcut.1")),
    "TDNNLayer": (("linear", "nonlinear.batchnorm"),),
    "CAMDenseTDNNLayer": (("linear1", "nonlinear2.batchnorm"),),
}


def fuse_batchnorm(network: nn.Module) -> nn.Module:
    """Fuse the normalizations that follow a convolution into it, in place, and return the network (CAM++, eval)."""
    for module in list(network.modules()):
        parts = dict(module.named_modules())
        for convolution, normalization in PAIRS.get(type(module).__name__, ()):
            if convolution in parts:
                fused = fuse_conv_bn_eval(parts[convolution], parts[normalization])
                module.set_submodule(convolution, fused)
                module.set_submodule(normalization, nn.Identity())
    return network
