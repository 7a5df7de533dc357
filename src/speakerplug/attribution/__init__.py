"""Attribution: which speaker said each word. Pure: values in, values out. docs/attribution.md explains the model."""

from .exclusive import exclusive_of
from .timing import timed_words
from .words import attribute

__all__ = ["attribute", "exclusive_of", "timed_words"]
