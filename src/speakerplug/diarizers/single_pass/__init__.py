"""Diarization in one pass over a recording, for networks that a plugin brings: numpy, no torch, no pyannote.audio."""

from __future__ import annotations

from .diarizer import PARAMETERS, SinglePassDiarizer
from .engine import SinglePass, SpeakerChange
from .frames import FrameGrid
from .networks import EmbeddingNetwork, Features, FeatureStream, Networks, SegmentationNetwork, Speech
from .segments import Masks
from .speaker_change import RunningSums, Vectors

__all__ = [
    "PARAMETERS",
    "EmbeddingNetwork",
    "FeatureStream",
    "Features",
    "FrameGrid",
    "Masks",
    "Networks",
    "RunningSums",
    "SegmentationNetwork",
    "SinglePass",
    "SinglePassDiarizer",
    "SpeakerChange",
    "Speech",
    "Vectors",
]
