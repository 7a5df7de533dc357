"""For hosts that call one function for each recording: the models of the process, and what is said as Markdown."""

from __future__ import annotations

import threading
from functools import cache

from ..formats import md
from ..pipeline.options import Options
from ..pipeline.transcriber import Transcriber
from ..transcript import Transcript

_MAKING = threading.Lock()


def shared_transcriber() -> Transcriber:
    """Return the transcriber of this process, the same for all threads, whose models stay loaded.

    Its options are those of the variables of the command line, such as SPEAKERPLUG_MODEL; `with_options` gives a
    recording its own. Raises SpeakerPlugError for invalid ones, until they are valid.
    """
    with _MAKING:
        return _made()


@cache
def _made() -> Transcriber:
    return Transcriber(Options.from_texts())


def markdown_of(transcript: Transcript) -> str:
    """Return the transcript as `speakerplug --md` writes it."""
    return md.write(transcript)
