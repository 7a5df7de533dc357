"""A plugin of MarkItDown: recordings become Markdown in which every paragraph has its speaker.

SpeakerPlug itself is imported when the first recording is converted.
"""

from __future__ import annotations

from typing import Any

from markitdown import MarkItDown

from .converter import LastResort, RecordingConverter

__plugin_interface_version__ = 1
"""The version of MarkItDown's interface for plugins."""


def register_converters(markitdown: MarkItDown, **kwargs: Any) -> None:
    """Register the converter of recordings, and right behind it what stops a conversion that failed.

    Nothing can fail here: MarkItDown would go on without the plugin, and upload recordings.
    """
    recordings = RecordingConverter()
    markitdown.register_converter(LastResort(recordings))  # the converter registered last is tried first
    markitdown.register_converter(recordings)
