"""Audio and video: look inside a recording, and read its audio."""

from .read import read_channels, read_waveform

__all__ = ["read_channels", "read_waveform"]
