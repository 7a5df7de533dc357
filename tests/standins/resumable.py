"""Stages that go on from their checkpoint; run as a script, they are killed again and again until they have succeeded.

The script takes a recording, the path of a checkpoint and a number of rounds. In each round forks do the work, of which
each is killed at a random line, until one has results; it prints a line of JSON about each round.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from speakerplug import Checkpoint, Transcriber
from speakerplug.devices import CPU, DeviceManager, DeviceState, FixedProbe, Inventory
from speakerplug.pipeline.checkpoint import works_of
from speakerplug.pipeline.options import Options
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import DiarizationRequest, Recognition, RecognitionRequest, StageCheckpoint
from speakerplug.testing import plugins_with
from speakerplug.transcript import Diarization, Transcript, Turn, Word

BATCHES = 5
TRACED = ("checkpoint/checkpoint.py", "checkpoint/file.py", "standins/resumable.py")
WRITE = os.write


@dataclass
class Batches:
    """Do batches of work, and save each; fail at the one `stop_at`. `done` are those that were not saved before."""

    name: str = "fake"
    stop_at: int | None = None
    report: Callable[[], object] = bool
    done: list[int] = field(default_factory=list)

    def prepare(self, *_: Any) -> None:
        """Do nothing: no model is needed."""

    def numbers(self, checkpoint: StageCheckpoint | None) -> list[int]:
        """Return the results of all batches, those saved included."""
        found = [record["number"] for record in checkpoint.saved()] if checkpoint else []
        for number in range(len(found), BATCHES):
            if number == self.stop_at:
                raise RuntimeError("interrupted")
            self.report()
            self.done.append(number)
            found.append(number)
            if checkpoint is not None:
                checkpoint.save({"number": number, "text": f"word{number}", "padding": "x" * 5000})
        return found


class Resumable(Batches):
    """A recognizer with one word a batch."""

    def recognize(self, waveform: Any, request: RecognitionRequest, *_: Any) -> Recognition:
        """Return the words of all batches."""
        numbers = self.numbers(request.checkpoint)
        return Recognition(tuple(Word(f"word{n}", n * 0.3, n * 0.3 + 0.2) for n in numbers), "en", "fake-model")


class ResumableDiarizer(Batches):
    """A diarizer with one speaker a batch."""

    def diarize(self, waveform: Any, request: DiarizationRequest, *_: Any) -> Diarization:
        """Return the turns of all batches."""
        turns = tuple(Turn(n * 0.3, n * 0.3 + 0.2, f"SPEAKER_{n:02d}") for n in self.numbers(request.checkpoint))
        return Diarization(turns, turns)


def transcriber(recognition: Resumable, diarization: ResumableDiarizer, **options: Any) -> Transcriber:
    """Return a transcriber with these stages, on a machine that need not be probed."""
    plugins = plugins_with(recognizer=recognition, diarizer=diarization)
    host = DeviceState(CPU, total_bytes=1 << 33, free_bytes=1 << 33, compute_types={"torch": ("float32",)})
    devices = DeviceManager("cpu", probe=FixedProbe(Inventory((host,))))
    return Transcriber(plugins=plugins, devices=devices, **{"recognizer": "fake", "diarizer": "fake", **options})


def texts(transcript: Transcript) -> list[str]:
    """Return each word with its speaker."""
    return [f"{word.text} {word.speaker}" for word in transcript.words]


class KilledAtLine:
    """Kill this process at a line of the checkpoint's modules, counted from now; `count` them for the moments."""

    def __init__(self, line: int | None = None) -> None:
        self.count, self._line = 0, line

    def trace(self, frame: FrameType, event: str, argument: object) -> Any:
        """Count a line."""
        if not frame.f_code.co_filename.endswith(TRACED):
            return None
        if event == "line":
            self.count += 1
            if self.count == self._line:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.trace


def write_in_parts(descriptor: int, data: bytes) -> int:
    """Write half of the data, so that a kill can come in between."""
    return WRITE(descriptor, data[: max(1, len(data) // 2)])


def work(path: Path, works: dict[str, Any], out: int) -> None:
    """Do the batches of two stages, and report each and their results to the descriptor `out`."""
    with Checkpoint(path, after_s=0.0) as checkpoint:
        parts = checkpoint.open(works)
        stages = [Batches(report=lambda: WRITE(out, b"batch\n")) for _ in works]
        found = [stage.numbers(parts.get(name)) for stage, name in zip(stages, works, strict=True)]
        WRITE(out, b"%s\n" % json.dumps(found).encode())


def main(talk: str, path: str, rounds: int) -> None:
    """Kill the work on a recording until it has succeeded, several times; print what each round took."""
    works = works_of(Path(talk), Options(), Plugins(discover=False))
    moments, whole = random.Random(17), KilledAtLine()
    reading, writing = os.pipe()
    os.write = write_in_parts  # type: ignore[assignment]
    sys.settrace(whole.trace)
    work(Path(path), works, writing)
    sys.settrace(None)
    os.read(reading, 1 << 16)
    for _ in range(rounds):
        told: list[bytes] = []
        kills = 0
        while not (told and told[-1].startswith(b"[")):
            line = moments.randint(1, round(1.2 * whole.count))
            process = os.fork()
            if process == 0:
                sys.settrace(KilledAtLine(line).trace)
                work(Path(path), works, writing)
                os._exit(0)
            _, status = os.waitpid(process, 0)
            kills += bool(status)
            WRITE(writing, b"ended\n")
            told += os.read(reading, 1 << 16).splitlines()[:-1]
        print(json.dumps({"kills": kills, "batches": told.count(b"batch"), "results": json.loads(told[-1])}))
    work(Path(path), works, writing)  # the last one may have been killed before it had deleted the file


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
