"""SpeakerPlug for LangChain: recordings as documents with times and speakers."""

from .loader import SpeakerPlugLoader

__all__ = ["SpeakerPlugLoader"]
