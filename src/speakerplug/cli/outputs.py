"""Which file each result goes to: worked out, and refused where it cannot be meant, before the work begins."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import OutputError, UsageError
from ..media.file import refuse_url
from ..system.streams import is_stream

STDOUT = "-"

Targets = Mapping[str, Path | None]
"""The file for each format; None prints it."""


def plan_outputs(
    inputs: Sequence[str],
    formats: Sequence[str],
    output: str | None,
    suffixes: Mapping[str, str],
    usual: str = "vtt",
    others: Sequence[str] = (),
) -> list[Targets]:
    """For each input the file that each format goes to.

    Without `output` the files lie beside their input; an existing folder, or a path that ends in a slash, takes
    a file a format; "-" prints; anything else is the file for the one format of the one input. No format means
    the one that the file name ends in, else the `usual` one. Raises UsageError for what cannot be meant, such as
    to write over an input or over one of the `others` that are read.
    """
    for source in inputs:
        refuse_url(source)
    if output is not None and not _is_folder(output):
        chosen = formats or ([] if output == STDOUT else _named_by(output, suffixes)) or [usual]
        place = "standard output" if output == STDOUT else f"the file {output}"
        if len(inputs) > 1 or len(chosen) > 1:
            raise UsageError(
                f"{place[0].upper()}{place[1:]} takes one format of one input; give a folder with --output."
            )
        planned: list[Targets] = [{chosen[0]: None if output == STDOUT else Path(output)}]
        _refuse_collisions(inputs, planned, others)
        return planned
    planned = []
    for source in inputs:
        folder = Path(source).parent if output is None else Path(output)
        stem = Path(source).name if source.endswith(os.sep) else Path(source).stem
        planned.append({name: folder / f"{stem}{suffixes[name] or '.' + name}" for name in formats or [usual]})
    _refuse_collisions(inputs, planned, others)
    return planned


def prepare_folder(targets: Targets) -> None:
    """Make the folders of `targets`; raises OutputError, before any work, where nothing can be written."""
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
        if not os.access(path.parent, os.W_OK):
            raise OutputError(f"Nothing can be written into the folder {path.parent}; choose another with --output.")


def _refuse_impossible(path: Path) -> None:
    """Raise OutputError for a name that no file can have, such as one of more than 255 bytes."""
    try:
        path.lstat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}; choose another name with --output.") from error


def refuse_same_artifacts(inputs: Sequence[str], folder: str | None, planned: Sequence[Targets] = ()) -> None:
    """Raise UsageError where the artifacts of an input would have the name of another's in `folder`, or of a result."""
    if folder is not None:
        from ..diarizers.artifacts import artifacts_path

        results = [str(path) for targets in planned for path in targets.values() if path is not None]
        _refuse_collisions(inputs, [{"artifacts": artifacts_path(folder, source)} for source in inputs], results)


def refuse_overwriting(read: Sequence[str | Path], targets: Targets) -> None:
    """Raise UsageError where one of `targets` is a file that is read, by whatever name."""
    owners = {_identity(each): str(each) for each in read}
    for path in filter(None, targets.values()):
        if _identity(path) in owners:
            raise _written_over(path, owners[_identity(path)])


def place_of(targets: Targets) -> Path:
    """The folder in which something more may be put beside the results: the first one's, where that is a file."""
    first = next(iter(targets.values()))
    return Path() if first is None or is_stream(first) else first.parent


def _is_folder(output: str) -> bool:
    return output != STDOUT and (output.endswith(("/", os.sep)) or os.path.isdir(output))


def _named_by(output: str, suffixes: Mapping[str, str]) -> list[str]:
    """The format whose suffix or name `output` ends in: the longest, if several do."""
    ends = [(end, name) for name, suffix in suffixes.items() if suffix for end in (suffix, f".{name}")]
    fitting = [(len(end), name) for end, name in ends if output.lower().endswith(end)]
    return [max(fitting, key=lambda found: found[0])[1]] if fitting else []


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
    """What tells a file from every other, by whatever name and link; no two devices or terminals are the same."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # not there yet
        return os.path.realpath(path)
    is_file = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    return (found.st_dev, found.st_ino) if is_file else object()
