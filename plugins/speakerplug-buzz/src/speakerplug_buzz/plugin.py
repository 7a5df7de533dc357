"""Buzz's plugin: who speaks each segment of a transcription.

Buzz loads this file alone, in its own environment, whose libraries SpeakerPlug could not share: it imports nothing but
Buzz and the standard library, and runs `speakerplug attribute` as a program.
"""

from __future__ import annotations

import glob
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from buzz.plugins.base import BuzzPlugin, ConfigField, PluginMetadata

HERE = Path(__file__).parent
EVENT = re.compile(r"^Dialogue:[^,]*,(\d+):(\d\d):(\d\d)\.(\d\d),[^,]*,[^,]*,([^,]*),", re.MULTILINE)
DATE_TIME = "{{ date_time }}"


class Failure(Exception):  # noqa: N818 - what people read in Buzz's log
    """A reason why there are no speakers, in one sentence."""


class SpeakerPlug(BuzzPlugin):  # type: ignore[misc]  # Buzz is not installed where types are checked
    """Fill in the speakers of the segments, and write the files that Buzz exported once more, with them."""

    metadata = PluginMetadata(
        id="speakerplug",
        name="Who speaks (SpeakerPlug)",
        description="Names the speaker of each segment. Nothing leaves this computer.",
        version="0.1.0",
        config_fields=[
            ConfigField("options", "Options", placeholder="--diarizer bundled --num-speakers 2"),
            ConfigField("command", "Command", placeholder="speakerplug", description="Empty: as it was installed."),
        ],
    )

    def after_transcription(self, task: Any, segments: list[Any], context: Any) -> list[Any]:
        """Return the segments with their speakers; if that fails, as they are, and the reason is in the log."""
        try:
            names = speakers_of(segments, recording_of(task), command_of(context.config), context.log)
        except Failure as failure:
            context.log.error("No speakers: %s", failure)
            return segments
        return [named(segment, name) for segment, name in zip(segments, names, strict=True)]

    def on_complete(self, transcription_id: Any, task: Any, segments: list[Any], context: Any) -> None:
        """Write the exported files again: Buzz wrote them before the speakers were known."""
        if any(getattr(segment, "speaker", "") for segment in segments):
            template = context.settings.get_default_export_file_template()
            for output_format in task.file_transcription_options.output_formats:
                write_again(task, segments, output_format, template, context.log)


def recording_of(task: Any) -> str:
    """Return the path of the recording: the original one, or where Buzz has moved it from a watched folder."""
    paths: list[str] = [path for path in (task.original_file_path, task.file_path) if path]
    moved = [os.path.join(task.output_directory, os.path.basename(path)) for path in paths if task.output_directory]
    for path in (*paths, *moved):
        if os.path.exists(path):
            return path
    raise Failure("the recording is gone; Buzz deletes those of a watched folder where its settings say so.")


def command_of(config: Mapping[str, Any]) -> list[str]:
    """Return the program and options of the settings; without a program, the one that installed this plugin."""
    command = (config.get("command") or "").strip()
    given = [command] if os.path.isfile(command) else parts_of(command, "Command")
    installed = HERE / "command.json"
    if not given and installed.exists():
        given = json.loads(installed.read_text(encoding="utf-8"))
    options = parts_of(config.get("options") or "", "Options")
    return [*(given or ["speakerplug"]), "attribute", *options]


def parts_of(text: str, label: str) -> list[str]:
    """Return the parts of a setting, as a shell would, but with the paths of Windows."""
    try:
        return shlex.split(text.replace("\\", "/"))
    except ValueError as error:
        raise Failure(f"{label} in the plugin's settings cannot be read ({error}): {text}") from error


def speakers_of(segments: Sequence[Any], recording: str, command: Sequence[str], log: Any) -> list[str]:
    """Return the speaker of each segment, "" for none."""
    with tempfile.TemporaryDirectory(prefix="speakerplug-buzz-") as folder:
        lines, result = os.path.join(folder, "lines.srt"), os.path.join(folder, "named.ass")
        Path(lines).write_text(srt_of(segments), encoding="utf-8", errors="replace")
        run([*command, lines, "--audio", recording, "--ass", "-o", result, "--progress", "json"], log)
        if not os.path.exists(result):
            raise Failure(f"{command[0]} wrote no speakers; set Command in the plugin's settings.")
        found = EVENT.findall(Path(result).read_text(encoding="utf-8"))
    spoken = [(start_ms(*time), name) for *time, name in found]
    return list(in_order(segments, spoken))


def srt_of(segments: Iterable[Any]) -> str:
    """Return segments as SubRip; one without text is left out."""
    blocks: list[str] = []
    for segment in segments:
        if text := " ".join(segment.text.replace("-->", "→").split()):
            times = f"{clock(segment.start)} --> {clock(max(segment.end, segment.start + 1))}"
            blocks.append(f"{len(blocks) + 1}\n{times}\n{text}\n")
    return "\n".join(blocks)


def in_order(segments: Iterable[Any], spoken: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Yield the name of the next spoken line where it begins with the segment, else ""; ASS has hundredths."""
    waiting = iter(spoken)
    following = next(waiting, None)
    for segment in segments:
        if following is not None and abs(following[0] - segment.start) <= 10:
            yield following[1].strip()
            following = next(waiting, None)
        else:
            yield ""


def named(segment: Any, name: str) -> Any:
    """Return the segment with a speaker; in a Buzz whose segments have none, before its text."""
    if not name:
        return segment
    if hasattr(segment, "speaker"):
        return replace(segment, speaker=name)
    return replace(segment, text=f"{name}: {segment.text.strip()}")


def run(command: Sequence[str], log: Any) -> None:
    """Run SpeakerPlug; raise Failure with the sentence that it ends with."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows has it
        )
    except OSError as error:
        raise Failure(
            f"{command[0]} cannot be run ({error.strerror}); set Command in the plugin's settings."
        ) from error
    message, tenths = "", 0
    with process:
        for line in process.stderr or ():
            event = event_of(line)
            message = event.get("message", "") if event.get("event") == "error" else message
            if event.get("event") == "progress" and event["share"] * 10 >= tenths + 1:
                tenths = int(event["share"] * 10)
                log.info("%s %%", tenths * 10)
    if process.returncode != 0:
        raise Failure(message or f"{command[0]} ended with exit code {process.returncode}.")


def event_of(line: bytes) -> dict[str, Any]:
    """Return the event in a line, {} for any other line."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def environment() -> dict[str, str]:
    """Return the environment of a Python that is not Buzz's: without the paths that its own needs."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")}
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):  # PyInstaller changes them
        if (original := kept.pop(f"{name}_ORIG", None)) is not None:
            kept[name] = original
        elif getattr(sys, "frozen", False):
            kept.pop(name, None)
    return kept


def write_again(task: Any, segments: Sequence[Any], output_format: Any, template: str, log: Any) -> None:
    """Replace the file that Buzz wrote of these segments without speakers, and no other one."""
    from buzz.transcriber.file_transcriber import write_output
    from buzz.transcriber.transcriber import get_output_file_path

    options, mark = task.transcription_options, "\0"
    path = get_output_file_path(
        file_path=task.file_path,
        output_format=output_format,
        language=options.language,
        output_directory=task.output_directory,
        model=options.model,
        task=options.task,
        export_file_name_template=template.replace(DATE_TIME, mark),
    )
    plain = [replace(segment, speaker="") for segment in segments]
    with tempfile.TemporaryDirectory(prefix="speakerplug-buzz-") as folder:
        before = Path(folder) / "before"
        write_output(path=str(before), segments=plain, output_format=output_format)
        found = glob.glob("*".join(map(glob.escape, path.split(mark))))
        written = [each for each in found if Path(each).read_bytes() == before.read_bytes()]
    if written:
        newest = max(written, key=os.path.getmtime)
        write_output(path=f"{newest}.new", segments=segments, output_format=output_format)
        os.replace(f"{newest}.new", newest)
        log.info("Wrote %s with speakers", newest)


def clock(time_ms: float) -> str:
    """Return a time as SubRip has it."""
    seconds, milliseconds = divmod(int(time_ms), 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{milliseconds:03}"


def start_ms(hours: str, minutes: str, seconds: str, hundredths: str) -> int:
    """Return a time of ASS in milliseconds."""
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(hundredths) * 10
