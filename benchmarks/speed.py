"""Measures speed beside accuracy, against faster-whisper, pyannote, WhisperX and senko: `make benchmark-speed`.

docs/explanation/performance.md says what is compared, and how; a complete run fills in its tables.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from accuracy import filled
from long_conversation import write_with_words
from speakerplug import Turn, Word
from speakerplug.attribution.word_times import timed_words
from speakerplug.errors import SpeakerPlugError
from speakerplug.system.files import write_whole
from speakerplug.system.host import usable_cores
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.diarization_error import der
from speakerplug_evaluate.normalization import normalized
from speakerplug_evaluate.rates import pooled
from speakerplug_evaluate.scoring import wder
from speakerplug_evaluate.truth import Truth
from speed_contenders import CONTENDERS
from speed_tables import growth_plot, sections

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
PAGE = ROOT / "docs" / "explanation" / "performance.md"
OUT = ROOT / "out" / "speed.json"
CACHE = ROOT / ".cache" / "speed"

MINUTES = (1.0, 10.0, 60.0)
LONG = (240.0, 1440.0)
ONCE = 60.0
"""Recordings of this many minutes or more run once."""
SCORED = 60.0
"""Words of recordings of up to this many minutes are scored: the alignment is quadratic in their number."""
SEED = 17

WHISPERX = "whisperx==3.8.6"
OVERRIDES = """\
torch==2.11.*
torchaudio==2.11.*
torchcodec==0.17.*
huggingface-hub>=0.28
torchvision ; sys_platform == 'never'
"""
"""What WhisperX requires otherwise, or for its alignment only: all contenders run with the same torch."""


@dataclass(frozen=True)
class Run:
    """One answer: wall and CPU seconds, the process's peak memory up to then, and wall seconds by step, if known."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    steps: dict[str, float]


@dataclass
class Result:
    """The runs of a contender on a recording of so many minutes, and the measures of its last answer.

    `measures` are rates (0 to 1): `der`, `der_collar` and `wder`, those that the answer allows. `missing` says why
    there are no runs.
    """

    contender: str
    minutes: float
    runs: list[Run] = field(default_factory=list)
    words: int | None = None
    speakers: int | None = None
    measures: dict[str, float | None] = field(default_factory=dict)
    missing: str | None = None


class Worker:
    """A contender in a process of its own, loaded and warm. Raises RuntimeError if it cannot be loaded."""

    def __init__(self, name: str, python: Path, threads: int, log: Path, warm_up: Path) -> None:
        self._log = log
        with log.open("w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(
                [str(python), str(Path(__file__).with_name("speed_contenders.py")), name, str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "PYANNOTE_METRICS_ENABLED": "0"},
            )
        self._read()
        self.ask(warm_up)

    def ask(self, path: Path) -> dict[str, Any]:
        """Return the answer for a recording, with what it took."""
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(str(path)) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # _read says why
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        if line := self._process.stdout.readline():
            found: dict[str, Any] = json.loads(line)
            return found
        said = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise RuntimeError(said[-1] if said else f"it ended with exit code {self._process.wait()}")

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def whisperx_python() -> Path:
    """Return the interpreter of an environment with WhisperX, made if needed. Raises RuntimeError if that fails."""
    folder = CACHE / WHISPERX.replace("==", "-")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = folder / "installed"
    if done.exists():
        return python
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if uv is None:
        raise RuntimeError("uv is missing, which installs WhisperX: pip install uv")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    overrides = folder.with_suffix(".overrides.txt")
    overrides.write_text(OVERRIDES, encoding="utf-8")
    packages = ["-e", str(ROOT), "-e", str(ROOT / "plugins" / "speakerplug-bundled"), WHISPERX]
    given = ["--python", str(python), "--constraint", str(ROOT / "constraints.txt"), "--override", str(overrides)]
    for command in (["venv", "--python", sys.executable, str(folder)], ["pip", "install", *given, *packages]):
        made = subprocess.run([uv, *command, "--quiet"], stderr=subprocess.PIPE, text=True)
        if made.returncode:
            raise RuntimeError(f"{WHISPERX} cannot be installed: {(made.stderr.strip() or '?').splitlines()[-1]}")
    done.touch()
    return python


def python_of(contender: str) -> Path:
    """Return the interpreter that runs a contender."""
    return whisperx_python() if contender == "whisperx" else Path(sys.executable)


def scored(answer: Mapping[str, Any], truth: Truth, minutes: float) -> dict[str, float | None]:
    """Return the measures of an answer, as rates."""
    found: dict[str, float | None] = {}
    if answer["turns"] is not None:
        turns = [Turn(*turn) for turn in answer["turns"]]
        for name, collar in (("der", 0.0), ("der_collar", 0.25)):
            found[name] = pooled(der(truth.turns, turns, truth.region, collar)).value
    words = [Word(text.strip(), start, end, speaker) for text, start, end, speaker in answer["words"] or ()]
    if minutes <= SCORED and any(word.speaker is not None for word in words):
        reference, hypothesis = normalized(truth.words), normalized(timed_words(words))
        found["wder"] = pooled(wder(reference, hypothesis, align(reference, hypothesis))).value
    return found


def measured(contenders: Sequence[str], minutes: float, runs: int, threads: int, data: Path) -> list[Result]:
    """Return the results of contenders on a conversation of that length: all are loaded, then asked in turn."""
    results = [Result(name, minutes) for name in contenders]
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        truth = write_with_words(data, folder / "conversation.wav", minutes / 60, SEED)
        write_with_words(data, folder / "warm.wav", 0.5 / 60, SEED + 1)
        workers: dict[str, Worker] = {}
        for result in results:
            print(f"{minutes:g} min: {result.contender} loads", flush=True)
            try:
                log = folder / f"{result.contender}.log"
                workers[result.contender] = Worker(
                    result.contender, python_of(result.contender), threads, log, folder / "warm.wav"
                )
                stack.callback(workers[result.contender].close)
            except RuntimeError as error:
                result.missing = str(error)
                print(f"{result.contender} is left out: {error}", flush=True)
        answers: dict[str, dict[str, Any]] = {}
        for _ in range(runs):
            for result in results:
                if result.missing is None:
                    answer = answers[result.contender] = workers[result.contender].ask(folder / "conversation.wav")
                    result.runs.append(Run(*(answer[each.name] for each in fields(Run))))
                    print(f"{minutes:g} min: {result.contender} {answer['wall_s']:.1f} s", flush=True)
    for result in results:
        if answer := answers.get(result.contender, {}):
            result.words = None if answer["words"] is None else len(answer["words"])
            result.speakers = None if answer["turns"] is None else len({turn[2] for turn in answer["turns"]})
            result.measures = scored(answer, truth, minutes)
    return results


def machine() -> str:
    """Return the processor, and how many of its cores this process may use."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        models = (line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name"))
        name = next(models, f": {name}").split(":", 1)[1].strip()
    return f"{name}, {usable_cores()} cores"


def commit() -> str:
    """Return the commit that is measured."""
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() or "unknown"


def cold() -> str:
    """Return what benchmarks/start_time.py prints of cold processes; nothing where there is none."""
    script = ROOT / "benchmarks" / "start_time.py"
    if not script.is_file():
        return ""
    return subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description="Speed beside accuracy, of SpeakerPlug and others, in turn.")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="open recordings [%(default)s]")
    parser.add_argument("--minutes", type=float, nargs="+", metavar="N", help="lengths of the conversations [1 10 60]")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs below 60 minutes [%(default)s]")
    parser.add_argument("--only", action="append", choices=CONTENDERS, metavar="CONTENDER", help=", ".join(CONTENDERS))
    parser.add_argument("--long", action="store_true", help="SpeakerPlug alone on 4 and 24 hours, too")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="cores that each may use [%(default)s]")
    parser.add_argument("--page", action="store_true", help="fill in the page although not all was run")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parsed(arguments)
    if not (options.data / "manifest.json").is_file():
        sys.exit(f"{options.data} has no manifest.json; name the folder of the open recordings with --data.")
    given = " ".join(sys.argv[1:] if arguments is None else arguments)
    command = f"python benchmarks/speed.py {given}".strip()
    made = f"{datetime.date.today()}, commit {commit()}, {machine()}, {options.threads} of them used; `{command}`"
    results: list[Result] = []
    try:
        for minutes in sorted(options.minutes or MINUTES):
            runs = options.runs if minutes < ONCE else 1
            results += measured(options.only or list(CONTENDERS), minutes, runs, options.threads, options.data)
        for minutes in LONG if options.long else ():
            results += measured(["speakerplug"], minutes, 1, options.threads, options.data)
    except SpeakerPlugError as error:
        sys.exit(str(error))
    complete = not options.minutes and not options.only
    document = {"made": made, "results": [asdict(result) for result in results], "cold": cold() if complete else ""}
    OUT.parent.mkdir(exist_ok=True)
    write_whole(OUT, json.dumps(document, indent=1))
    texts = sections(document)
    print("\n\n".join(texts.values()))
    if complete or options.page:
        write_whole(PAGE, filled(PAGE.read_text(encoding="utf-8"), texts))
        write_whole(PAGE.with_name("growth.svg"), growth_plot(document))


if __name__ == "__main__":
    main()
