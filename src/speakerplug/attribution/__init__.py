"""Attribution: which speaker said each word. Pure: values in, values out. docs/attribution.md explains the model."""

from .attribute import attribute
from .exclusive import exclusive_of
from .word_times import timed_words

__all__ = ["attribute", "exclusive_of", "timed_words"]
