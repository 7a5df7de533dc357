"""The recordings that a command is given: files, folders, URLs and standard input, checked before anything is made."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from ..errors import UsageError
from ..formats.targets import is_recording_name
from ..media.file import is_url
from ..media.suffixes import SUFFIXES
from ..system.streams import is_stream
from ..system.temporary import temporary_folder
from . import options
from .download import check_url, download
from .output import STDOUT
from .pipes import STDIN, is_pipe, spool

OPTIONS = (
    options.files(
        "--recursive",
        is_flag=True,
        advanced=True,
        help="Take folders as INPUT: all recordings in them and in the folders below.",
    ),
    options.files(
        "--download",
        is_flag=True,
        advanced=True,
        help="Take URLs as INPUT: yt-dlp, if installed, saves them in the folder of the results.",
    ),
)
TRANSCRIPTS = frozenset((".vtt", ".srt", ".ass", ".ssa", ".sbv", ".ttml", ".json", ".rttm", ".eaf", ".textgrid"))
"""The suffixes of transcripts and subtitles, which other commands read."""


class Inputs:
    """The paths of the recordings to take, and the `output` as given, or standard output for standard input.

    Standard input and pipes have paths in a temporary folder, where `spool` saves them.
    """

    def __init__(self, paths: Sequence[str], output: str | None, pipes: Mapping[str, Path]) -> None:
        self.paths, self._pipes = tuple(paths), pipes
        self.output = STDOUT if pipes and output is None else output

    def spool(self) -> None:
        """Save what is read from standard input and pipes; raises MediaError where there is nothing."""
        for source, path in self._pipes.items():
            spool(source, path)


@contextmanager
def found(inputs: Sequence[str], given: options.Given) -> Iterator[Inputs]:
    """Yield the recordings that `inputs` name; what was read from pipes is removed at the end.

    A recording that is named twice is taken once. Raises UsageError, before anything is made, for a folder without
    --recursive, a URL without --download, a transcript, a device, and a pipe that is named twice; MediaError if a
    download fails.
    """
    output = given["output"]
    inside = {source: _recordings(source) for source in inputs if os.path.isdir(source)}
    for source in inputs:
        _check(source, given, inside)
    pipes = [source for source in inputs if is_pipe(source)]
    if len(set(pipes) & {*STDIN}) > 1 or len(pipes) != len(set(pipes)):
        raise UsageError("Standard input, or a pipe, is named twice; it can be read once.")
    with temporary_folder() if pipes else nullcontext() as folder:
        spooled = {
            source: folder / ("stdin" if source in STDIN else Path(source).name)
            for source in pipes
            if folder is not None
        }
        paths = list[str]()
        for source in inputs:
            if source in spooled:
                paths.append(str(spooled[source]))
            elif is_url(source):
                paths.append(download(source, output, given["quiet"]))
            else:
                paths += inside.get(source, [source])
        yield Inputs([*dict.fromkeys(paths)], output, spooled)


def with_command(args: Sequence[str], commands: Collection[str], own: Collection[str]) -> list[str]:
    """Return the arguments of `speakerplug`, with the command transcribe before those that only name a recording.

    The names of commands, and the `own` options of speakerplug, come first: ./check is a file.
    """
    first = args[0] if args else ""
    if first in commands or first.partition("=")[0] in own:
        return [*args]
    candidates = args if first.startswith("-") and first != "-" else [first]
    return ["transcribe", *args] if any(map(_is_recording, candidates)) else [*args]


def _is_recording(text: str) -> bool:
    """Return whether an argument names a recording, which need not exist."""
    suffix = os.path.splitext(text)[1].lower()
    return text in STDIN or suffix in SUFFIXES or is_url(text) or ("\0" not in text and os.path.exists(text))


def _check(source: str, given: options.Given, inside: Mapping[str, Sequence[str]]) -> None:
    """Raise UsageError for an input that is no recording; one that does not exist is reported when its turn comes.

    `inside` are the recordings in each folder.
    """
    suffix = os.path.splitext(source)[1].lower()
    if is_url(source):
        check_url(source, given)
    elif "\0" in source:
        return
    elif source in inside:
        if not inside[source]:
            raise UsageError(f"The folder {source} has no recordings; name one that has.")
        if not given["recursive"]:
            raise UsageError(
                f"{source} is a folder: add --recursive for the recordings in it ({len(inside[source])}), or name them."
            )
    elif suffix in TRANSCRIPTS and os.path.isfile(source):
        raise UsageError(
            f"{source} is a transcript, not a recording: speakerplug convert, edit, preview and check read transcripts."
        )
    elif source not in STDIN and is_stream(Path(source)) and not is_pipe(source):
        raise UsageError(f"{source} is a device, not a recording; name a file, or - for standard input.")


def _recordings(folder: str) -> list[str]:
    """Return the recordings in a folder and below, sorted; hidden ones and our own copies are left out."""
    found = list[str]()
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [os.path.join(place, name) for name in sorted(files) if is_recording_name(name)]
    return found
