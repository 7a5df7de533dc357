"""The postprocessor SpeakerPlug: subtitles that say who speaks, made by the command `speakerplug`.

yt-dlp imports this file whenever it runs, often in a program that has no other packages: so only the standard library.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from yt_dlp.postprocessor.common import PostProcessor
from yt_dlp.utils import Popen, PostProcessingError

OWN_GRACE_S = 3.0
"""Seconds for the command to end by itself: Ctrl-C in a terminal reaches it, too."""
GRACE_S = 40.0
"""Seconds for it to save what was recognized, once it was asked to end."""
TENTH = 0.1
TITLE = "Speakers"
"""The title of the track that --embed-subs makes."""
NAMED = 'name the command of SpeakerPlug with --use-postprocessor "SpeakerPlug:command=PATH"'
SUBTITLES = ("srt", "vtt", "ass")
"""The formats that FFmpeg embeds."""

Info = dict[str, Any]
"""What yt-dlp knows of a download."""
Event = dict[str, Any]
"""A line of `speakerplug --progress json`."""


class SpeakerPlugPP(PostProcessor):  # type: ignore[misc]
    """Transcribes what was downloaded, with speakers, into files next to it.

    Arguments, all texts: `command`, the name or path of the command; `format`, such as `srt` or `vtt,json`; any other
    is an option of `speakerplug transcribe`, such as `num_speakers=2`, and one with an empty value a flag: `exact=`.
    """

    def __init__(self, downloader: Any = None, command: str = "speakerplug", format: str = "", **options: str) -> None:
        super().__init__(downloader)
        self._command, self._formats, self._options = found(command), format, options
        self._shown = 0.0

    @PostProcessor._restrict_to(images=False, simulated=False)  # type: ignore[untyped-decorator]
    def run(self, info: Info) -> tuple[list[str], Info]:
        """Return no file to delete, and the info with the new subtitles to embed. Raises PostProcessingError."""
        if not info.get("filepath"):
            raise PostProcessingError("SpeakerPlug needs the downloaded file; use when=post_process or when=after_move")
        self.to_screen(f'Transcribing "{info["filepath"]}"')
        for output in self._outputs(self._arguments(info)):
            self._add(info, output)
        return [], info

    def _arguments(self, info: Info) -> list[str]:
        """Return the command line: results lie next to the file, and are not made again unless yt-dlp overwrites."""
        path, formats, given = os.path.abspath(info["filepath"]), self._formats, self._options
        if not formats and info.get("ext") == "webm":  # takes WebVTT only, of which FFmpeg drops the voices
            formats, given = "vtt", {"labels": "change", **given}
        options = ((f"--{name.replace('_', '-')}", value) for name, value in given.items())
        return [
            *(self._command, "transcribe", "--progress", "json", "--output", os.path.join(os.path.dirname(path), "")),
            *(part for name in (formats or "srt").split(",") for part in ("--format", name.strip())),
            *(() if self.get_param("overwrites") else ("--skip-existing",)),
            *(part for option in options for part in option if part),
            *("--", path),
        ]

    def _outputs(self, arguments: list[str]) -> list[Event]:
        """Run the command, and return its events about results. Raises PostProcessingError with its own message."""
        outputs, failure, self._shown = list[Event](), "", 0.0
        process = self._started(arguments)
        with ended(process):
            for event in parsed(process.stderr):
                self._show(event)
                if event["event"] == "error":
                    failure = event["message"]
                elif event["event"] == "output" and not event["is_partial"]:
                    self.to_screen(f'Wrote "{event["path"]}"')
                    outputs.append(event)
                elif event["event"] == "skipped":  # may have to be embedded, or moved, nevertheless
                    outputs.extend({"path": path} for path in event["paths"])
        if process.returncode != 0:
            raise PostProcessingError(failure or f"{self._command} ended with exit code {process.returncode}")
        if not outputs:
            raise PostProcessingError(f"{self._command} wrote no subtitles: {NAMED}")
        return outputs

    def _started(self, arguments: list[str]) -> Any:
        self.write_debug(f"SpeakerPlug runs {arguments}")
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        try:
            return Popen(arguments, text=True, **streams)
        except OSError as error:
            raise PostProcessingError(
                f"{self._command} cannot be run ({error.strerror}): pip install speakerplug, or {NAMED}"
            ) from error

    def _show(self, event: Event) -> None:
        """Show each tenth of the work, and the messages."""
        if event["event"] == "progress":
            if event["share"] >= self._shown + TENTH and not self.get_param("noprogress"):
                self._shown = event["share"]
                self.to_screen(progress_of(event))
        elif event["event"] == "log" and event["level"] == "warning":
            self.report_warning(f"SpeakerPlug: {event['message']}")
        elif event["event"] == "log" and event["level"] == "info" and "source" not in event:
            self.to_screen(event["message"])
        elif event["event"] == "log":
            self.write_debug(f"SpeakerPlug: {event['message']}")

    def _add(self, info: Info, output: Event) -> None:
        """Have a result moved along with the video, and embedded if it is the first one with subtitles."""
        path = output["path"]
        if "__files_to_move" in info:  # the video has yet to be moved to its folder
            info["__files_to_move"][path] = ""
        subtitles = info.get("requested_subtitles") or {}
        ending = os.path.splitext(path)[1].lstrip(".").lower()
        if ending in SUBTITLES and all(each.get("name") != TITLE for each in subtitles.values()):
            language = output.get("language") or info.get("language") or "und"
            key = f"{language}-speakers" if language in subtitles else language
            info["requested_subtitles"] = {**subtitles, key: {"ext": ending, "filepath": path, "name": TITLE}}


def found(command: str) -> str:
    """Return the path of a command that lies beside yt-dlp's Python, as in an environment that is not on the path."""
    return shutil.which(command, path=os.path.dirname(sys.executable)) or command


@contextmanager
def ended(process: Any) -> Iterator[None]:
    """Wait at the end of the block until the process has ended; ask it to end if the block is left by an exception."""
    try:
        yield
        process.wait()
    except BaseException as error:
        with suppress(subprocess.TimeoutExpired):
            process.wait(OWN_GRACE_S if isinstance(error, KeyboardInterrupt) else 0)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
        raise
    finally:
        process.kill()  # does nothing to one that has ended
        process.stderr.close()


def parsed(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the events of --progress json; a line that is none, as after a crash, is left out."""
    for line in lines:
        with suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and "event" in event:
                yield event


def progress_of(event: Event) -> str:
    """Return how far the work is, for people."""
    left = event["seconds_left"]
    return f"{event['share']:.0%}" + ("" if left is None else f", {int(left) // 60}:{int(left) % 60:02} left")
