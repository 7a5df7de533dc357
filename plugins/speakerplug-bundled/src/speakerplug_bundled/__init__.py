"""The models that SpeakerPlug brings along: a diarization pipeline and small Whisper models, without a network."""

from .pipeline import load_pipeline

__all__ = ["load_pipeline"]
