"""The public calls: `Transcriber`, and `transcribe` and `diarize` for one recording."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ..devices import DeviceManager
from ..diarizers.artifacts import make_folder
from ..errors import Cancelled, SpeakerPlugError, UsageError, insist
from ..media.recording import Source
from ..plugin.manager import Plugins, given_or_installed
from ..plugin.roles import DiarizationRequest
from ..system.packages import explained_imports
from ..system.progress import Report
from ..system.threads import started
from ..transcript import Diarization, Transcript
from . import assemble
from .build import Built
from .checkpoint import Checkpoint
from .concurrent import ForkGuard
from .options import Options
from .progress import Run
from .stages import Stages

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import TranscribeOptions

Result = TypeVar("Result")

PER_CALL = frozenset(
    {
        *("task", "prompt", "hotwords", "audio_track", "start", "end", "artifacts"),
        *("num_speakers", "min_speakers", "max_speakers"),
    }
)
"""Options that no stage is built with."""
INTERRUPTED_TIMEOUT_S = 0.2
"""Seconds to wait, after Ctrl-C, for a device that is in use."""


class Transcriber:
    """Transcribe recordings with models that are loaded once and kept for the next recording.

    Options as in `Options`, by keyword. Use it in a `with` block, or call `close`, to unload the models. Many threads
    may call it at the same time: each call has its own recording, progress and cancellation, and waits while another
    uses a model that it needs.

    Each call takes `progress`, which is called with a ProgressEvent for each step, from any thread, and `cancel`, a
    threading.Event: once it is set, only this call raises Cancelled, within two seconds, with the words recognized by
    then as the error's `partial`. Later calls are not affected.
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
        with explained_imports():  # it probes the machine through torch and CTranslate2
            self.devices = devices or DeviceManager(device_options=self.options.device_options)
        self._fork_guard = ForkGuard()
        self._built = Built()
        self._latest: Stages | None = None

    def with_options(self, **changes: Unpack[TranscribeOptions]) -> Transcriber:
        """Return a transcriber that differs in some options and uses the same loaded models: a server's next request.

        It is usable until this one is closed. Raises UsageError for options of devices, which both share.
        """
        other = copy(self)
        other.options, other._latest = replace(self.options, **changes), None
        if other.options.device_options != self.options.device_options:
            raise UsageError(
                "Devices are shared with the first transcriber; leave their options out, or make a new one."
            )
        if changes.keys() - PER_CALL:
            other._built = Built()
        return other

    @property
    def partial(self) -> Transcript | None:
        """The words recognized so far of the most recent recording, without speakers; None if there are none.

        For a program that must exit while a call hangs; an error has its own `partial`.
        """
        return None if self._latest is None else assemble.words_so_far(self._latest)

    @property
    def checkpoint(self) -> Path | None:
        """The checkpoint from which the most recent `transcribe` can go on; None if it has saved nothing."""
        checkpoint = None if self._latest is None else self._latest.checkpoint
        return None if checkpoint is None or not checkpoint.has_progress else checkpoint.path

    def prepare(self, *, progress: Report | None = None, cancel: threading.Event | None = None) -> None:
        """Fetch the models that recordings will need, and plan their devices; the first recording loads them.

        A service that calls it at its start is told then of wrong options. Raises what `transcribe` does.
        """
        self._do(Stages.fetch, self._begin("", progress, cancel))

    def transcribe(
        self,
        source: Source,
        *,
        progress: Report | None = None,
        cancel: threading.Event | None = None,
        checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
    ) -> Transcript:
        """Return the transcript of a recording: every word with its speaker.

        Without a recognizer it has turns and no words, without a diarizer words and no speakers. With a `checkpoint`, a
        file of more than 15 minutes is resumable: should the process end before this returns, the same call goes on.
        Raises MediaError for a recording that cannot be read, ModelError for a model that is unavailable or damaged,
        PluginError for a stage that fails, and Cancelled.
        """
        with _opened(checkpoint) as opened:
            stages = self._begin(source, progress, cancel)
            stages.checkpoint = opened
            return self._do(assemble.transcribe, stages, source)

    def diarize(
        self,
        source: Source,
        *,
        request: DiarizationRequest | None = None,
        progress: Report | None = None,
        cancel: threading.Event | None = None,
    ) -> Diarization:
        """Return who speaks when in a recording, from the chosen diarizer, refined by plugins.

        A `request` is for this recording alone: how many speakers to find, instead of what the options say, and whether
        to keep the artifacts. Raises what `transcribe` does.
        """
        stages = self._begin(source, progress, cancel)
        stages.request = _valid(request)
        return self._do(assemble.diarize, stages, source)

    def attribute(
        self,
        source: Source,
        words: Any,
        language: str | None = None,
        *,
        progress: Report | None = None,
        cancel: threading.Event | None = None,
    ) -> Transcript:
        """Return the transcript of `source` for words that another recognizer produced, each with its speaker.

        `words` are anything that `words_of` takes. Diarizer, aligner and channels are as the options say. Raises what
        `transcribe` raises, and UsageError for anything that is not words.
        """
        self._insist_on_whole("attribute")
        return self._do(assemble.attribute_given, self._begin(source, progress, cancel), source, words, language)

    def _insist_on_whole(self, what: str) -> None:
        """Raise UsageError for a part of a recording: another recognizer's words are those of all of it."""
        if not self.options.part.is_whole:
            raise UsageError(f"start and end are for transcribe and diarize, not for {what}; leave them out.")

    def _begin(self, source: Source, progress: Report | None, cancel: threading.Event | None) -> Stages:
        """Start a call with a recording; create the folder for its artifacts before any work is done."""
        self._fork_guard.insist("Transcriber")
        run = Run(source, self.plugins, progress, cancel, self.options.timings)
        self._latest = stages = Stages(self.options, self.plugins, self.devices, self._built, run)
        if self.options.artifacts is not None:
            make_folder(self.options.artifacts)
        return stages

    def _do(self, work: Callable[..., Result], stages: Stages, *arguments: Any) -> Result:
        """Return the result of `work`; attach the words recognized by then to an error."""
        try:
            return stages.run.do(partial(work, stages, *arguments))
        except SpeakerPlugError as error:
            error.partial = error.partial or assemble.words_so_far(stages)
            raise

    def close(self) -> None:
        """Unload the models, once they are not in use; do nothing in a forked process, which does not own them."""
        self._close()

    def _close(self, wait_s: float | None = None) -> None:
        if self._fork_guard.is_same_process:
            self.devices.close(wait_s)

    def __enter__(self) -> Transcriber:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self._close(INTERRUPTED_TIMEOUT_S)  # a thread that hangs may hold them forever
        elif kind is not None and issubclass(kind, Cancelled):  # do not wait for abandoned work
            started(self._close, "call")
        else:
            self._close()


def _valid(request: DiarizationRequest | None) -> DiarizationRequest | None:
    """Return a request whose numbers are possible; raises UsageError as Options do."""
    insist("request", request, (DiarizationRequest, type(None)), "a DiarizationRequest")
    if request is not None:
        _ = Options(
            num_speakers=request.num_speakers, min_speakers=request.min_speakers, max_speakers=request.max_speakers
        )
    return request


def _opened(checkpoint: Checkpoint | str | os.PathLike[str] | None) -> AbstractContextManager[Checkpoint | None]:
    """Return the block in which a checkpoint is open; a caller's own Checkpoint stays open after it."""
    if checkpoint is None or isinstance(checkpoint, Checkpoint):
        return nullcontext(checkpoint)
    return Checkpoint(checkpoint)


def transcribe(
    source: Source,
    *,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
    checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
    **options: Unpack[TranscribeOptions],
) -> Transcript:
    """Transcribe one recording: words, turns and who said each word.

    `source` is what `Recording.of` takes: a path, bytes, an open file, samples, ... Options by keyword as in `Options`:
    model="tiny.en", diarizer="bundled", num_speakers=2, language="en", ... `progress` and `cancel` are those of
    `Transcriber`, `checkpoint` that of its `transcribe`. Raises SpeakerPlugError, whose message has a hint.
    """
    with Transcriber(**options) as transcriber:
        return transcriber.transcribe(source, progress=progress, cancel=cancel, checkpoint=checkpoint)


def diarize(
    source: Source,
    *,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
    **options: Unpack[TranscribeOptions],
) -> Diarization:
    """Diarize one recording: return who speaks when, as regular and exclusive turns.

    Arguments as for `transcribe`. Raises SpeakerPlugError, whose message has a hint.
    """
    with Transcriber(**options) as transcriber:
        return transcriber.diarize(source, progress=progress, cancel=cancel)
