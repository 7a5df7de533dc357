"""Local models for SpeakerPlug: a diarization pipeline and small Whisper models that need no network."""

from .pipeline import load_pipeline

__all__ = ["load_pipeline"]
