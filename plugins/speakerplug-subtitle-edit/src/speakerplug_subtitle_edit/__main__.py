"""python -m speakerplug_subtitle_edit."""

from .command import run

run()
