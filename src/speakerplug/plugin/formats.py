"""What a plugin registers for a format: how it is recognized, read and written; and the file that a reader is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MediaError
from ..system.arguments import path_of

if TYPE_CHECKING:
    from ..subtitles.parsed import ParsedCue
    from ..transcript import Transcript

TAKES = ("rules", "media")
"""What a writer may be given, by these names."""

HEAD_BYTES = 4096
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class FileContent:
    """What a file holds, read once: as `data` (without a byte order mark of UTF-8), `text` or `json`."""

    path: Path
    data: bytes

    @classmethod
    def of(cls, path: str | Path) -> FileContent:
        """Read the file; raises MediaError where it cannot be read, UsageError for what is no path."""
        path = path_of(path)
        try:
            return cls(path, path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        except FileNotFoundError as error:
            raise MediaError(f"There is no file {path}; check the path.") from error
        except IsADirectoryError as error:
            raise MediaError(f"{path} is a folder; name the file in it that is meant.") from error
        except OSError as error:
            raise MediaError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error

    @cached_property
    def head(self) -> str:
        """The beginning of the text, by which a format is recognized; never fails, whatever the file is."""
        return self.data[:HEAD_BYTES].decode(self._unicode, "replace")

    @cached_property
    def encoding(self) -> str:
        """UTF-8 or UTF-16; for everything else Windows-1252, the code page that has a letter for almost every byte."""
        try:
            self.data.decode(self._unicode)
        except UnicodeDecodeError:
            return "cp1252"
        return self._unicode

    @property
    def is_unicode(self) -> bool:
        """Whether its letters are known, and not those of a code page that was guessed."""
        return self.encoding != "cp1252"

    @cached_property
    def text(self) -> str:
        """The whole text, without a byte order mark."""
        return self.data.decode(self.encoding, "strict" if self.is_unicode else "replace")

    def items(self) -> Iterator[FileContent]:
        """Each item of a JSON list as a file of its own, as programs write lists that take several recordings."""
        for item in self.json if isinstance(self.json, list) else ():
            yield FileContent(self.path, json.dumps(item).encode())

    @cached_property
    def json(self) -> Any:
        """JSON as Python writes it (NaN is a number), or with a document on each line; None for what is neither."""
        try:
            text = self.data.decode(self._unicode)
            try:
                return json.loads(text)
            except json.JSONDecodeError:
                return [json.loads(line) for line in text.splitlines() if line.strip()] or None
        except (ValueError, RecursionError):
            return None

    @property
    def _unicode(self) -> str:
        return "utf-16" if self.data[:2] in _UTF16 else "utf-8"


@dataclass(frozen=True)
class FormatRegistration:
    """A format under a `name`, which files with its `suffix` have; each direction may be missing.

    `write` turns a transcript into the text of a file and opens none. It is given what `takes` names, as arguments that
    need defaults: `rules` (CueRules), by which it cuts cues, and `media`, the URL at which its file finds the
    recording. A file `for_programs` has LF and no byte order mark, whatever is asked for.

    `matches` says of any file whether it is of this format, by what it holds. `read` gives its transcript, and raises
    MediaError or ValueError for one that is damaged; of subtitles, `read_cues` gives the cues as they are shown, for
    `speakerplug check`, and is enough for a transcript.
    """

    name: str
    description: str = ""
    suffix: str = ""
    write: Callable[..., str] | None = None
    takes: Collection[str] = ()
    for_programs: bool = False
    matches: Callable[[FileContent], bool] | None = None
    read: Callable[[FileContent], Transcript] | None = None
    read_cues: Callable[[FileContent], Sequence[ParsedCue]] | None = None
    plugin: str = ""
    """Who registered it; the registry says that."""

    @property
    def readable(self) -> bool:
        """Whether a transcript can be read from its files."""
        return self.read is not None or self.read_cues is not None


def fault_of(format: FormatRegistration) -> str | None:
    """Return why it cannot be registered, though its name can; None where it can."""
    if not isinstance(format.suffix, str):
        return "its suffix is no text"
    if "/" in format.suffix or "\\" in format.suffix:
        return "its suffix names a folder"
    for name in ("write", "matches", "read", "read_cues"):
        call = getattr(format, name)
        if call is not None and not callable(call):
            return f"its {name} cannot be called"
    if not isinstance(format.for_programs, bool):
        return "its for_programs is neither True nor False"
    if format.write is None and not format.readable:
        return "it neither writes nor reads"
    is_several = isinstance(format.takes, Collection) and not isinstance(format.takes, str)
    if not is_several or not all(each in TAKES for each in format.takes):
        return f"its takes can be {' and '.join(TAKES)} alone"
    return None
