"""Attribution: which speaker said each word. Pure: values in, values out. docs/attribution.md explains the model.

What needs numpy is in `attribute`, and not imported here: subtitles and formats do without.
"""

from .word_times import timed_words

__all__ = ["timed_words"]
