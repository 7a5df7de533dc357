"""Runs tries for any length of time: python -m tests.fuzz --seconds 60 --seed 1 [--only NUMBER] [--kind KIND]."""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.fuzz.tries import KINDS, WEIGHTS
from tests.fuzz.verdict import Try, verdict

HANGING_S = 120
"""A try that takes longer hangs, and ends the run."""


def attempt(seed: int, number: int, kind: str | None = None) -> tuple[str, Try]:
    """Return the try of that number, the same for the same seed."""
    chance = Random(f"{seed} {number}")
    drawn = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    kind = kind or drawn
    return kind, KINDS[kind](chance)


def main() -> int:
    """Run tries until the time is over, and print what is wrong and how many there were of each kind."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", type=int, default=None, help="only the try of this number")
    parser.add_argument("--kind", choices=list(KINDS), default=None)
    given = parser.parse_args()
    seed = int(time.time()) if given.seed is None else given.seed
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}
    print(f"SEED={seed}", flush=True)
    counts: Counter[tuple[str, str]] = Counter()
    numbers = [given.only] if given.only is not None else range(1 << 60)
    end = time.monotonic() + given.seconds
    for number in numbers:
        if time.monotonic() > end:
            break
        kind, tried = attempt(seed, number, given.kind)
        faulthandler.dump_traceback_later(HANGING_S, exit=True)  # which says where it hangs
        if sys.stderr.isatty():
            print(f"{kind} {number}", end="\r", file=sys.stderr)
        with tempfile.TemporaryDirectory() as folder:
            code, wrong = verdict(tried, Path(folder))
        counts[kind, "wrong" if wrong else f"exit {int(code or 0)}"] += 1
        for what in wrong:
            print(f"{kind} {number}: {[text[:60] for text in tried.arguments]!a}: {what!a}", flush=True)
    for kind in KINDS:
        listed = ", ".join(f"{count} {how}" for (of, how), count in sorted(counts.items()) if of == kind)
        print(f"{kind}: {sum(count for (of, _), count in counts.items() if of == kind)} tries: {listed or 'none'}")
    print(f"{counts.total()} tries in all, SEED={seed}")
    return int(any(how == "wrong" for _, how in counts))


if __name__ == "__main__":
    raise SystemExit(main())
