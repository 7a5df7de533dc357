"""The work of one process: transcribe one recording after the other with models that stay, and write its results."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..attribution.named import named
from ..errors import SpeakerPlugError, UsageError, first_line, keep_secret
from ..formats.deliver import content_of, write_copy
from ..formats.earlier import edits_of, json_beside, with_kept_names
from ..formats.save import writable
from ..formats.targets import COPIES, WHOLE, OutputOptions, Targets, with_container
from ..pipeline.job import Job, expected_costs
from ..pipeline.options import Options, track_of
from ..plugin.executor import Failed, Finished, Task, WrittenFile
from ..plugin.manager import load_plugins
from ..system.files import write_whole
from ..system.fingerprint import digest_of
from ..system.progress import ProgressEvent
from .content import written_file
from .prefetch import THREAD, Prefetched

if TYPE_CHECKING:
    from ..media.recording import Source
    from ..pipeline.transcriber import Transcriber
    from ..system.progress import Report
    from ..transcript import Transcript

log = logging.getLogger(__name__)

ROOT = __name__.split(".")[0]


class TranscribingWorker:
    """Transcribes recordings, one at a time, and decodes the next one meanwhile.

    Arguments as in `Settings`.
    """

    def __init__(
        self,
        options: Options,
        output: OutputOptions,
        *,
        names: Mapping[str, str],
        force: bool = False,
        checkpoints: str | None = None,
    ) -> None:
        keep_secret(options.token)  # messages go into the journal
        self._all, self._output, self._names = options, output, names
        self._force, self._checkpoints = force, checkpoints
        self._plugins = load_plugins()
        self._formats = writable(self._plugins)
        self._transcriber: Transcriber | None = None
        self._prefetched = Prefetched()
        self._warnings = _Warnings()
        logging.getLogger(ROOT).addHandler(self._warnings)

    def work(self, task: Task, progress: Callable[[float], None] | None = None) -> Finished | Failed:
        """Do a task; every error becomes a Failed."""
        began = time.monotonic()
        self._warnings.begin(self._prefetched.is_of(task.path))
        try:
            files, seconds = self._do(task, progress)
        except Exception as error:
            name, message = _told(error)
            took, warnings = time.monotonic() - began, self._warnings.messages
            return Failed(task, name, message, took, warnings, memory_bytes())
        return Finished(task, files, seconds, time.monotonic() - began, self._warnings.messages, memory_bytes())

    def prefetch(self, task: Task) -> None:
        """Begin to decode the recording of the next task."""
        self._prefetched.begin(task.path, self._options(task))

    def close(self) -> None:
        """Unload the models."""
        logging.getLogger(ROOT).removeHandler(self._warnings)
        if self._transcriber is not None:
            self._transcriber.close()

    def _options(self, task: Task) -> Options:
        return replace(self._all, **task.options)

    def _do(self, task: Task, progress: Callable[[float], None] | None) -> tuple[tuple[WrittenFile, ...], float]:
        """Return the files that were written, and the seconds of audio."""
        targets = with_container({name: Path(path) for name, path in task.outputs.items()}, task.path)
        self._refuse_edited(targets)
        for path in targets.values():
            assert path is not None
            path.parent.mkdir(parents=True, exist_ok=True)
        transcript = self._transcribed(task, _shares(progress, self._options(task)))
        transcript = with_kept_names(transcript, targets, self._formats)
        transcript = named(transcript, self._names) if self._names else transcript
        files = tuple(self._written(transcript, name, path, task) for name, path in targets.items() if path is not None)
        media = transcript.media
        return files, (media.end or media.duration) - (media.start or 0.0)

    def _transcribed(self, task: Task, report: Report | None) -> Transcript:
        from ..pipeline.checkpoint import Checkpoint
        from ..pipeline.transcriber import Transcriber

        if self._transcriber is None:
            self._transcriber = Transcriber(self._all, plugins=self._plugins)
        transcriber = self._transcriber
        if task.options:
            transcriber = transcriber.with_options(**task.options)
        folder = self._checkpoints
        path = None if folder is None else Path(folder) / f"{digest_of(task.key)[:16]}.speakerplug-checkpoint"
        recording = self._prefetched.take(task.path, self._options(task))
        if recording is not None and report is not None and task.seconds:
            report(ProgressEvent(task.path, "decoding", "decoding", task.seconds, task.seconds))
        source: Source = task.path if recording is None else recording
        with nullcontext() if path is None else Checkpoint(path) as checkpoint:
            return transcriber.transcribe(source, progress=report, checkpoint=checkpoint)

    def _written(self, transcript: Transcript, name: str, path: Path, task: Task) -> WrittenFile:
        """Write one result, whole or not at all."""
        output, recording = self._output, Path(task.path)
        if name in COPIES:
            return written_file(write_copy(transcript, name, path, recording, output))
        content = content_of(transcript, self._formats[name], path, output, recording, track_of(output.audio_track))
        data = content.encode("utf-8", "replace") if isinstance(content, str) else content
        write_whole(path, data)
        return WrittenFile(str(path), len(data), hashlib.sha256(data).hexdigest())

    def _refuse_edited(self, targets: Targets) -> None:
        """Raise UsageError where a result would be replaced that someone has edited."""
        path = None if self._force else json_beside(targets, self._formats)
        if path is not None and (what := edits_of(path)):
            made = "would be made anew" if WHOLE in targets else "the others would be made anew without that"
            raise UsageError(f"{path} was edited ({what}), and {made}: add --force, which keeps the names only.")


def _told(error: Exception) -> tuple[str, str]:
    """Return the class of an error, and one sentence about it."""
    name = type(error).__name__
    if isinstance(error, SpeakerPlugError):
        return name, str(error)
    if isinstance(error, MemoryError):
        return name, "Memory ran out; use fewer --workers, a smaller --model, or --isolate."
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename} " if error.filename else "A file "
        return name, f"{where}cannot be read or written ({error.strerror}); check the path and the free space."
    log.debug("Unexpected", exc_info=error)
    return name, f"Unexpected {name}: {first_line(error)}; transcribe this file alone with -v for the details."


def _shares(progress: Callable[[float], None] | None, options: Options) -> Report | None:
    """Return what turns the events of stages into the share of the whole."""
    if progress is None:
        return None
    job = Job(expected_costs(options))

    def report(event: ProgressEvent) -> None:
        """Tell the share of the whole."""
        job.report(event)
        progress(job.now().share)

    return report


def memory_bytes() -> int:
    """Return what this process uses of memory now; where the system does not tell, the most that it ever did."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class _Warnings(logging.Handler):
    """Keeps the warnings of a task, and those about the recording that is decoded ahead for the next one."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._now: list[str] = []
        self._ahead: list[str] = []

    @property
    def messages(self) -> tuple[str, ...]:
        """The messages of the task, each once."""
        return tuple(dict.fromkeys(self._now))

    def begin(self, was_prefetched: bool) -> None:
        """Begin a task."""
        self._now, self._ahead = self._ahead if was_prefetched else [], []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        (self._ahead if record.threadName == THREAD else self._now).append(record.getMessage())
