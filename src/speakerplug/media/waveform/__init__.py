"""The audio of a recording: decoded once, passed to every stage; in memory, or of a long recording on disk."""

from .buffer import MAX_IN_MEMORY_S, SampleBuffer
from .sample_file import SAMPLE_RATE, SampleFile, Samples, Stored, blocks_of
from .waveform import MOST_CHANNELS, Waveform, array_of, frozen, mixed, refuse_infinite

__all__ = [
    "MAX_IN_MEMORY_S",
    "MOST_CHANNELS",
    "SAMPLE_RATE",
    "SampleBuffer",
    "SampleFile",
    "Samples",
    "Stored",
    "Waveform",
    "array_of",
    "blocks_of",
    "frozen",
    "mixed",
    "refuse_infinite",
]
