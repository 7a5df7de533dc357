"""Many clients at once: is every request answered, and as the command answers; does memory stay flat?

`python benchmarks/server_load.py RECORDING` starts `speakerplug serve` in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib import request
from urllib.error import HTTPError

BOUNDARY = "speakerplug-load"
TIMEOUT_S = 3600
MIB = 1 << 20
LONGEST_WAIT_S = 60.0
PARTS = 5


@dataclass(frozen=True)
class Answer:
    """An answer: its status and body, the seconds it took, and how often the server asked to try again."""

    status: int
    body: str
    seconds: float
    retries: int


def multipart(name: str, recording: Path, **fields: str) -> bytes:
    """Return a form with a file and fields."""
    head = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{fields[key]}\r\n' for key in fields]
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{recording.name}"\r\n\r\n'
    return "".join([*head, part]).encode() + recording.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()


def post(url: str, body: bytes) -> Answer:
    """Send a form until it is not refused for lack of a place, as OpenAI's clients do."""
    began, retries = time.monotonic(), 0
    while True:
        sent = request.Request(url, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
        try:
            with request.urlopen(sent, timeout=TIMEOUT_S) as answer:
                return Answer(answer.status, answer.read().decode(), time.monotonic() - began, retries)
        except HTTPError as error:
            if error.code != 429:
                return Answer(error.code, error.read().decode(), time.monotonic() - began, retries)
            retries += 1
            time.sleep(min(float(error.headers["Retry-After"]), LONGEST_WAIT_S))


@contextmanager
def server(temporary: str, options: Sequence[str]) -> Iterator[str]:
    """Yield the address of a server that makes its temporary files in a folder."""
    command = [sys.executable, "-m", "speakerplug", "serve", "--port", "0", *options]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command, stderr=log, env={**os.environ, "TMPDIR": temporary}) as process,
    ):
        try:
            while True:
                log.seek(0)
                lines = [line for line in log if "Serving on" in line]
                if lines:
                    break
                if process.poll() is not None:
                    log.seek(0)
                    raise SystemExit(log.read())
                time.sleep(0.1)
            yield lines[0].split()[2].rstrip(";")
        finally:
            process.terminate()


def resident_mib(url: str) -> float:
    """Return the memory of the server in MiB, as it says itself."""
    with request.urlopen(f"{url}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    (line,) = (line for line in lines if line.startswith("process_resident_memory_bytes"))
    return float(line.split()[1]) / MIB


def words_and_speakers(answer: str) -> str:
    """Return what both APIs and the command must agree on: the words, with speakers."""
    found = json.loads(answer)
    words = found.get("word_segments") or found["words"]
    return json.dumps([(word.get("word") or word["text"], word.get("speaker")) for word in words])


def by_command(recording: Path, options: Sequence[str]) -> str:
    """Return what the command says of the recording."""
    command = [sys.executable, "-m", "speakerplug", "transcribe", str(recording), "--json", "--no-checkpoint", "-o"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*command, folder, *options], check=True, capture_output=True)
        (path,) = Path(folder).glob("*.json")
        return words_and_speakers(path.read_text(encoding="utf-8"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table; exit with 1 if a request was lost, or answered otherwise than by the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--queue", type=int, default=16)
    parser.add_argument("--model", default="tiny.en")
    parser.add_argument("--diarizer", default="bundled")
    given = parser.parse_args(arguments)
    options = ("--model", given.model, "--diarizer", given.diarizer, "--offline")
    expected = by_command(given.recording, options)
    openai = multipart("file", given.recording, response_format="verbose_json", **{"timestamp_granularities[]": "word"})
    asr = multipart("audio_file", given.recording)
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as temporary:
        with (
            server(temporary, (*options, "--queue", str(given.queue))) as url,
            ThreadPoolExecutor(given.clients) as pool,
        ):
            began = time.monotonic()

            def ask(number: int) -> Answer:
                """Send a request to one API or the other."""
                answer = (
                    post(f"{url}/asr?output=json", asr)
                    if number % 2
                    else post(f"{url}/v1/audio/transcriptions", openai)
                )
                memory.append(resident_mib(url))
                return answer

            answers = [*pool.map(ask, range(given.requests))]
            seconds = time.monotonic() - began
        left = len([*Path(temporary).iterdir()])
    return report(answers, expected, memory, seconds, left)


def report(answers: Sequence[Answer], expected: str, memory: Sequence[float], seconds: float, left: int) -> int:
    """Print what was measured; return the exit code."""
    statuses = Counter(answer.status for answer in answers)
    equal = sum(answer.status == 200 and words_and_speakers(answer.body) == expected for answer in answers)
    times = sorted(answer.seconds for answer in answers)
    parts = [memory[len(memory) * part // PARTS : len(memory) * (part + 1) // PARTS] for part in range(PARTS)]
    rows: dict[str, Any] = {
        "requests": len(answers),
        "statuses": dict(statuses),
        "answers equal to the command's": equal,
        "asked to try again": sum(answer.retries for answer in answers),
        "seconds in all": f"{seconds:.1f}",
        "seconds to an answer, median and longest": f"{statistics.median(times):.1f}, {times[-1]:.1f}",
        "highest memory in each fifth of the time, MiB": ", ".join(f"{max(part, default=0):.0f}" for part in parts),
        "temporary files left": left,
    }
    for name, value in rows.items():
        print(f"| {name} | {value} |")
    return 0 if equal == len(answers) and not left else 1


if __name__ == "__main__":
    sys.exit(main())
