"""Save a transcript in the format of its file name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import PluginError, UsageError, insist, suggested
from ..media.tracks import TrackChoice
from ..plugin.formats import FormatRegistration
from ..plugin.guard import naming
from ..system.arguments import KINDS, path_of
from ..system.files import write_whole
from ..system.streams import is_stream
from ..system.temporary import is_temporary
from ..transcript import Transcript
from .html.audio import embedded_audio, link_to

if TYPE_CHECKING:
    from ..plugin.manager import Plugins
    from ..subtitles import CueRules


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
    """Write `transcript` to `path` in the named `format`, or in that of its suffix; return the path.

    `rules` are for formats with cues. A page links to the `recording`, or with `embed` contains its audio. `plugins`
    have the formats (default: the installed ones). Raises UsageError for an unknown format and for arguments of another
    type, MediaError for a recording whose audio cannot be read, and OutputError where `path` cannot be written.
    """
    _refuse_mistyped(transcript, format, rules, recording, embed=embed, crlf=crlf, bom=bom)
    path, known = path_of(path), writable(plugins)
    chosen = known_as(format, known) if format is not None else ending(path, known)
    folder = Path() if is_stream(path) else path.parent
    media = media_for(chosen, recording, folder, embed, TrackChoice(language=transcript.language))
    write_whole(path, written(transcript, chosen, rules, media=media, crlf=crlf, bom=bom))
    return path


def _refuse_mistyped(transcript: Any, format: Any, rules: Any, recording: Any, **flags: Any) -> None:
    from ..subtitles import CueRules

    insist("transcript", transcript, Transcript, "a Transcript")
    insist("format", format, (str, type(None)), "the name of a format")
    insist("rules", rules, (CueRules, type(None)), "CueRules")
    for name, flag in flags.items():
        insist(name, flag, *KINDS["bool"])
    if recording is not None:
        path_of(recording, "recording")


def media_for(
    format: FormatRegistration,
    recording: str | Path | None,
    folder: Path,
    embed: bool = False,
    choice: TrackChoice | None = None,
) -> str | None:
    """Return the URL of the recording for a file in `folder`, for a writer that takes `media`; None if unknown.

    With `embed` it is the audio itself, of the track of `choice`.
    """
    if recording is None or "media" not in format.takes:
        return None
    if not embed and is_temporary(Path(recording)):  # it is removed before anyone follows the link
        return None
    return embedded_audio(recording, choice) if embed else link_to(recording, folder)


def written(
    transcript: Transcript,
    format: FormatRegistration,
    rules: CueRules | None = None,
    *,
    media: str | None = None,
    crlf: bool = False,
    bom: bool = False,
) -> str | bytes:
    """Return the content of the file, a text with CRLF line ends and a byte order mark where these are asked for.

    Formats for programs have neither. Raises PluginError for a writer that fails or gives neither text nor bytes.
    """
    known = {"rules": rules, "media": media}
    given = {name: value for name, value in known.items() if value is not None and name in format.takes}
    writer = f"The writer {format.name!r} of {format.plugin}"
    with naming(writer):
        text = format.write(transcript, **given) if format.write is not None else None
    if isinstance(text, bytes):
        return text
    if not isinstance(text, str):
        raise PluginError(
            f"{writer} gave {type(text).__name__} instead of text; choose another format or update the plugin."
        )
    if format.for_programs:
        return text
    if crlf:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return "\ufeff" + text if bom else text


def writable(plugins: Plugins | None = None) -> dict[str, FormatRegistration]:
    """Return the formats that can be written, by name; by default, those of the installed plugins."""
    from ..plugin.manager import given_or_installed

    plugins = given_or_installed(plugins)
    return {name: format for name, format in plugins.formats.items() if format.write is not None}


def known_as(name: str, formats: Mapping[str, FormatRegistration]) -> FormatRegistration:
    """Return the format of that name. Raises UsageError where there is none."""
    if name not in formats:
        raise UsageError(f"There is no format named {name!r}; {suggested(name, formats, 'choose one of')}")
    return formats[name]


def ending(path: Path, formats: Mapping[str, FormatRegistration]) -> FormatRegistration:
    """Return the format whose suffix `path` ends in, the longest of several. Raises UsageError where there is none."""
    offers = [format for format in formats.values() if format.suffix]
    fitting = [format for format in offers if path.name.lower().endswith(format.suffix.lower())]
    if not fitting:
        raise unknown_ending(path, [format.suffix for format in offers])
    return max(fitting, key=lambda format: (len(format.suffix), format.suffix == f".{format.name}"))


def unknown_ending(path: Path, suffixes: Iterable[str], hint: str = "name a format") -> UsageError:
    """Return the error that lists the known suffixes; `hint` is the other remedy."""
    known = ", ".join(sorted({suffix for suffix in suffixes if suffix}))
    return UsageError(f"No format is known for {path.name!r}; end the name in one of {known}, or {hint}.")
