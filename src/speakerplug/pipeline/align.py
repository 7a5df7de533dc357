"""Retime recognized words with an aligner, whose output is checked: same words, possible times."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import replace

from ..attribution import timed_words
from ..devices import DeviceManager
from ..errors import Cancelled, PluginError
from ..media.waveform import Waveform
from ..plugin.guard import told
from ..plugin.manager import Plugins
from ..plugin.roles import Aligner
from ..system.progress import Progress
from ..transcript import Word

log = logging.getLogger(__name__)

LATE_S = 0.1
"""Seconds by which a word may end after the recording, as with a recognizer."""


def align(
    aligner: Aligner,
    waveform: Waveform,
    words: Sequence[Word],
    language: str | None,
    devices: DeviceManager,
    progress: Progress,
    plugins: Plugins,
) -> tuple[Word, ...]:
    """Return the words with the times of a plugin or of `aligner`; if that fails, unchanged, after one warning."""
    given = tuple(timed_words(words))
    if not given:
        return given
    asked = {"waveform": waveform, "language": language, "devices": devices, "progress": progress, "words": given}

    def fitting(answer: Sequence[Word]) -> tuple[Word, ...]:
        """Return the answer, if it has the same words."""
        return retimed(given, answer, waveform.duration, aligner.name)

    answer: tuple[Word, ...] | None = plugins.ask("align", fitting, aligner=aligner, **asked)
    if answer is not None:
        return answer
    try:
        return fitting(plugins.run("align", aligner=aligner, **asked))
    except (Cancelled, KeyboardInterrupt):
        raise
    except BaseException as error:
        why = str(error) if isinstance(error, PluginError) else told(error)
        log.warning("Aligner %s failed, so the words keep the recognizer's times: %s", aligner.name, why)
        log.debug("%s", aligner.name, exc_info=error)
        return given


def retimed(given: Sequence[Word], aligned: Sequence[Word], duration: float, name: str = "") -> tuple[Word, ...]:
    """Return the given words, with all their other fields, at the times of the aligned ones.

    Raises PluginError if these are not the same words in the same order, or have impossible times.
    """
    if [word.text for word in aligned] != [word.text for word in given]:
        raise PluginError(f"Aligner {name} changed the words, not only their times; choose another, or update it.")
    for word in aligned:
        start, end = word.start, word.end
        if start is None or end is None or not (math.isfinite(start) and 0 <= start <= end <= duration + LATE_S):
            raise PluginError(
                f"Aligner {name} gave {word.text!r} impossible times ({start} to {end} s of {duration:.1f} s); "
                "choose another."
            )
    return tuple(
        was
        if (was.start, was.end) == (now.start, now.end)
        else replace(was, start=now.start, end=now.end, estimated=now.estimated)
        for was, now in zip(given, aligned, strict=True)
    )
