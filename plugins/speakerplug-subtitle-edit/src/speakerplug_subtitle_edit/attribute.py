"""Run `speakerplug attribute` as a program of its own, by its contract for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from speakerplug.plugin import SpeakerPlugError

COMMAND = (sys.executable, "-m", "speakerplug")


def attribute(subtitles: Path, video: str, result: Path) -> None:
    """Write the cues of subtitles to `result`, as ASS, with who speaks them in the video.

    Options that it does not name are those of a `speakerplug.toml` in the current folder, or the user's own. Raises
    SpeakerPlugError with the sentence of the command.
    """
    command = (*COMMAND, "attribute", subtitles, "--audio", video, "--ass", "-o", result, "--progress", "json")
    ended = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if ended.returncode != 0:
        raise SpeakerPlugError(_reason(ended.stderr.decode("utf-8", "replace"), ended.returncode))


def _reason(events: str, code: int) -> str:
    """Return the last error among events; lines that are none are ignored."""
    message = f"speakerplug ended with exit code {code}; run `speakerplug doctor` to see what it lacks."
    for line in events.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") == "error":
            message = str(event.get("message") or message)
    return message
