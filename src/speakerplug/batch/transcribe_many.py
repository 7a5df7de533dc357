"""The public call for many recordings: results as they come, and a journal from which the same call goes on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError, insist
from ..formats.save import known_as, writable
from ..formats.targets import OutputOptions
from ..pipeline.options import Options
from ..plugin.executor import Executor, ExecutorRequest
from ..plugin.manager import Plugins, load_plugins
from ..system.arguments import path_of
from ..system.temporary import temporary_folder
from .decide import Wish
from .driver import BatchRequest, Driver
from .found import STATE
from .record import DIED, DONE, STARTED, Record
from .settings import Settings
from .storage import download, is_remote, joined
from .stored import folder_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..pipeline.options import TranscribeOptions
    from ..transcript import Transcript


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a recording: the `outputs` by their formats, such as `json`, or the `error` and its message.

    `source` is its path or URL; outputs in object storage have `urls` instead. With `is_earlier`, it was so before this
    call. `audio_s` and `work_s` are seconds of audio and of work.
    """

    source: str
    outputs: Mapping[str, Path] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    message: str = ""
    audio_s: float = 0.0
    work_s: float = 0.0
    is_earlier: bool = False

    @property
    def path(self) -> Path:
        """The path of a recording that is a file."""
        return Path(self.source)

    @property
    def is_done(self) -> bool:
        """Whether its results are written."""
        return not self.error

    def load(self) -> Transcript:
        """Return the transcript from its JSON; raises UsageError where none was asked for."""
        from ..formats.load import load

        if "json" in self.outputs:
            return load(self.outputs["json"])
        if "json" not in self.urls:
            raise UsageError(f'There is no JSON of {self.source}; add "json" to formats.')
        with temporary_folder() as folder:
            path = folder / self.urls["json"].rpartition("/")[2]
            download(self.urls["json"], path)
            return load(path)


def transcribe_many(
    paths: Iterable[str | os.PathLike[str]] | str | os.PathLike[str],
    *,
    output: str | os.PathLike[str],
    formats: Iterable[str] = ("json",),
    executor: Executor | None = None,
    workers: int | None = None,
    retry_failed: bool = False,
    redo: bool = False,
    **options: Unpack[TranscribeOptions],
) -> Iterator[BatchResult]:
    """Transcribe recordings, and those in folders, into the folder `output`; yield each result as it comes.

    Recordings and the folder may be in object storage, as URLs such as s3://bucket/transcripts. Results of an earlier
    call come first, and are not done again; after an interruption, the same call goes on. `executor` runs the
    `workers`, by default processes of this machine, one a GPU. Options by keyword as in `Options`.
    A recording that fails is a result with an `error`. Raises UsageError for invalid options, and where another run is
    at work in the folder, SpeakerPlugError where all others would fail alike.
    """
    inputs = [paths] if isinstance(paths, (str, os.PathLike)) else [*paths]
    insist("formats", formats, Iterable, "names of formats")
    if workers is not None:
        insist("workers", workers, Integral, "a whole number")
        if workers < 1:
            raise UsageError(f"workers is {workers}; it must be at least 1.")
    named = tuple(str(each if is_remote(str(each)) else path_of(each, "paths")) for each in inputs)
    stored = output if isinstance(output, str) and is_remote(output) else None
    folder = path_of(output, "output") if stored is None else folder_of(stored)
    plugins = load_plugins()
    written = OutputOptions(formats=_known(formats, plugins))
    settings = Settings(Options(**options), written, checkpoints=str(folder / STATE / "checkpoints"))
    if executor is None:
        request = ExecutorRequest(workers=workers, is_cpu_only=settings.options.device == "cpu")
        executor = plugins.executors["local"].factory(request)
    wish = Wish(retry_failed=retry_failed, redo=redo)
    driver = Driver(BatchRequest(named, folder, settings, wish=wish, stored=stored), executor, plugins)
    return _results(driver, stored or folder, settings.output.formats)


def _known(formats: Iterable[str], plugins: Plugins) -> tuple[str, ...]:
    """Return the names of formats, each once; raises UsageError for one that is unknown, and for none at all."""
    names = tuple(dict.fromkeys([formats] if isinstance(formats, str) else formats))
    known = writable(plugins)
    for name in names:
        known_as(name, known)
    if not names:
        raise UsageError("formats names no format; give one, such as json.")
    return names


def _results(driver: Driver, folder: Path | str, formats: Sequence[str]) -> Iterator[BatchResult]:
    for outcome in driver.run():
        if outcome.record.state not in (STARTED, DIED):
            yield _result(outcome.record, folder, formats, outcome.is_earlier)


def _result(record: Record, folder: Path | str, formats: Sequence[str], is_earlier: bool) -> BatchResult:
    if record.state != DONE:
        return BatchResult(record.path, error=record.error, message=record.message, is_earlier=is_earlier)
    names = {name: each.path for name, each in zip(formats, record.outputs, strict=True)}
    done = BatchResult(record.path, audio_s=record.audio_s, work_s=record.work_s, is_earlier=is_earlier)
    if isinstance(folder, Path):
        return replace(done, outputs={name: folder / each for name, each in names.items()})
    return replace(done, urls={name: joined(folder, each) for name, each in names.items()})
