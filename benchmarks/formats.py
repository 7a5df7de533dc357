"""Does what reads each format find what was written? `python benchmarks/formats.py --help`.

Transcripts are those that `subtitles.py` keeps. Besides other parsers, two versions of ffmpeg count the cues.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import meeteval.io
import pysubs2
import srt  # type: ignore[import-untyped]
import webvtt

from speakerplug import Transcript
from speakerplug.formats.mux import embed
from speakerplug.plugin.manager import load_plugins
from speakerplug.subtitles import PROFILES, cues_from
from speakerplug_evaluate.manifest import read_set
from subtitles import DATA, KEEP, transcripts

WHEELS = ("imageio-ffmpeg==0.5.1", "imageio-ffmpeg==0.8.1")
"""They contain ffmpeg 4.2 and 9.0."""
PROGRAMS = Path(__file__).resolve().parents[1] / ".cache"


def _segments(text: str) -> int:
    return len(json.loads(text)["segments"])


def _rows(text: str) -> int:
    return sum(1 for _ in csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")) - 1


PARSERS: Mapping[str, tuple[str, Callable[[str], int]]] = {
    "vtt": ("webvtt-py", lambda text: len(webvtt.from_string(text).captions)),
    "srt": ("srt", lambda text: len(list(srt.parse(text)))),
    "ass": ("pysubs2", lambda text: len(pysubs2.SSAFile.from_string(text, format_="ass"))),
    "tsv": ("csv", _rows),
    "stm": ("meeteval", lambda text: len(meeteval.io.STM.parse(text).lines)),
    "podcast": ("json", _segments),
    "openai": ("json", _segments),
    "verbose_json": ("json", _segments),
    "whisperx": ("json", _segments),
}
BY_FFMPEG = ("vtt", "srt", "ass")


def cues_of(transcript: Transcript, format: str) -> int:
    """Return the number of cues in a format with its default rules."""
    usual = PROFILES["podcast" if format == "podcast" else "netflix"]
    rules = {"vtt": usual, "ass": usual.for_ass, "srt": usual.for_srt}.get(format, usual.shown_alone)
    return len(cues_from(transcript, rules))


def programs(folder: Path) -> dict[str, Path]:
    """Return the programs by version, each installed into `folder` on its own."""
    found = {}
    for wheel in WHEELS:
        place = folder / wheel.replace("==", "-")
        if not place.is_dir():
            pip = [sys.executable, "-m", "pip"] if find_spec("pip") else ["uv", "pip"]
            subprocess.run([*pip, "install", "--quiet", "--no-deps", "--target", str(place), wheel], check=True)
        program = next(place.glob("imageio_ffmpeg/binaries/ffmpeg-*"))
        program.chmod(0o755)
        output = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stdout
        found["ffmpeg " + output.split()[2].lstrip("n").split("-")[0]] = program
    return found


def counted(program: Path, path: Path) -> int:
    """Return the number of cues that a version of ffmpeg finds in the first subtitles of a file."""
    command = [str(program), "-nostdin", "-v", "error", "-i", str(path), "-map", "0:s:0", "-f", "srt", "-"]
    output: str = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return output.count(" --> ")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Count what is written, and what others read.")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="as speakerplug evaluate has it")
    parser.add_argument("--keep", type=Path, default=KEEP, metavar="FOLDER", help="transcripts and files [%(default)s]")
    parser.add_argument("--programs", type=Path, default=PROGRAMS, metavar="FOLDER", help="ffmpeg [%(default)s]")
    options = parser.parse_args(arguments)
    every = transcripts(options.data, options.keep, model="tiny.en", diarizer="bundled", device="cpu")
    audio = {item.id: item.audio for item in read_set(options.data)}
    folder = options.keep / "formats"
    folder.mkdir(exist_ok=True)
    found, writers = programs(options.programs), load_plugins().formats
    print("| format | files | cues | read back by | found | " + " | ".join(found) + " |")
    print("|---" * (5 + len(found)) + "|")
    for format, (parser_name, parse) in PARSERS.items():
        paths = {
            name: transcript.save(folder / f"{name}{writers[format].suffix}", format)
            for name, transcript in every.items()
        }
        written = sum(cues_of(transcript, format) for transcript in every.values())
        read = sum(parse(path.read_text(encoding="utf-8")) for path in paths.values())
        by_ffmpeg = [_total(program, paths.values()) if format in BY_FFMPEG else "-" for program in found.values()]
        print(f"| {format} | {len(paths)} | {written} | {parser_name} | {read} | {' | '.join(map(str, by_ffmpeg))} |")
    for suffix in (".mp4", ".mkv"):
        copies = [embed(transcript, audio[name], folder / f"{name}{suffix}") for name, transcript in every.items()]
        written = sum(cues_of(transcript, "srt") for transcript in every.values())
        by_ffmpeg = [_total(program, copies) for program in found.values()]
        print(f"| --embed-subs, {suffix} | {len(copies)} | {written} | | | {' | '.join(map(str, by_ffmpeg))} |")


def _total(program: Path, paths: Iterable[Path]) -> int:
    return sum(counted(program, path) for path in paths)


if __name__ == "__main__":
    main()
