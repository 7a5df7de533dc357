"""The configuration files: where they are looked for, what is in them, and on which line."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import UsageError, first_line

NAME = "speakerplug.toml"
VARIABLE = "SPEAKERPLUG_CONFIG"
"""Names a file, as --config does."""
LARGEST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A configuration file; `is_own` is false for one that was found in a folder, which may be a stranger's."""

    path: Path
    content: Mapping[str, Any]
    text: str
    is_own: bool

    def where(self, table: str, key: str = "") -> str:
        """Return the place of a table, or of a key in it ("" is the top level), as messages name it."""
        number = line_of(self.text, table, key)
        return f"{self.path}, line {number}" if number else str(self.path)


def config_files(named: str | None) -> list[ConfigFile]:
    """Return the files that hold, the weakest first: the one that is named, else the user's own and the folder's.

    Raises UsageError for a file that cannot be read, or is no TOML.
    """
    named = named or os.environ.get(VARIABLE) or None
    if named is not None:
        return [_read(Path(named), is_own=True)]
    own, found = own_path(), found_path()
    files = [_read(own, is_own=True)] if own.is_file() else []
    if found is not None and not (files and found.samefile(own)):
        files.append(_read(found, is_own=False))
    return files


def own_path() -> Path:
    """Return the path of the user's own file, which need not exist."""
    from platformdirs import user_config_path

    return user_config_path("speakerplug", appauthor=False) / NAME


def found_path() -> Path | None:
    """Return the file in the current folder, or in the nearest one above it; None where there is none."""
    try:
        here = Path.cwd()
    except OSError:  # the folder was removed
        return None
    return next((path for path in (folder / NAME for folder in (here, *here.parents)) if _is_file(path)), None)


def line_of(text: str, table: str, key: str = "") -> int | None:
    """Return the line, from 1, of a table's key, or of its head without a key; None where it is not seen."""
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line)
        if head is not None:
            current = head[1].strip("\"'")
            if not key and current == table:
                return number
            continue
        name = line.partition("=")[0].replace('"', "").replace("'", "").strip() if "=" in line else ""
        if (key and (current, name) == (table, key)) or (not current and table and name == f"{table}.{key}"):
            return number
        if not key and not current and (name == table or name.startswith(f"{table}.")):
            return number
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that may not be searched
        return False


def _read(path: Path, is_own: bool) -> ConfigFile:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"The configuration {path} cannot be read ({error.strerror}); check --config.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The configuration {path} is not UTF-8; save it as UTF-8.") from error
    if len(data) > LARGEST_BYTES:
        raise UsageError(f"The configuration {path} is larger than 1 MB; check --config.")
    try:
        return ConfigFile(path, tomllib.loads(text), text, is_own)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"The configuration {path} is no valid TOML: {first_line(error)}.") from error
