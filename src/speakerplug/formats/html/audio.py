"""How a page finds its recording: an address from the folder it lies in, or the sound itself."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote


def link_to(recording: str | Path, folder: str | Path) -> str:
    """The address of `recording` for a page in `folder`: relative, each sign that means something in it encoded."""
    target = os.path.abspath(recording)
    try:
        path = os.path.relpath(target, os.path.abspath(folder))
    except ValueError:  # another drive of Windows
        return Path(target).as_uri()
    return quote(os.fsencode(path.replace(os.sep, "/")))


def sound_of(recording: str | Path) -> str:
    """The sound of `recording` as a `data:` URL.

    A compressed sound file that browsers play is taken as it is. Of everything else, films and uncompressed sound, it
    is the mix that was transcribed, as Opus in Ogg. Raises MediaError for a file without sound that can be read.
    """
    from base64 import b64encode

    from ...media.encode import playable, small

    path = Path(recording)
    kind = playable(path)
    kind, data = (kind, path.read_bytes()) if kind else ("audio/ogg", small(path))
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"
