"""Saves a transcript: finds the writer for a file name, and puts the file there whole or not at all."""

from __future__ import annotations

import errno
import inspect
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import OutputError, PluginError, SpeakerPlugError, UsageError
from .guard import naming
from .linking import link_to, sound_of
from .streams import is_stream, stream_to
from .temporary import temporary_folder, temporary_path
from .transcript import Transcript

if TYPE_CHECKING:
    from .cues import CueRules
    from .plugins import Offer

Writer = Callable[..., str]


FOR_PROGRAMS = (".json", ".rttm", ".stm", ".ctm")
"""Suffixes of what only programs read: these files have LF and no byte order mark, whatever is asked for."""


def save(
    transcript: Transcript,
    path: str | Path,
    format: str | None = None,
    rules: CueRules | None = None,
    *,
    recording: str | Path | None = None,
    embed: bool = False,
    crlf: bool = False,
    bom: bool = False,
) -> Path:
    """Write `transcript` to `path` in the named `format`, or in the one that the file name ends in; give the path back.

    `rules` are for formats that have cues. A page links to the `recording`, or with `embed` holds its sound.
    Raises UsageError for a format nobody registered, MediaError for a recording whose sound cannot be read, and
    OutputError where `path` cannot be written.
    """
    path, offer = Path(path), offer_for(Path(path), format)
    media = media_for(offer, recording, Path() if is_stream(path) else path.parent, embed)
    write_whole(path, written(transcript, offer, rules, media=media, crlf=crlf, bom=bom))
    return path


def media_for(offer: Offer[Writer], recording: str | Path | None, folder: Path, embed: bool = False) -> str | None:
    """Where a file in `folder` finds the recording, for a writer that takes `media`; None where it is not known."""
    if recording is None or not takes(offer.make, "media"):
        return None
    return sound_of(recording) if embed else link_to(recording, folder)


def written(
    transcript: Transcript,
    offer: Offer[Writer],
    rules: CueRules | None = None,
    *,
    media: str | None = None,
    crlf: bool = False,
    bom: bool = False,
) -> str:
    """The text of the file, with CRLF line ends and a byte order mark where these are asked for.

    A writer that takes `rules` or `media` is told them. Formats that only programs read go without line ends or mark.
    Raises PluginError for a writer that fails or gives no text.
    """
    known = {"rules": rules, "media": media}
    told = {name: value for name, value in known.items() if value is not None and takes(offer.make, name)}
    with naming(f"The writer {offer.name!r} of {offer.plugin}"):
        text = offer.make(transcript, **told)
    if not isinstance(text, str):
        raise PluginError(
            f"The writer {offer.name!r} of {offer.plugin} gave {type(text).__name__} instead of text; "
            f"choose another format or update the plugin."
        )
    if offer.suffix.endswith(FOR_PROGRAMS):
        return text
    if crlf:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return "\ufeff" + text if bom else text


def takes(writer: Writer, argument: str) -> bool:
    """Whether a writer has an argument of that name."""
    try:
        return argument in inspect.signature(writer).parameters
    except (TypeError, ValueError):  # some built-in functions do not tell
        return False


def offer_for(path: Path, format: str | None = None) -> Offer[Writer]:
    """The writer registered as `format`, or the one whose suffix `path` ends in (the longest, if several do).

    Raises UsageError where there is none.
    """
    from .plugins import load_plugins

    plugins = load_plugins()
    if format is not None:
        return plugins.choose("writers", format)
    offers = [offer for offer in plugins.writers.values() if offer.suffix]
    fitting = [offer for offer in offers if path.name.lower().endswith(offer.suffix)]
    if not fitting:
        suffixes = ", ".join(sorted({offer.suffix for offer in offers}))
        raise UsageError(f"No format is known for {path.name!r}; end the name in one of {suffixes}, or name a format.")
    return max(fitting, key=lambda offer: (len(offer.suffix), offer.suffix == f".{offer.name}"))


def write_whole(path: Path, content: str | bytes) -> None:
    """Put `content` (text as UTF-8, its line ends as they are) into the file at `path`, there whole or not at all.

    An existing file keeps its permissions, a link its place: what it points to is replaced. Open descriptors
    (/dev/stdout), pipes and devices are written through. Raises OutputError where that cannot be.
    """
    # Text from a plugin may hold halves of characters, from a file name that is not UTF-8.
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        if is_stream(path):
            with stream_to(path) as stream:
                stream.write(data)
            return
        with _beside(path) as temporary, temporary.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise OutputError(_explained(path, error)) from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name to write a file to, which becomes the one at `path` when the block ends well, and goes away otherwise.

    An existing file keeps its permissions, a link its place; what only takes what is written gets the whole of it.
    Raises OutputError where that cannot be.
    """
    try:
        with _for_stream(path) if is_stream(path) else _beside(path) as temporary:
            yield temporary
    except OSError as error:
        if isinstance(error, SpeakerPlugError):
            raise
        raise OutputError(_explained(path, error)) from error


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which becomes the one at `path` when the block ends well, and goes away otherwise.

    Raises OutputError where `path` is there already, other than as an empty folder, or cannot be written.
    """
    refuse_taken(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_path(path.parent) as temporary:
            temporary.mkdir()
            yield temporary
            if path.exists():
                path.rmdir()  # an empty one, which not every system replaces
            temporary.replace(path)
    except OSError as error:
        if isinstance(error, SpeakerPlugError):
            raise
        raise OutputError(f"{path} cannot be written: {error.strerror or error}; choose another place.") from error


def refuse_taken(path: Path) -> None:
    """Raise OutputError where there is something at `path` that a new folder would take the place of."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise OutputError(f"{path} is there already; name a folder that is not.")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """The name of a file that takes the place of the one at `path`, on the disk by then, when the block ends well."""
    mode = path.stat().st_mode if path.exists() else None
    target = Path(os.path.realpath(path))
    # Not made by tempfile: a file that is opened by this name gets the permissions that the umask allows.
    with temporary_path(target.parent) as temporary:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        os.replace(temporary, target)


@contextmanager
def _for_stream(path: Path) -> Iterator[Path]:
    """The name of a file, elsewhere, that is written through `path` when the block ends well."""
    with temporary_folder() as folder:
        yield folder / "whole"
        with (folder / "whole").open("rb") as file, stream_to(path) as stream:
            shutil.copyfileobj(file, stream)


def _explained(path: Path, error: OSError) -> str:
    """One sentence on why `path` cannot be written, with the remedy."""
    if os.path.isdir(path):
        return f"{path} is a folder; add a file name to it."
    if error.errno == errno.EBADF:
        return f"{path} is not open for writing; open it in the shell, such as with 3> FILE, or name a file."
    if isinstance(error, NotADirectoryError):
        return f"{path} cannot be written because a part of its path is a file; choose another folder."
    if isinstance(error, FileNotFoundError):
        return f"{path} cannot be written because its folder does not exist; create it first."
    if isinstance(error, PermissionError):
        return f"{path} cannot be written: {error.strerror}; choose a folder that you may write to."
    return f"{path} cannot be written: {error.strerror or error}; make room or choose another place."
