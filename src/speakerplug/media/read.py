"""Reads the audio of a recording: its channels mixed, or each for itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MediaError
from ..system.progress import Progress

if TYPE_CHECKING:
    from ..waveform import Waveform


def read_waveform(path: str | Path, progress: Progress | None = None) -> Waveform:
    """The sound of a recording, video or audio, on the clock that a player shows for it.

    Of several audio streams the one that a player would choose is taken; channels are mixed to one.
    `progress` is called as `progress("decoding", seconds_done, seconds_total)`. Damaged stretches stay silent,
    and a file that ends early is read as far as it goes, with one warning in the log.
    Raises MediaError for a file that is missing, unreadable, no recording, or without sound.
    """
    (mix,) = _read(Path(path), progress, mix=True)
    return mix


def read_channels(path: str | Path, progress: Progress | None = None) -> tuple[Waveform, ...]:
    """The sound of each channel of a recording, all equally long and on the same clock; else as `read_waveform`.

    They keep their levels towards each other.
    """
    return _read(Path(path), progress, mix=False)


def _read(path: Path, progress: Progress | None, mix: bool) -> tuple[Waveform, ...]:
    check_file(path)
    from ..waveform import Waveform, frozen  # a missing file is said without numpy, whose import takes its time
    from .decode import decode

    return tuple(Waveform(frozen(samples), path.name) for samples in decode(path, progress, mix))


def check_file(path: Path) -> None:
    """Raise MediaError for whatever can be told without opening a decoder."""
    try:
        if path.is_dir():
            raise MediaError(f"{path} is a folder: name a file in it.")
        if not path.exists():
            raise MediaError(f"There is no file {path}: check the spelling and the folder.")
        if not path.is_file():
            raise MediaError(f"{path} is not a regular file: save the recording to a file first.")
        with path.open("rb") as file:
            if not file.read(1):
                raise MediaError(f"{path} is empty: copy or record it again.")
    except PermissionError as error:
        raise MediaError(f"{path} may not be read: ask its owner, or change its permissions.") from error
    except OSError as error:
        raise MediaError(f"{path} cannot be opened ({error}): check the path and the disk.") from error
