"""Saves a transcript with the writer that its file name means."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PluginError, UsageError
from ..plugin.guard import naming
from ..system.files import write_whole
from ..system.streams import is_stream
from ..transcript import Transcript
from .html.audio import link_to, sound_of

if TYPE_CHECKING:
    from ..plugin.manager import Plugins, Registration
    from ..subtitles import CueRules

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
    plugins: Plugins | None = None,
) -> Path:
    """Write `transcript` to `path` in the named `format`, or in the one that the file name ends in; give the path back.

    The formats are those of `plugins` (None: the installed ones). `rules` are for formats that have cues. A page links
    to the `recording`, or with `embed` holds its sound.
    Raises UsageError for a format nobody registered, MediaError for a recording whose sound cannot be read, and
    OutputError where `path` cannot be written.
    """
    path, offer = Path(path), offer_for(Path(path), format, plugins)
    media = media_for(offer, recording, Path() if is_stream(path) else path.parent, embed)
    write_whole(path, written(transcript, offer, rules, media=media, crlf=crlf, bom=bom))
    return path


def media_for(
    offer: Registration[Writer], recording: str | Path | None, folder: Path, embed: bool = False
) -> str | None:
    """Where a file in `folder` finds the recording, for a writer that takes `media`; None where it is not known."""
    if recording is None or not takes(offer.make, "media"):
        return None
    return sound_of(recording) if embed else link_to(recording, folder)


def written(
    transcript: Transcript,
    offer: Registration[Writer],
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


def offer_for(path: Path, format: str | None = None, plugins: Plugins | None = None) -> Registration[Writer]:
    """The writer registered as `format`, or the one whose suffix `path` ends in (the longest, if several do).

    Raises UsageError where there is none.
    """
    from ..plugin.manager import load_plugins

    plugins = plugins or load_plugins()
    if format is not None:
        offer: Registration[Writer] = plugins.choose("writers", format)
        return offer
    offers = [offer for offer in plugins.writers.values() if offer.suffix]
    fitting = [offer for offer in offers if path.name.lower().endswith(offer.suffix)]
    if not fitting:
        suffixes = ", ".join(sorted({offer.suffix for offer in offers}))
        raise UsageError(f"No format is known for {path.name!r}; end the name in one of {suffixes}, or name a format.")
    return max(fitting, key=lambda offer: (len(offer.suffix), offer.suffix == f".{offer.name}"))
