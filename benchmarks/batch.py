"""`speakerplug batch` with stages that need no model: kills, nasty files, overhead, resuming, and two workers.

    python benchmarks/batch.py                      # all parts, 1,000 files: about half an hour
    python benchmarks/batch.py --files 100 --parts kills

Seeds are fixed. Prints a table for each part, and exits with 1 if an aim is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from speakerplug.batch.journal import SCHEMA, read_journals
from speakerplug.batch.record import Record
from speakerplug.plugin import WrittenFile
from tests.standins.batch_kills import PROGRAM, command, lines, run_killed, states, tree
from tests.standins.stub_stages import OPTIONS, SLEEP, installed, write_clip

SEED = 22
KILLS = 20
EVEN = 40
NASTY = ("empty.mp3", "text.mp4", "nowhere.wav", "kills.wav", "raises1.wav", "raises2.wav", "cut.m4a", "zeros.flac",
         "header.wav", "two\nlines.ogg")  # fmt: skip
DRIVER_MB, OVERHEAD_S, RESUME_10K_S, RESUME_100K_S, SCALING = 150.0, 0.05, 2.0, 10.0, 1.95


class Part:
    """A part of the benchmark: a folder with clips, where its runs are, and whether its aims are met."""

    def __init__(self, folder: Path, files: int) -> None:
        self.folder, self.files, self.met = folder, files, True
        paths = (str(installed(folder)), os.environ.get("PYTHONPATH", ""))
        self.environment = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        order = random.Random(SEED)
        for number in range(files):
            write_clip(folder / "in" / f"{number % 10}" / f"{number}.wav", order.uniform(3.0, 10.0), number)

    def row(self, name: str, found: str, aim: str = "", met: bool = True) -> None:
        """Print a row of the table."""
        self.met = self.met and met
        print(f"| {name} | {found} | {aim} | {'' if not aim else 'yes' if met else 'NO'} |", flush=True)

    def run(self, arguments: list[str], more: dict[str, str] | None = None) -> tuple[int, float, float]:
        """Run a command; return its exit code, the CPU seconds of all its processes, and the wall time."""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        environment = {**os.environ, **self.environment, **(more or {})}
        code = subprocess.run(arguments, env=environment, stderr=subprocess.DEVNULL, check=False).returncode
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return code, spent, time.perf_counter() - began


def kills(part: Part) -> None:
    """Kill drivers and workers at random; compare with an undisturbed run."""
    whole, out = part.folder / "whole", part.folder / "killed"
    code, _, seconds = part.run(command(part.folder / "in", whole))
    part.row("undisturbed: seconds", f"{seconds:.0f}", "exit 0", code == 0)
    began = time.perf_counter()
    arguments = command(part.folder / "in", out)
    found, code = run_killed(arguments, part.environment, out, part.files, KILLS, SEED)
    victims = [kill.victim for kill in found]
    part.row("killed: drivers, workers", f"{victims.count('driver')}, {victims.count('worker')}")
    part.row("after so many files", ", ".join(f"{kill.done} {kill.victim[0]}" for kill in found))
    part.row("seconds, all runs", f"{time.perf_counter() - began:.0f}", "exit 0", code == 0)
    one, other = tree(whole), tree(out)
    lost = sorted(one.keys() - other.keys())
    different = sorted(name for name in one.keys() & other.keys() if one[name] != other[name])
    part.row("results lost", str(len(lost)), "0", not lost)
    part.row("results that differ", str(len(different)), "0", not different)
    part.row("leftovers", str(len(other.keys() - one.keys())), "0", not other.keys() - one.keys())
    again = states(out)["started"] - part.files
    part.row("files begun again", str(again), f"<= {len(found)}", again <= len(found))


def nasty(part: Part) -> None:
    """Ten files that cannot be done, one of which kills its process."""
    order = random.Random(SEED)
    for name in NASTY:
        path = part.folder / "in" / f"{order.randrange(10)}" / name
        if name.endswith(".wav") and not name.startswith(("nowhere", "header")):
            write_clip(path, 3.0)
        elif name.startswith("nowhere"):
            path.symlink_to(part.folder / "nothing.wav")
        else:
            path.write_bytes({"empty.mp3": b"", "zeros.flac": bytes(9999)}.get(name, b"RIFF\xff\xff\xff\x7fWAVEfmt "))
    out = part.folder / "nasty"
    code, _, _ = part.run(command(part.folder / "in", out))
    failed = [line for line in lines(out) if line.get("state") in ("failed", "killed")]
    done = states(out)["done"]
    part.row("done", str(done), str(part.files), done == part.files)
    part.row("named with a hint", str(sum(bool(line["message"]) for line in failed)), "10", len(failed) == len(NASTY))
    part.row("exit code", str(code), "1", code == 1)
    tries = sum(line.get("key", "").endswith("kills.wav") and line["state"] == "started" for line in lines(out))
    part.row("attempts of the one that kills", str(tries), "2", tries == 2)


def overhead(part: Part) -> None:
    """CPU time a file, compared with `transcribe FILE...` in one process; memory of the driver."""
    out, other = part.folder / "batch", part.folder / "transcribe"
    files = sorted(map(str, (part.folder / "in").rglob("[0-9]*.wav")))
    plain = [*PROGRAM[:-1], "transcribe", *files, "-o", f"{other}/", "--json", "--vtt", *OPTIONS, "--progress", "off"]
    _, loop_s, loop_wall = part.run(plain)
    began = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, **part.environment}
    process = subprocess.Popen(command(part.folder / "in", out), env=environment, stderr=subprocess.DEVNULL)
    peak_mb = 0.0
    while process.poll() is None:
        peak_mb = max(peak_mb, _peak_mb(process.pid))
        time.sleep(0.2)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent, wall = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - began
    part.row("transcribe FILE...: CPU s, s", f"{loop_s:.1f}, {loop_wall:.1f}")
    part.row("batch, one worker: CPU s, s", f"{spent:.1f}, {wall:.1f}")
    more = (spent - loop_s) / part.files
    part.row("more CPU time a file, ms", f"{1000 * more:.1f}", f"<= {1000 * OVERHEAD_S:.0f}", more <= OVERHEAD_S)
    part.row("peak of the driver, MB", f"{peak_mb:.0f}", f"<= {DRIVER_MB:.0f}", peak_mb <= DRIVER_MB)


def _peak_mb(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmHWM")), 0.0)


def journal(part: Part) -> None:
    """The time to read journals of many recordings, two lines for each."""
    for count, aim in ((10_000, RESUME_10K_S), (100_000, RESUME_100K_S)):
        folder = part.folder / f"journal{count}"
        (folder / ".speakerplug").mkdir(parents=True)
        outputs = tuple(WrittenFile(f"folder/{n}.json", 12_345, "a" * 64) for n in range(2))
        done = Record("done", "", 0.0, "x" * 40, content="c" * 80, settings="s" * 32, outputs=outputs, audio_s=5.0)
        with (folder / ".speakerplug" / "journal-x.jsonl").open("wb") as file:
            file.write(json.dumps({"schema": SCHEMA, "version": "1.0"}).encode() + b"\n")
            for number in range(count):
                for state in ("started", "done"):
                    file.write(replace(done, state=state, key=f"folder/{number}.wav", time=float(number)).line())
        began = time.perf_counter()
        entries = len(read_journals(folder).latest)
        seconds = time.perf_counter() - began
        part.row(f"{entries:,} entries read, s", f"{seconds:.2f}", f"<= {aim:.0f}", seconds <= aim)


def scaling(part: Part) -> None:
    """How much faster two workers are with a stage that sleeps; the time from the first start to the last end."""
    seconds = {}
    for number in range(EVEN):
        write_clip(part.folder / "few" / f"{number}.wav", 3.0, number)
    for workers in (1, 2):
        out = part.folder / f"workers{workers}"
        arguments = command(part.folder / "few", out, "--workers", str(workers))
        part.run(arguments, {SLEEP: "2.0"})
        times = [line["time"] for line in lines(out) if "state" in line]
        seconds[workers] = max(times) - min(times)
    factor = seconds[1] / seconds[2]
    part.row("two workers, a stage that sleeps", f"{factor:.2f}x", f">= {SCALING}x", factor >= SCALING)


PARTS: dict[str, Callable[[Part], None]] = {each.__name__: each for each in (journal, overhead, scaling, kills, nasty)}


def main() -> int:
    """Run the parts, and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000, help="clips to make [%(default)s]")
    parser.add_argument("--parts", nargs="+", choices=[*PARTS], default=[*PARTS], help="[all]")
    known = parser.parse_args()
    met = True
    with tempfile.TemporaryDirectory() as name:
        part = Part(Path(name), known.files)
        for chosen in known.parts:
            print(f"\n{chosen}: {(PARTS[chosen].__doc__ or '').strip()}\n\n| | found | aim | met |")
            print("| --- | --- | --- | --- |", flush=True)
            PARTS[chosen](part)
        met = part.met
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
