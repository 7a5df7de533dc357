"""Load a transcript from a file: the registered formats recognize it by its content."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..attribution import timed_words
from ..errors import MediaError, PluginError, SpeakerPlugError, UsageError, first_line, kind_of
from ..plugin.formats import HEAD_BYTES, FileContent, FormatRegistration
from ..plugin.guard import told
from ..plugin.validation import admitted_diarization, admitted_transcript, admitted_words
from ..subtitles.parsed import ParsedCue
from ..transcript import Diarization, Transcript
from . import json
from .kept import SubtitleFile, read_file
from .subtitles import transcript_from_cues

if TYPE_CHECKING:
    from ..plugin.manager import Plugins

log = logging.getLogger(__name__)

READABLE = "readable format (`speakerplug plugins` lists the formats)"


def load(path: str | Path, plugins: Plugins | None = None, encoding: str | None = None) -> Transcript:
    """Return the transcript that was saved at `path`, by SpeakerPlug or by another program.

    JSON of ours comes back as it was; unknown keys are ignored. Subtitles give names, and words with estimated times.
    Files of other programs (docs/how-to/attribute.md) are recognized by their content; their speakers' runs of words
    are the turns. `plugins` have the formats (default: the installed ones); `encoding` is the name of the text's
    (default: found). Raises MediaError for a file that is missing, unreadable, empty or damaged, UsageError for one
    that is no transcript or was written by a newer major version, and for an unknown encoding.
    """
    plugins = _installed(plugins)
    file, format = _recognized(path, encoding, plugins)
    if format is None:
        _refuse(file, plugins)
    with _explaining(file, format):
        read = format.read
        transcript = read(file) if read is not None else transcript_from_cues(_cues_of(file, format), file.path)
        if not isinstance(transcript, Transcript):
            raise TypeError(f"it gave {kind_of(transcript)}, not a Transcript")
        transcript = _admitted(transcript, str(path))
    _say_encoding(file)
    if not transcript.words and not transcript.turns and format.name != json.FORMAT.name:  # whose making has said so
        log.warning("%s has no %s.", path, "words" if format.read_cues is None else "cues")
    return transcript


def load_own(file: FileContent) -> Transcript:
    """Return the transcript in a JSON file of ours, to change it in place. Raises as `load`, and for other formats."""
    _, format = recognized(file, _installed())
    if format is not None and format.name != json.FORMAT.name:
        raise UsageError(
            f"{file.path} has names but no speaker ids, and only the JSON of a transcript can be changed; "
            "make one with `speakerplug convert --json`."
        )
    return _admitted(json.read(file), str(file.path))


def load_cues(path: str | Path, encoding: str | None = None) -> tuple[ParsedCue, ...]:
    """Return the cues of a subtitle file, in the order of the file; `encoding` as for `load`.

    Raises MediaError for a file that cannot be read, or holds no subtitles.
    """
    file, format = _recognized(path, encoding, _installed())
    if format is None or format.read_cues is None:
        raise MediaError(f"{path} has no cues; name a file of subtitles, such as SRT, VTT or ASS.")
    with _explaining(file, format):
        cues = tuple(_cues_of(file, format))
    _say_encoding(file)
    if not cues:
        log.warning("%s has no cues.", path)
    return cues


def load_subtitles(
    path: str | Path, plugins: Plugins | None = None, encoding: str | None = None
) -> SubtitleFile | None:
    """Return the cues of subtitles as they stand in their file, to be written again; None for a file without cues.

    It is for a file that `load` has read; raises as that does.
    """
    file, format = recognized(FileContent.of(path, encoding), _installed(plugins))
    if format is None or format.read_cues is None:
        return None
    with _explaining(file, format):
        return read_file(file, format)


def _say_encoding(file: FileContent) -> None:
    """Say in which encoding a file was read, unless it is in UTF-8 or its encoding was declared."""
    if "text" not in vars(file):
        return  # it was read from its bytes
    if not file.is_unicode:
        log.warning(
            "%s is not UTF-8 and is read as %s; if letters are wrong, name its encoding with --encoding.",
            file.path,
            file.encoding,
        )
    elif file.declared is None and file.encoding != "utf-8":
        log.info("%s is read as %s", file.path, file.encoding.upper())
    elif file.declared is None and "\ufffd" in file.text:
        log.warning("%s is UTF-8 with damaged letters, which are shown as \ufffd; save it again.", file.path)


def _recognized(
    path: str | Path, encoding: str | None, plugins: Plugins
) -> tuple[FileContent, FormatRegistration | None]:
    """Return the file and its format; raises MediaError for an empty file, unless one without words is, as in SRT."""
    file, format = recognized(FileContent.of(path, encoding), plugins)
    if len(file.data) <= HEAD_BYTES and not file.head.strip():
        write = None if format is None else format.write
        if write is None or write(Transcript()):
            raise MediaError(f"{path} is empty; copy it again, or make it again.")
    return file, format


def recognized(file: FileContent, plugins: Plugins) -> tuple[FileContent, FormatRegistration | None]:
    """Return the file and its format: by its content, else by its suffix; None if no format reads it.

    For a JSON list with a single item that is itself no transcript, the file is that of the item.
    """
    readers = [format for format in reversed(plugins.formats.values()) if format.readable]
    found = _matching(file, readers)
    if found is None and isinstance(file.json, list) and len(file.json) == 1:
        file = next(file.items())
        found = _matching(file, readers)
    if found is not None:
        return file, found
    fitting = [each for each in readers if _counts(each) and _is_named(file.path, each.suffix)]
    return file, max(fitting, key=lambda each: len(each.suffix), default=None)


def _matching(file: FileContent, readers: Iterable[FormatRegistration]) -> FormatRegistration | None:
    """Return the format that recognizes the file as its own; as with hooks, the last one registered is asked first."""
    for format in readers:
        try:
            if format.matches is not None and format.matches(file):
                return format
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:  # a matcher may fail on a file of another format, which others may know
            log.warning("%s cannot tell whether %s is one (%s).", _of(format), file.path, told(error))
    return None


def _counts(format: FormatRegistration) -> bool:
    """Return whether the suffix identifies the format; JSON is of many programs, so its content decides."""
    by_content = format.suffix.endswith(".json") and format.matches is not None
    return format.suffix not in ("", ".json") and not by_content


def _is_named(path: Path, suffix: str) -> bool:
    return path.name.lower().endswith(suffix.lower())


def _refuse(file: FileContent, plugins: Plugins) -> NoReturn:
    """Raise the error for a file that no format recognizes: what it is, if it is JSON, and what can be read."""
    if not isinstance(file.json, (dict, list)) and not json.is_begun(file):
        _refuse_text(file, plugins)
    if file.json is None:
        if file.data.lstrip()[:1] in (b"{", b"[") and file.declared is None and not file.is_unicode:
            raise MediaError(f"{file.path} is JSON but not UTF-8; name its encoding with --encoding, such as cp1252.")
        json.read(file)
    readers = [format for format in plugins.formats.values() if format.readable]
    if isinstance(file.json, list) and len(file.json) > 1 and all(_matching(item, readers) for item in file.items()):
        raise UsageError(f"{file.path} holds {len(file.json)} transcripts; save each in a separate file.")
    raise UsageError(
        f"{file.path} is JSON but not a SpeakerPlug transcript, nor in another {READABLE}; name a file with words."
    )


def _refuse_text(file: FileContent, plugins: Plugins) -> NoReturn:
    """Raise the error for a file that is not meant to be JSON; it may be of a form that is only written."""
    for format in plugins.formats.values():
        if format.write and not format.readable and _is_named(file.path, format.suffix) and file.text.strip():
            raise UsageError(
                f"{file.path} seems to be {format.description}, which is written but cannot be read, as it has no "
                "times; name the JSON or the subtitles of the recording."
            )
    raise UsageError(
        f"{file.path} is not in a {READABLE}; name a transcript or subtitles, and give a recording to "
        "`speakerplug transcribe`."
    )


@contextmanager
def _explaining(file: FileContent, format: FormatRegistration) -> Iterator[None]:
    """Turn what a reader raises into one sentence about a damaged file or a faulty plugin."""
    try:
        yield
    except (SpeakerPlugError, KeyboardInterrupt, MemoryError):
        raise
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise MediaError(
            f"{file.path} cannot be read as {format.name} ({first_line(error)}); check the file, or save it again."
        ) from error
    except BaseException as error:
        raise PluginError(f"{_of(format)} failed ({told(error)}); update the plugin, or see why with -v.") from error


def _of(format: FormatRegistration) -> str:
    return f"The reader {format.name!r} of {format.plugin}"


def _cues_of(file: FileContent, format: FormatRegistration) -> list[ParsedCue]:
    cues = list(format.read_cues(file)) if format.read_cues is not None else []
    for cue in cues:
        if not isinstance(cue, ParsedCue):
            raise TypeError(f"it gave {kind_of(cue)}, not a ParsedCue")
    return cues


def _admitted(transcript: Transcript, source: str) -> Transcript:
    """Return the transcript with validated words and turns; its length limits times only if SpeakerPlug measured it."""
    transcript = admitted_transcript(transcript, transcript)
    duration = (transcript.media.duration or None) if transcript.provenance.version else None
    given = Diarization(
        transcript.turns,
        transcript.exclusive,
        speaker_tree=transcript.speaker_tree,
        speakers_range=transcript.speakers_range,
    )
    found = admitted_diarization(given, source, duration)
    words = tuple(timed_words(admitted_words(transcript.words, source, duration)))
    return replace(
        transcript,
        words=words,
        turns=found.turns,
        exclusive=found.exclusive,
        speaker_tree=found.speaker_tree,
        speakers_range=found.speakers_range,
    )


def _installed(plugins: Plugins | None = None) -> Plugins:
    from ..plugin.manager import given_or_installed

    return given_or_installed(plugins)
