"""The worker: what it writes, what it keeps, and what becomes of errors."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import speakerplug.batch.worker
import speakerplug.media.decode
from speakerplug import load
from speakerplug.batch.settings import Settings, settings_key
from speakerplug.batch.worker import TranscribingWorker
from speakerplug.formats.targets import OutputOptions
from speakerplug.pipeline.options import Options
from speakerplug.plugin import Failed, Finished, Task
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from tests.standins.stub_stages import write_clip

WORDS = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9))
FAKES = Options(recognizer="fake", diarizer="fake", device="cpu")

Make = Callable[..., TranscribingWorker]


@pytest.fixture
def recognizer() -> FakeRecognizer:
    """Return the recognizer of the worker."""
    return FakeRecognizer(WORDS)


@pytest.fixture
def make(recognizer: FakeRecognizer, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return a function that makes a worker with fake stages."""
    fakes = plugins_with(recognizer=recognizer, diarizer=FakeDiarizer(turns((0.0, 1.0, "SPEAKER_00"))))
    monkeypatch.setattr(speakerplug.batch.worker, "load_plugins", lambda: fakes)

    def made(**settings: Any) -> TranscribingWorker:
        """Make a worker."""
        output = OutputOptions(formats=("json", "vtt"))
        worker = Settings(**{"options": FAKES, "output": output, **settings}).open()
        assert isinstance(worker, TranscribingWorker)
        return worker

    return made


def task_for(path: Path, folder: Path, **about: Any) -> Task:
    """Return the task to write JSON and VTT of a recording into a folder."""
    outputs = {name: str(folder / f"{path.stem}.{name}") for name in ("json", "vtt")}
    return Task(path.name, str(path), outputs, seconds=1.0, **about)


def test_worker_writes_all_results_and_says_what_they_are(make: Make, tmp_path: Path) -> None:
    """With sizes and hashes, in a folder that it makes; progress goes up to nearly 1."""
    shares: list[float] = []
    done = make().work(task_for(write_clip(tmp_path / "a.wav"), tmp_path / "out" / "b"), shares.append)
    assert isinstance(done, Finished)
    assert [Path(each.path).name for each in done.outputs] == ["a.json", "a.vtt"]
    assert all(Path(each.path).stat().st_size == each.size for each in done.outputs)
    assert (done.audio_s, done.warnings) == (1.0, ())
    assert done.memory_bytes > 1e6
    assert shares == sorted(shares)
    assert load(done.outputs[0].path).words[0].speaker == "SPEAKER_00"


@pytest.mark.parametrize("prefetched", [False, True])
def test_worker_gives_the_same_results_for_a_prefetched_recording(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefetched: bool
) -> None:
    """Its part, too; what was decoded beside the first is not decoded again."""
    worker, clip = make(), write_clip(tmp_path / "a.wav", 3.0)
    first = task_for(write_clip(tmp_path / "first.wav"), tmp_path / "out")
    part = task_for(clip, tmp_path / "out", options={"start": 1.0, "end": 2.5})
    if prefetched:
        worker.prefetch(part)
        assert worker._prefetched._decoding is not None
        worker._prefetched._decoding.result()
    assert isinstance(worker.work(first), Finished)
    decoded: list[str] = []
    decode = speakerplug.media.decode.decode
    monkeypatch.setattr(speakerplug.media.decode, "decode", lambda *given: decoded.append("now") or decode(*given))
    shares: list[float] = []
    done = worker.work(part, shares.append)
    assert isinstance(done, Finished)
    assert done.audio_s == 1.5
    media = load(done.outputs[0].path).media
    assert (media.start, media.end, media.file) == (1.0, 2.5, "a.wav")
    assert shares
    assert decoded == ([] if prefetched else ["now"])


def test_worker_goes_on_after_an_error(make: Make, recognizer: FakeRecognizer, tmp_path: Path) -> None:
    """It says which, with a hint; nothing is written."""
    worker, task = make(), task_for(write_clip(tmp_path / "a.wav"), tmp_path / "out")
    recognizer.error = RuntimeError("odd")
    failed = worker.work(task)
    assert isinstance(failed, Failed)
    assert (failed.error, "odd" in failed.message) == ("PluginError", True)
    missing = worker.work(task_for(tmp_path / "none.wav", tmp_path / "out"))
    assert isinstance(missing, Failed)
    assert missing.error == "MediaError"
    recognizer.error = None
    assert isinstance(worker.work(task), Finished)


@pytest.mark.parametrize(
    ("error", "name", "said"),
    [
        (MemoryError(), "MemoryError", "use fewer --workers"),
        (OSError(28, "No space left on device", "x.json"), "OSError", "x.json cannot be read or written"),
        (ValueError("what?"), "ValueError", "Unexpected ValueError: what?"),
    ],
)
def test_worker_explains_unexpected_errors(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, name: str, said: str
) -> None:
    """In one sentence, never a traceback."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(speakerplug.batch.worker, "content_of", fail)
    failed = make().work(task_for(write_clip(tmp_path / "a.wav"), tmp_path / "out"))
    assert isinstance(failed, Failed)
    assert failed.error == name
    assert said in failed.message


def test_worker_does_not_replace_what_somebody_has_edited(make: Make, tmp_path: Path) -> None:
    """Unless it is forced, which keeps the names."""
    task = task_for(write_clip(tmp_path / "a.wav"), tmp_path / "out")
    assert isinstance(make().work(task), Finished)
    path = tmp_path / "out" / "a.json"
    load(path).renamed({"SPEAKER_00": "Ana"}).save(path)
    failed = make().work(task)
    assert isinstance(failed, Failed)
    assert (failed.error, "names: Ana" in failed.message) == ("UsageError", True)
    assert isinstance(make(force=True).work(task), Finished)
    assert load(path).speakers[0].name == "Ana"


def test_worker_names_speakers_and_keeps_warnings(make: Make, tmp_path: Path) -> None:
    """A name for someone who does not speak is a warning of that recording alone."""
    worker = make(names={"SPEAKER_00": "Ana", "SPEAKER_07": "Bo"})
    done = worker.work(task_for(write_clip(tmp_path / "a.wav"), tmp_path / "out"))
    logging.getLogger("speakerplug.elsewhere").warning("between two")
    assert isinstance(done, Finished)
    assert ["SPEAKER_07" in warning for warning in done.warnings] == [True]
    assert load(done.outputs[0].path).speakers[0].name == "Ana"
    worker.close()


def test_worker_keeps_checkpoints_of_long_recordings_in_their_folder(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for each recording; none is left of what is done."""
    paths: list[Path] = []
    from speakerplug.pipeline.transcriber import Transcriber

    transcribe = Transcriber.transcribe

    def keep(self: Transcriber, source: Any, *, checkpoint: Any, **more: Any) -> Any:
        """Keep the path."""
        paths.append(checkpoint.path)
        return transcribe(self, source, checkpoint=checkpoint, **more)

    monkeypatch.setattr(Transcriber, "transcribe", keep)
    worker = make(checkpoints=str(tmp_path / "checkpoints"))
    for name in ("a.wav", "b.wav"):
        assert isinstance(worker.work(task_for(write_clip(tmp_path / name), tmp_path / "out")), Finished)
    assert len({*paths}) == 2
    assert {path.parent.name for path in paths} == {"checkpoints"}
    assert not any(path.exists() for path in paths)


def test_settings_can_be_sent_to_another_process_with_other_options() -> None:
    """The token stays in them, and is in no text about them."""
    settings = Settings(replace(FAKES, token="hf_secret"), OutputOptions(formats=("vtt",)))
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert settings.with_options(memory_limit="6GB").options.memory_limit == "6GB"
    assert "hf_secret" not in repr(settings)


def test_settings_key_changes_with_what_changes_results(tmp_path: Path) -> None:
    """Not with where it runs; the files of a model that is named by its path count."""
    settings = Settings(FAKES, OutputOptions(formats=("vtt",)))
    key = settings_key(settings)
    assert key == settings_key(settings.with_options(device="auto", concurrency="off", token="x", offline=True))
    assert key == settings_key(replace(settings, force=True, checkpoints="x"))
    others = [
        settings_key(settings.with_options(language="de")),
        settings_key(replace(settings, output=OutputOptions(formats=("srt",)))),
        settings_key(replace(settings, names={"SPEAKER_00": "Ana"})),
        settings_key(settings, {"num_speakers": 2}),
    ]
    (tmp_path / "model.bin").write_bytes(b"one")
    others.append(settings_key(settings.with_options(model=str(tmp_path))))
    (tmp_path / "model.bin").write_bytes(b"two")
    others.append(settings_key(settings.with_options(model=str(tmp_path))))
    assert len({key, *others}) == 7
