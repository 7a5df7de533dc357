"""Transcriber, and `transcribe` and `diarize` for one recording: what programs call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ..devices import DeviceManager
from ..diarizers.artifacts import make_folder
from ..errors import Cancelled, SpeakerPlugError, insist
from ..media.recording import Source
from ..plugin.manager import Plugins, given_or_installed
from ..system.packages import explained_imports
from ..system.progress import Report
from ..transcript import Diarization, Transcript
from . import assemble
from .build import Built
from .concurrent import CALL, Birthplace, begun
from .options import Options
from .progress import Run
from .stages import Stages

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import TranscribeOptions

Result = TypeVar("Result")

INTERRUPTED_S = 0.2
"""Seconds for which a device that is in use is waited for, after Ctrl-C."""


class Transcriber:
    """Transcribes recordings; what it loads for the first serves for the next.

    Options as in `Options`, by keyword. Use it in a `with` block, or call `close`, to give devices back. Many threads
    may call it at the same time: each call has its own recording, progress and end, and waits where another uses a
    model that it needs.

    Each call takes `progress`, which is called with a ProgressEvent for each step, from any thread, and `cancel`, a
    threading.Event: once it is set, this call alone raises Cancelled, soon, and with what was recognized by then as the
    error's `partial`; the next call goes well.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        plugins: Plugins | None = None,
        devices: DeviceManager | None = None,
        **changes: Unpack[TranscribeOptions],
    ) -> None:
        insist("options", options, (Options, type(None)), 'Options; give others by keyword, such as model="tiny.en"')
        insist("devices", devices, (DeviceManager, type(None)), 'a DeviceManager; a device is named by device="cpu"')
        self.options = replace(Options() if options is None else options, **changes)
        self.plugins = given_or_installed(plugins)
        with explained_imports():  # it looks at the machine through torch and CTranslate2
            self.devices = devices or DeviceManager(device_options=self.options.device_options)
        self._birthplace = Birthplace()
        self._built = Built()
        self._latest: Stages | None = None

    @property
    def partial(self) -> Transcript | None:
        """What was recognized so far of the recording that began last, without speakers; None where nothing was.

        For a program that is told to stop while a call hangs; an error has its own `partial`.
        """
        return None if self._latest is None else assemble.words_so_far(self._latest)

    def transcribe(
        self, source: Source, *, progress: Report | None = None, cancel: threading.Event | None = None
    ) -> Transcript:
        """Return the transcript of a recording: every word with its speaker.

        Without a recognizer it has turns and no words, without a diarizer words and no speakers.
        Raises MediaError for a recording that cannot be read, ModelError for a model that cannot be had,
        PluginError for a stage that fails, and Cancelled.
        """
        return self._do(assemble.transcribe, self._begin(source, progress, cancel), source)

    def diarize(
        self, source: Source, *, progress: Report | None = None, cancel: threading.Event | None = None
    ) -> Diarization:
        """Return who speaks when in a recording, as the chosen diarizer hears it and the plugins refine it.

        Raises what `transcribe` does.
        """
        return self._do(assemble.diarize, self._begin(source, progress, cancel), source)

    def attribute(
        self,
        source: Source,
        words: Any,
        language: str | None = None,
        *,
        progress: Report | None = None,
        cancel: threading.Event | None = None,
    ) -> Transcript:
        """Return the transcript of words that something else recognized in `source`: each with its speaker.

        `words` are whatever `words_of` takes. Diarizer, aligner and channels are as the options say. Raises what
        `transcribe` does, and UsageError for what are no words.
        """
        return self._do(assemble.attribute_given, self._begin(source, progress, cancel), source, words, language)

    def _begin(self, source: Source, progress: Report | None, cancel: threading.Event | None) -> Stages:
        """Begin with a recording; make a place for its artifacts before any work."""
        self._birthplace.insist("Transcriber")
        run = Run(source, self.plugins, progress, cancel, self.options.timings)
        self._latest = stages = Stages(self.options, self.plugins, self.devices, self._built, run)
        if self.options.artifacts is not None:
            make_folder(self.options.artifacts)
        return stages

    def _do(self, work: Callable[..., Result], stages: Stages, *arguments: Any) -> Result:
        """Return what `work` makes of the stages; an error has what was recognized by then."""
        try:
            return stages.run.do(partial(work, stages, *arguments))
        except SpeakerPlugError as error:
            error.partial = error.partial or assemble.words_so_far(stages)
            raise

    def close(self) -> None:
        """Unload the models; what is in use is waited for. In a forked process they are somebody else's."""
        self._close()

    def _close(self, wait_s: float | None = None) -> None:
        if self._birthplace.is_here:
            self.devices.close(wait_s)

    def __enter__(self) -> Transcriber:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self._close(INTERRUPTED_S)  # what hangs may hold them for ever
        elif kind is not None and issubclass(kind, Cancelled):  # nobody waits for what is left to itself
            begun(self._close, CALL)
        else:
            self._close()


def transcribe(
    source: Source,
    *,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
    **options: Unpack[TranscribeOptions],
) -> Transcript:
    """Transcribe one recording: words, turns and who said each word.

    `source` is what `Recording.of` takes: a path, bytes, an open file, samples, ... Options by keyword as in `Options`:
    model="tiny.en", diarizer="bundled", num_speakers=2, language="en", ... `progress` and `cancel` are those of
    `Transcriber`. Raises SpeakerPlugError with what to do.
    """
    with Transcriber(**options) as transcriber:
        return transcriber.transcribe(source, progress=progress, cancel=cancel)


def diarize(
    source: Source,
    *,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
    **options: Unpack[TranscribeOptions],
) -> Diarization:
    """Find out who speaks when in one recording: regular and exclusive turns.

    Arguments as for `transcribe`. Raises SpeakerPlugError with what to do about it.
    """
    with Transcriber(**options) as transcriber:
        return transcriber.diarize(source, progress=progress, cancel=cancel)
