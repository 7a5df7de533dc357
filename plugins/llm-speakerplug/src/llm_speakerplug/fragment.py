"""A recording, or a transcript of one, as a fragment of a prompt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import llm

if TYPE_CHECKING:
    from speakerplug import Transcript

TRANSCRIPTS = frozenset((".ass", ".eaf", ".json", ".srt", ".textgrid", ".ttml", ".vtt"))
"""The suffixes of transcripts, which are read as they are."""
OPTIONS = (
    *("language", "model", "num_speakers", "min_speakers", "max_speakers"),
    *("start", "end", "audio_track", "channels", "hotwords", "prompt"),
)
"""What may stand behind the `?`: a template of llm, which may be a stranger's, names fragments, too.

So nothing that uploads a recording or that runs code; the other options are read from the environment.
"""


def load(argument: str) -> llm.Fragment:
    """Transcribe a recording, with the speaker of each turn: speakerplug:talk.mp4

    Options follow a question mark: speakerplug:talk.mp4?num_speakers=2&language=en
    A transcript is read as it is: speakerplug:talk.json
    """
    from speakerplug.hosts.shared import markdown_of

    path, texts = parsed(argument)
    return llm.Fragment(markdown_of(_transcript(path, texts)), str(path.absolute()))  # type: ignore[no-untyped-call]


def parsed(argument: str) -> tuple[Path, dict[str, str]]:
    """Return the path and the options of an argument; a file whose name has a question mark is taken whole.

    Raises UsageError for a URL, and for an option that is unknown, not taken from a fragment, or without a value.
    """
    from speakerplug import UsageError

    if "://" in argument:  # whose question mark has no options of ours
        raise UsageError(f"{argument} is a URL: download it first, for example with yt-dlp, and give the file.")
    name, mark, query = argument.rpartition("?")
    if not mark or Path(argument).expanduser().exists():
        return Path(argument).expanduser(), {}
    try:
        texts = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        raise UsageError(f"{query!r} has no options; write them as num_speakers=2&language=en.") from None
    for option in sorted(texts.keys() - {*OPTIONS}):
        raise UsageError(f"{option!r} is not taken from a fragment; choose of: {', '.join(OPTIONS)}.")
    return Path(name).expanduser(), texts


def _transcript(path: Path, texts: dict[str, str]) -> Transcript:
    from speakerplug import Options, UsageError
    from speakerplug import load as read
    from speakerplug.hosts.shared import shared_transcriber

    if path.suffix.lower() in TRANSCRIPTS:
        if texts:
            raise UsageError(f"{path} is a transcript: options are for recordings; leave them out.")
        return read(path)
    asked = Options.from_texts(texts)
    changes: Any = {name: getattr(asked, name) for name in texts}
    return shared_transcriber().with_options(**changes).transcribe(path)
