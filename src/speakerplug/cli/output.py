"""The output of a command: the file for each result is planned before the work begins, and written or printed after it.

Invalid output, such as a file that is also an input, is refused before any work.
"""

from __future__ import annotations

import logging
import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from ..errors import OutputError, SpeakerPlugError, UsageError
from ..formats.targets import BURN, COPIES, EMBED, WHOLE, OutputOptions, Targets, shortened, with_container
from ..media.file import refuse_url
from ..system.streams import is_stream
from . import console
from .progress import stage
from .stdout import deliver

if TYPE_CHECKING:
    from ..formats.kept import KeptCues
    from ..plugin.formats import FormatRegistration
    from ..system.progress import Report
    from ..transcript import Transcript

log = logging.getLogger(__name__)

STDOUT = "-"
PRINT = "print it with --output -"
ALSO = {"html": (".htm",), "md": (".markdown",), "ttml": (".xml", ".dfxp"), "txt": (".text",)}
"""Other usual endings of a format, which a name may have if the format is given."""


class Output:
    """The files to write for each of `inputs`; `planned` has the targets of each.

    Without a format, the `usual` one is written. The files in `read` are read like the inputs, and never overwritten;
    with the inputs they are the attribute `read`.
    Raises UsageError, before any work, for invalid options.
    """

    def __init__(
        self,
        formats: Mapping[str, FormatRegistration],
        inputs: Sequence[str],
        options: OutputOptions,
        read: Sequence[str] = (),
        usual: str = "vtt",
    ) -> None:
        from ..formats.save import known_as

        for name in options.formats:
            known_as(name, formats)
        self.formats, self._options, self.read = formats, options, (*inputs, *read)
        for name in options.wanted:
            if name in COPIES and options.output == STDOUT:
                raise UsageError(f"A recording cannot be printed; give {name} a file or a folder with --output.")
        self.planned = plan_outputs(inputs, options.wanted, options.output, options.suffixes(formats), usual, read)
        check_formats(formats, options, [*self.planned[0]] if self.planned else [])

    @property
    def needs_recording(self) -> bool:
        """Whether a result contains the recording itself."""
        return self._options.embed_audio or any({*COPIES} & targets.keys() for targets in self.planned)

    def of(self, recording: str | Path | None, targets: Targets) -> Targets:
        """Return the targets with their full names, some of which depend on the recording.

        Raises MediaError where `recording` cannot be copied, UsageError for a name without a known suffix and for a
        file that is read.
        """
        if recording is None:
            return targets
        targets = with_container(targets, recording)
        refuse_overwriting((*self.read, recording), targets)
        return targets

    @property
    def copy_costs(self) -> list[float]:
        """What the copies of the recording cost, in seconds for each of its seconds."""
        from ..pipeline.job import BURN as BURNING
        from ..pipeline.job import EMBED as EMBEDDING

        costs = {EMBED: EMBEDDING, BURN: BURNING}
        return [costs[name] for name in COPIES if self.planned and name in self.planned[0]]

    def deliver(
        self,
        transcript: Transcript,
        targets: Targets,
        recording: str | Path | None = None,
        report: Report | None = None,
        kept: KeptCues | None = None,
    ) -> None:
        """Write the transcript to its targets, or print it; `recording` is None where it is unknown.

        Copies of the recording take a while: `report` is called with their progress. `kept` are the cues of subtitles
        to write in place of new ones.

        If a format cannot be written, the others still are; then its error is raised, with the transcript as `partial`
        if no JSON was written.
        """
        failed: dict[str, SpeakerPlugError] = {}
        for name, path in targets.items():
            try:
                media = None if recording is None else Path(recording)
                self._deliver(transcript, name, path, media, report, kept)
            except SpeakerPlugError as error:
                failed[name] = error
        if not failed:
            return
        *others, last = failed.values()
        for other in others:
            console.fail(str(other), other)
        last.partial = transcript if targets.get(WHOLE) is None or WHOLE in failed else None
        raise last

    def _deliver(
        self,
        transcript: Transcript,
        name: str,
        path: Path | None,
        recording: Path | None,
        report: Report | None,
        kept: KeptCues | None,
    ) -> None:
        options = self._options
        if name in COPIES and recording is not None and path is not None:
            from ..formats.deliver import write_copy

            verb = _verb(path)
            with stage(report, str(recording), "writing") as progress:
                copy = write_copy(transcript, name, path, recording, options, progress, kept)
            console.wrote(copy, verb=verb, language=transcript.language)
            return
        from ..formats.deliver import content_of
        from ..pipeline.options import track_of

        format = self.formats[name] if kept is None else kept.format(self.formats[name])
        content = content_of(transcript, format, path, options, recording, track_of(options.audio_track))
        put(content, path, transcript.language)


def check_formats(formats: Mapping[str, FormatRegistration], options: OutputOptions, wanted: Sequence[str]) -> None:
    """Raise UsageError, before any work, for what cannot be written here; warn of a copy that needs ffmpeg."""
    for name in wanted:
        check = None if name in COPIES else formats[name].check
        if check is not None and (why := check()) is not None:
            raise UsageError(why)
    if options.burn and shutil.which("ffmpeg") is None:
        log.warning("ffmpeg is not installed: --burn will only write an ASS file, and name the line to type.")
    if options.embed_audio and not any(name not in COPIES and "media" in formats[name].takes for name in wanted):
        raise UsageError("--embed-audio is for a page that plays the recording; add --html.")


def put(content: str | bytes, path: Path | None, language: str | None = None) -> None:
    """Write a file atomically and log its name; without a path, print it. `language` is that of the words in it."""
    if path is None:
        deliver(content)
        console.wrote(STDOUT, is_named=False, language=language)
        return
    from ..system.files import write_whole

    verb = _verb(path)
    write_whole(path, content)
    console.wrote(path, verb=verb, language=language)


def _verb(path: Path | None) -> str:
    """Return what becomes of a file, for messages: that one is lost is said each time."""
    return "Wrote" if path is None or is_stream(path) or not path.is_file() else "Replaced"


def plan_outputs(
    inputs: Sequence[str],
    formats: Sequence[str],
    output: str | None,
    suffixes: Mapping[str, str],
    usual: str = "vtt",
    others: Sequence[str] = (),
) -> list[Targets]:
    """Return the file of each format, for each input.

    Without `output` the files lie next to their input. An existing folder, or a path that ends in a slash, takes a file
    per format; "-" is standard output; anything else is the file for the one format of the one input. Without a format,
    it is the one whose suffix the file name has, or the `usual` one where it has no suffix. Raises UsageError for
    invalid output, such as an unknown suffix, that of another format, an input, or one of the `others` that are read.
    """
    for source in inputs:
        refuse_url(source)
    if output is not None and not _is_folder(output) and not _becomes_folder(output, formats, len(inputs)):
        named = formats or ([] if output == STDOUT else _named_by(output, suffixes))
        chosen = named or [usual]
        place = "standard output" if output == STDOUT else f"the file {output}"
        if len(inputs) > 1 or len(chosen) > 1:
            raise UsageError(
                f"{place[0].upper()}{place[1:]} takes one format of one input; give a folder with --output, "
                "with a slash at its end if it is new."
            )
        planned: list[Targets] = [{chosen[0]: None if output == STDOUT else Path(output)}]
        _refuse_collisions(inputs, planned, others)
        if output != STDOUT and not is_stream(Path(output)):
            _refuse_ending(Path(output), formats[0] if formats else None, suffixes)
        return planned
    planned = []
    for source in inputs:
        folder = Path(source).parent if output is None else Path(output)
        stem = Path(source).name if source.endswith(os.sep) else Path(source).stem
        planned.append({name: folder / f"{stem}{suffixes[name] or '.' + name}" for name in formats or [usual]})
    _refuse_collisions(inputs, planned, others)
    return planned


def prepare_folder(targets: Targets) -> None:
    """Create the folders of `targets`; raises OutputError, before any work, where nothing can be written."""
    for path in targets.values():
        if path is None:
            continue
        if is_stream(path):
            if not os.access(path, os.W_OK):
                raise OutputError(f"Nothing can be written to {path}; choose another place with --output.")
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"The folder {path.parent} cannot be made ({error.strerror}); choose another.") from error
        if os.path.isdir(path):
            raise OutputError(f"{path} is a folder; choose another name with --output.")
        _refuse_impossible(path)
        if not _takes_files(Path(os.path.realpath(path)).parent):
            raise OutputError(f"Nothing can be written into the folder {path.parent}; choose another with --output.")


def _takes_files(folder: Path) -> bool:
    """Return whether a file can be made in a folder; permissions alone do not tell it of /proc."""
    try:
        with TemporaryFile(dir=folder):
            return True
    except FileNotFoundError:
        return not folder.exists()  # a link to nowhere is reported when it is written
    except OSError:
        return False


def _refuse_impossible(path: Path) -> None:
    """Raise OutputError for an invalid file name, such as one of more than 255 bytes."""
    try:
        path.lstat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}; choose another name with --output.") from error


def refuse_same_artifacts(inputs: Sequence[str], folder: str | None, planned: Sequence[Targets] = ()) -> None:
    """Raise UsageError if the artifacts of an input in `folder` would overwrite another's, or a result."""
    if folder is not None:
        from ..diarizers.artifacts import artifacts_path

        results = [str(path) for targets in planned for path in targets.values() if path is not None]
        _refuse_collisions(inputs, [{"artifacts": artifacts_path(folder, source)} for source in inputs], results)


def refuse_overwriting(read: Sequence[str | Path], targets: Targets) -> None:
    """Raise UsageError if one of `targets` is a file that is read, by any of its names."""
    owners = {_identity(each): str(each) for each in read}
    for path in filter(None, targets.values()):
        if _identity(path) in owners:
            raise _written_over(path, owners[_identity(path)])


def place_of(targets: Targets) -> Path:
    """Return the folder of the first result, or the current one if that is not a file."""
    first = next(iter(targets.values()))
    return Path() if first is None or is_stream(first) else first.parent


def checkpoint_path(source: str, targets: Targets) -> Path | None:
    """Return the file for the checkpoint of an input, beside its results; None where these are no files."""
    from ..pipeline.checkpoint import SUFFIX

    first = next((path for path in targets.values() if path is not None and not is_stream(path)), None)
    if first is None:
        return None
    stem = Path(source).stem
    stem = stem if first.name.startswith(f"{stem}.") else first.stem
    return first.with_name(f"{shortened(stem)}{SUFFIX}")


def _is_folder(output: str) -> bool:
    return output != STDOUT and (output.endswith(("/", os.sep)) or os.path.isdir(output))


def _becomes_folder(output: str, formats: Sequence[str], inputs: int) -> bool:
    """Return whether several results make a folder of a name that has no suffix and does not exist."""
    is_name = output != STDOUT and not Path(output).suffix and not os.path.lexists(output)
    return is_name and max(inputs, len(formats)) > 1


def _named_by(output: str, suffixes: Mapping[str, str]) -> list[str]:
    """Return the format whose suffix or name `output` ends with, the longest if several do; [] for none."""
    ends = [(end, name) for name, suffix in suffixes.items() if suffix for end in (suffix, f".{name}")]
    fitting = [(len(end), name) for end, name in ends if output.lower().endswith(end)]
    return [max(fitting, key=lambda found: found[0])[1]] if fitting else []


def _refuse_ending(path: Path, format: str | None, suffixes: Mapping[str, str]) -> None:
    """Raise UsageError for a name whose ending is not that of the format, or of none; a name without one fits all."""
    if not path.suffix or format in COPIES:  # which containers fit a copy, its own part knows
        return
    if format is None:
        if _named_by(path.name, suffixes):
            return
        from ..formats.save import unknown_ending

        ends = {name: f".{name}" for name in suffixes}
        known = [ends[name] if suffix.endswith(ends[name]) else suffix for name, suffix in suffixes.items()]
        raise unknown_ending(path, known, PRINT)
    ends_of_format = (os.path.splitext(suffixes[format])[1] or f".{format}", *ALSO.get(format, ()))
    if path.name.lower().endswith((f".{format}", *(end.lower() for end in ends_of_format))):
        return
    others = _named_by(path.name, suffixes)
    hint = f"or ask for {others[0]}" if others else f"or {PRINT}"
    raise UsageError(f"{path.name!r} is no name for {format}: end it in {', '.join(ends_of_format)}, {hint}.")


def _refuse_collisions(inputs: Sequence[str], planned: Sequence[Targets], others: Sequence[str] = ()) -> None:
    owners = {_identity(source): str(source) for source in (*others, *inputs)}
    for source, targets in zip(inputs, planned, strict=True):
        for path in filter(None, targets.values()):
            other = owners.setdefault(_identity(path), f"{source}'s result")
            if other != f"{source}'s result":
                raise _written_over(path, other)


def _written_over(path: Path, other: str) -> UsageError:
    return UsageError(f"{path} would be written over {other}; rename an input or use another --output.")


def _identity(path: str | Path) -> object:
    """Return what identifies a file by any of its names and links; devices and terminals are never equal."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # it does not exist yet
        return os.path.realpath(path)
    is_file = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    return (found.st_dev, found.st_ino) if is_file else object()
