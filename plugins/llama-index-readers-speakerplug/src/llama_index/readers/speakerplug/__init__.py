"""SpeakerPlug for LlamaIndex: recordings as documents with times and speakers."""

from .reader import SpeakerPlugReader

__all__ = ["SpeakerPlugReader"]
