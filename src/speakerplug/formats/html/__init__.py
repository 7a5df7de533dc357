"""HTML: the transcript as one page that plays, searches and corrects it, and needs nothing but a browser.

The page is made of the files beside this one: page.html is the frame, page.css how it looks, and each of the scripts
one thing that it does. They stand in the file itself, named by their hashes; nothing else may run, and nothing but the
recording is fetched.
"""

from __future__ import annotations

import json as plain_json
import mimetypes
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import quote

from ...plugin.formats import FormatRegistration
from ...transcript import Transcript, plain
from .. import json

SCRIPTS = ("talk", "edits", "turns", "player", "following", "timeline", "people", "search", "saving", "keys")
"""Each a file, in the order in which they run."""

_ESCAPES = str.maketrans({"<": r"\u003c", "\u2028": r"\u2028", "\u2029": r"\u2029"})


def write(transcript: Transcript, media: str | None = None) -> str:
    """The transcript as a web page in one file.

    `media` is where the recording is: an address relative to the page, or a `data:` URL of the sound itself. Without it
    the recording is looked for beside the page, by its name.
    """
    style = _file("page.css")
    script = "\n".join(_file(f"{name}.js") for name in SCRIPTS)
    recording, sound = _recording(transcript, media)
    return Template(_file("page.html")).substitute(
        policy=_policy(style, script),
        title=escape(plain(transcript.media.file) or "Transcript"),
        style=style,
        script=script,
        transcript=json.write(transcript).translate(_ESCAPES),
        recording=plain_json.dumps(recording).translate(_ESCAPES),
        sound=escape(sound),
    )


def _recording(transcript: Transcript, media: str | None) -> tuple[dict[str, str | bool | None], str]:
    """What the page is told of the recording, and the sound in base64 where it is in the file."""
    if media is None:
        media = _beside(transcript.media.file)
    if media is not None and media.startswith("data:"):
        kind, _, sound = media.removeprefix("data:").partition(";base64,")
        return {"url": None, "embedded": kind, "video": kind.startswith("video/")}, sound
    kind = mimetypes.guess_type(media or "")[0] or ""
    return {"url": media, "embedded": None, "video": kind.startswith("video/")}, ""


def _beside(name: str) -> str | None:
    """The address of a file in the page's own folder; none for subtitles, which have no sound."""
    if not name or Path(name).suffix.lower() in (".vtt", ".srt"):
        return None
    return quote(name.encode("utf-8", "replace"), safe="")


def _policy(style: str, script: str) -> str:
    """Runs this style and this script, plays files beside the page and chosen ones, and allows nothing else at all."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_named(script)}",
            f"style-src {_named(style)}",
            "media-src 'self' file: blob:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _named(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


FORMAT = FormatRegistration("html", "a web page that plays, searches and corrects it", ".html", write, takes=("media",))
