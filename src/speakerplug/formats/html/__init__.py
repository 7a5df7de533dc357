"""HTML: the transcript as a page to play, search and correct it, which needs nothing but a browser.

The page is made of the files next to this one: page.html is the frame, page.css the style, and each script one
feature. They are inlined and allowed by their hashes; nothing else may run, and nothing but the recording is loaded.
"""

from __future__ import annotations

import json as plain_json
import mimetypes
import shlex
from base64 import b64encode
from dataclasses import asdict
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import quote

from ...attribution.uncertain import limits_of
from ...errors import MediaError
from ...plugin.formats import FileContent, FormatRegistration
from ...transcript import Transcript, can_relabel, plain, plausible_numbers
from .. import json

SCRIPTS = ("talk", "edits", "turns", "player", "following", "timeline", "people", "search", "saving", "keys")
"""The scripts, each in a file, in the order in which they run."""

_BEGINNING, _END = b'<script type="application/json" id="transcript">', b"</script>"
_ESCAPES = str.maketrans({"<": r"\u003c", "\u2028": r"\u2028", "\u2029": r"\u2029"})


def write(transcript: Transcript, media: str | None = None) -> str:
    """Return the transcript as a web page in one file.

    `media` is the URL of the recording: relative to the page, or a `data:` URL of the audio itself. Without it, the
    recording is expected next to the page, by its name.
    """
    style = _file("page.css")
    script = "\n".join(_file(f"{name}.js") for name in SCRIPTS)
    recording, audio = _recording(transcript, media)
    doubt, remedy = _doubt(transcript) or ("", "")
    return Template(_file("page.html")).substitute(
        policy=_policy(style, script),
        title=escape(plain(transcript.media.file) or "Transcript"),
        style=style,
        script=script,
        settled="" if doubt else " hidden",
        doubt=escape(doubt),
        remedy=escape(remedy),
        transcript=json.write(transcript).translate(_ESCAPES),
        recording=plain_json.dumps(recording).translate(_ESCAPES),
        limits=plain_json.dumps(asdict(limits_of(transcript.words))),
        audio=escape(audio),
    )


def matches(file: FileContent) -> bool:
    """Return whether it is a page of ours, which holds its transcript."""
    return file.head.lstrip()[:9].lower() == "<!doctype" and _BEGINNING in file.data


def read(file: FileContent) -> Transcript:
    """Return the transcript in a page, as it was written: corrections are in the JSON that the page saves.

    Raises MediaError for another page.
    """
    _, begun, rest = file.data.partition(_BEGINNING)
    if not begun:
        raise MediaError(f"{file.path} is not a page of SpeakerPlug; name a transcript or subtitles.")
    return json.read(FileContent(file.path, rest.partition(_END)[0]))


def _recording(transcript: Transcript, media: str | None) -> tuple[dict[str, str | bool | None], str]:
    """Return what the page needs to know of the recording, and the audio in base64 where it is embedded."""
    if media is None:
        media = _next_to_page(transcript.media.file)
    if media is not None and media.startswith("data:"):
        kind, _, audio = media.removeprefix("data:").partition(";base64,")
        return {"url": None, "embedded": kind, "video": kind.startswith("video/")}, audio
    kind = mimetypes.guess_type(media or "")[0] or ""
    return {"url": media, "embedded": None, "video": kind.startswith("video/")}, ""


def _doubt(transcript: Transcript) -> tuple[str, str] | None:
    """Return a sentence on the plausible numbers of speakers, and what changes the number; None without doubt."""
    numbers = plausible_numbers(transcript)
    if numbers is None:
        return None
    count = len(transcript.speakers)
    found = f"{count} speaker{'' if count == 1 else 's'} found; it may be {numbers}"
    if not can_relabel(transcript):
        return f"{found}: transcribe again with", "--num-speakers N"
    name = Path(plain(transcript.media.file)).stem or "talk"
    return f"{found}: type", f"speakerplug relabel {shlex.quote(name + '.json')} --num-speakers N"


def _next_to_page(name: str) -> str | None:
    """Return the URL of a file in the page's own folder; None for subtitles, which have no audio."""
    if not name or Path(name).suffix.lower() in (".vtt", ".srt"):
        return None
    return quote(name.encode("utf-8", "replace"), safe="")


def _policy(style: str, script: str) -> str:
    """Return the policy: run this style and these scripts, play files next to the page or chosen ones."""
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


FORMAT = FormatRegistration(
    "html",
    "a web page to play, search and correct the transcript",
    ".html",
    write,
    takes=("media",),
    matches=matches,
    read=read,
)
