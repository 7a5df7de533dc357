"""Attribution: which speaker said each word. Pure: values in, values out.

docs/explanation/attribution.md explains the model. `attribute.attribute` needs numpy, so it is not imported here:
subtitles and formats do without.
"""

from .exclusive import exclusive_of
from .word_times import timed_words

__all__ = ["exclusive_of", "timed_words"]
