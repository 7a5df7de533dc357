"""Whether a change affects the output: every format of several recordings, before and after.

    python -m tests.jobs.outputs write BEFORE RECORDING...     in a checkout of the old commit, or with its PYTHONPATH
    python -m tests.jobs.outputs write AFTER RECORDING...
    python -m tests.jobs.outputs compare BEFORE AFTER

Write twice with the old code first: what differs between the two is not deterministic.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

OPTIONS = ("--model", "tiny.en", "--diarizer", "bundled", "--offline", "--device", "cpu", "--quiet")
FORMATS = ("json", "vtt", "srt", "ass", "html")
RENAMED = {"margin": "speaker_confidence", "generator": "provenance", "voices": "speaker_tree", "profile": "timings"}
"""Fields of JSON that were renamed since; the page holds JSON, and code that reads it."""


def write(folder: Path, recordings: list[str]) -> None:
    """Write every format of every recording to `folder`, with the `speakerplug` that Python imports."""
    for recording in recordings:
        command = (sys.executable, "-c", "from speakerplug.cli import run; run()", "transcribe", recording)
        formats = (f"--{name}" for name in FORMATS)
        subprocess.run([*command, *OPTIONS, *formats, "--output", f"{folder}/"], check=True)


def compare(before: Path, after: Path) -> int:
    """Print a table with a line for each recording; return how many files differ."""
    names = sorted({path.stem for path in before.iterdir()} | {path.stem for path in after.iterdir()})
    print(f"| recording | {' | '.join(FORMATS)} |\n|---|{'---|' * len(FORMATS)}")
    different = 0
    for name in names:
        verdicts = [verdict(before / f"{name}.{suffix}", after / f"{name}.{suffix}") for suffix in FORMATS]
        different += sum(each != "same" for each in verdicts)
        print(f"| {name} | {' | '.join(verdicts)} |")
    return different


def verdict(before: Path, after: Path) -> str:
    """Return same, missing, or the first line that differs."""
    if not (before.is_file() and after.is_file()):
        return "missing"
    pairs = zip(lines(before), lines(after), strict=False)
    first = next((number for number, (one, other) in enumerate(pairs, 1) if one != other), None)
    if first is None:
        first = None if len([*lines(before)]) == len([*lines(after)]) else 0
    return "same" if first is None else f"differs in line {first}"


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file, renamed fields under their new names."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".json", ".html"):
        text = re.sub(rf"\b({'|'.join(RENAMED)})\b", lambda found: RENAMED[found[0]], text)
        text = re.sub(r"'sha256-[^']+'", "'sha256-of-a-script'", text)  # renamed fields are in scripts, too
    yield from text.splitlines()


if __name__ == "__main__":
    command, first, *rest = sys.argv[1:]
    if command == "write":
        write(Path(first), rest)
    else:
        sys.exit(compare(Path(first), Path(rest[0])) > 0)
