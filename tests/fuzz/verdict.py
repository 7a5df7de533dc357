"""The verdict on a try: the command line runs in this process, and its output and files are checked."""

from __future__ import annotations

import io
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import speakerplug.plugin.manager
from speakerplug.cli import console, main
from speakerplug.cli.events import is_typed
from speakerplug.cli.format_options import FLAGS
from speakerplug.plugin.manager import Plugins

SECONDS = 20.0
"""CPU time; quadratic code takes longer for the files that are tried here."""


@dataclass(frozen=True)
class Try:
    """A command line in a folder of files, with the plugins that it finds."""

    arguments: Sequence[str]
    files: Mapping[str, bytes]
    plugins: Callable[[], Plugins]
    kept: frozenset[str] = field(default=frozenset())
    """Files that may be changed."""


def verdict(attempt: Try, folder: Path) -> tuple[int | None, list[str]]:
    """Return the exit code, None if the try escaped the command line, and a list of what is wrong."""
    for name, data in attempt.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    said, printed = io.StringIO(), io.StringIO()
    code: int | None = None
    wrong = []
    began, before = time.process_time(), Path.cwd()
    try:
        os.chdir(folder)
        with redirect_stdout(printed), redirect_stderr(said):
            console.start()  # the previous try may have set -v
            found = attempt.plugins()
            with mock.patch.object(speakerplug.plugin.manager, "load_plugins", return_value=found):
                code = main([*attempt.arguments])
    except BaseException as error:  # no exception may escape
        if isinstance(error, KeyboardInterrupt):
            raise
        wrong.append(f"{type(error).__name__} came out of the command line: {error}"[:500])
    finally:
        os.chdir(before)
    seconds = time.process_time() - began
    if seconds > SECONDS:
        wrong.append(f"it took {seconds:.0f} s")
    return code, wrong + _of_messages(code, said.getvalue(), attempt) + list(_of_files(code, attempt, folder))


def _of_messages(code: int | None, said: str, attempt: Try) -> list[str]:
    said = "".join(_printed(said)) if is_typed(attempt.arguments) else said
    errors = [line for line in said.splitlines() if line.startswith("Error: ")]
    forbidden = "Unexpected" if {"-v", "--verbose"} & {*attempt.arguments} else "Unexpected|Traceback"
    wrong = [f"it says: {line[:300]}" for line in said.splitlines() if re.search(forbidden, line)]
    if code not in (None, 0, 1, 2):
        wrong.append(f"the exit code is {code}")
    if code == 0 and errors:
        wrong.append(f"the exit code is 0 and it says: {errors[0][:300]}")
    if code and not errors and attempt.arguments[:1] not in (["check"], []):
        wrong.append(f"the exit code is {code} and no error is printed: {said[:200]!r}")
    return wrong + [f"a message of {len(line)} characters: {line[:300]}" for line in errors if len(line) > 1500]


def _printed(events: str) -> Iterator[str]:
    """Yield what the events of --progress json say, as it is printed without them; each line is an event."""
    for event in map(json.loads, events.splitlines()):
        if event["event"] == "error":
            yield f"Error: {event['message']}\n"
        elif event["event"] == "log":
            yield f"{event['message']}\n"


def _of_files(code: int | None, attempt: Try, folder: Path) -> list[str]:
    wrong = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            before = attempt.files.get(str(path.relative_to(folder)))
            if ".tmp" in name:
                wrong.append(f"{name} is left")
            elif before is None or str(path.relative_to(folder)) in attempt.kept:
                wrong += _whole(path, attempt.arguments) if path.read_bytes() != before else []
            elif path.read_bytes() != before:
                wrong.append(f"the input {name} is changed")
    missing = [name for name in attempt.files if not (folder / name).exists()]
    return wrong + [f"the input {name} is gone" for name in missing]


def _whole(path: Path, arguments: Sequence[str]) -> list[str]:
    """Return what is wrong with a file that a command wrote: JSON or the requested format, whatever its name."""
    otherwise = any(argument.startswith("--") and argument[2:] in {*FLAGS} - {"json"} for argument in arguments)
    data = path.read_bytes()
    if path.suffix in (".npz", ".wav", ".mka", ".mkv", ".mp4", ".docx"):
        return [] if data else [f"{path.name} is empty"]
    keeps_json = arguments[0] in ("rename", "relabel")
    try:
        text = data.decode("utf-8-sig")
        if (path.suffix == ".json" and not otherwise) or keeps_json:
            json.loads(text)
    except ValueError as error:
        return [f"{path.name} is written and damaged: {error}"]
    if path.name.startswith("talk.") and path.suffix == ".vtt" and not keeps_json and not text.startswith("WEBVTT"):
        return [f"{path.name} is written and no WebVTT"]
    return []
