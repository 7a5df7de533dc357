"""The registration of a file format: how it is recognized, read and written; and the file that a reader gets."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MediaError, UsageError
from ..system.arguments import path_of
from ..system.code_pages import encoding_of, is_encoding, unicode_of

if TYPE_CHECKING:
    from ..subtitles.parsed import ParsedCue
    from ..transcript import Transcript

TAKES = ("rules", "media")
"""The optional arguments of a writer."""

HEAD_BYTES = 4096


@dataclass(frozen=True)
class FileContent:
    """The content of a file, read once: as `data`, as `text` without a byte order mark, or as `json`.

    `declared` is the encoding that the user names; without, it is found.
    """

    path: Path
    data: bytes
    declared: str | None = None

    @classmethod
    def of(cls, path: str | Path, encoding: str | None = None) -> FileContent:
        """Read the file; raises MediaError if it cannot be read, UsageError for an invalid path or encoding."""
        path = path_of(path)
        if encoding is not None and not is_encoding(encoding):
            raise UsageError(f"There is no encoding {encoding!r}; name one such as utf-8, cp1252, cp1251 or shift_jis.")
        try:
            return cls(path, path.read_bytes().removeprefix(b"\xef\xbb\xbf"), encoding)
        except FileNotFoundError as error:
            raise MediaError(f"There is no file {path}; check the path.") from error
        except IsADirectoryError as error:
            raise MediaError(f"{path} is a folder; name a file in it.") from error
        except OSError as error:
            raise MediaError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error

    @cached_property
    def head(self) -> str:
        """The beginning of the text, by which a format is recognized; never fails, even for binary files."""
        return self.data[:HEAD_BYTES].decode(self._unicode, "replace").removeprefix("\ufeff")

    @cached_property
    def encoding(self) -> str:
        """The encoding that was declared; else Unicode, or the code page that the letters are most likely in."""
        return self.declared or encoding_of(self.data)

    @property
    def is_unicode(self) -> bool:
        """Whether the encoding is certain, not a guessed code page."""
        return self.declared is not None or self.encoding.startswith("utf")

    @cached_property
    def text(self) -> str:
        """The whole text, without a byte order mark; raises MediaError where it is not in the declared encoding."""
        try:
            text = self.data.decode(self.encoding, "replace" if self.declared is None else "strict")
        except UnicodeError as error:
            raise MediaError(
                f"{self.path} is not in the encoding {self.declared}; name another one, or none to have it found."
            ) from error
        return text.removeprefix("\ufeff")

    def items(self) -> Iterator[FileContent]:
        """Yield each item of a JSON list as a file of its own: programs write a list for several recordings."""
        for item in self.json if isinstance(self.json, list) else ():
            yield FileContent(self.path, json.dumps(item).encode())

    @cached_property
    def json(self) -> Any:
        """The document as Python's JSON (NaN is a number), a list for objects one after the other; else None."""
        try:
            text = self.data.decode(self._unicode).removeprefix("\ufeff")
            try:
                return json.loads(text)
            except json.JSONDecodeError:
                return list(_objects(text)) or None
        except (ValueError, RecursionError):
            return None

    @property
    def _unicode(self) -> str:
        return self.declared or unicode_of(self.data) or "utf-8"


def _objects(text: str) -> Iterator[Any]:
    """Yield the JSON objects that stand one after the other, as in JSON lines; raises ValueError for anything else."""
    decoder = json.JSONDecoder()
    place = text.find("{")
    end = 0
    while place >= 0:
        if text[end:place].strip():
            break
        document, end = decoder.raw_decode(text, place)
        yield document
        place = text.find("{", end)
    if text[end:].strip():
        raise ValueError("there is something other than objects")


@dataclass(frozen=True)
class FormatRegistration:
    """A file format with a `name` and a `suffix`; it can be written, read or both.

    `write` returns a transcript as the text of a file, or as its bytes, without opening any. It gets the arguments
    named in `takes`, which need defaults: `rules` (CueRules) for its cues, and `media`, the URL of the recording
    relative to the file. A format `for_programs` always has LF line ends and no byte order mark. `check` returns why it
    cannot be written here, as a sentence, or None; it is asked before any work.

    `matches` returns whether a file is of this format, by its content. `read` returns its transcript, and raises
    MediaError or ValueError for a damaged file; for subtitles, `read_cues` returns the cues as they are shown, for
    `speakerplug check`, which suffices for a transcript.
    """

    name: str
    description: str = ""
    suffix: str = ""
    write: Callable[..., str | bytes] | None = None
    check: Callable[[], str | None] | None = None
    takes: Collection[str] = ()
    for_programs: bool = False
    matches: Callable[[FileContent], bool] | None = None
    read: Callable[[FileContent], Transcript] | None = None
    read_cues: Callable[[FileContent], Sequence[ParsedCue]] | None = None
    plugin: str = ""
    """The plugin that registered it, filled in by the plugin manager."""

    @property
    def readable(self) -> bool:
        """Whether its files can be read as transcripts."""
        return self.read is not None or self.read_cues is not None


def fault_of(format: FormatRegistration) -> str | None:
    """Return why a registration with a valid name is invalid; None if it is valid."""
    if not isinstance(format.suffix, str):
        return "its suffix is not a string"
    if "/" in format.suffix or "\\" in format.suffix:
        return "its suffix names a folder"
    for name in ("write", "check", "matches", "read", "read_cues"):
        call = getattr(format, name)
        if call is not None and not callable(call):
            return f"its {name} is not callable"
    if not isinstance(format.for_programs, bool):
        return "its for_programs is neither True nor False"
    if format.write is None and not format.readable:
        return "it has neither write nor read"
    is_several = isinstance(format.takes, Collection) and not isinstance(format.takes, str)
    if not is_several or not all(each in TAKES for each in format.takes):
        return f"its takes can only be {' and '.join(TAKES)}"
    return None
