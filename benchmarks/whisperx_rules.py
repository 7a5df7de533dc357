"""WhisperX's own code on given words and turns: the speaker of each word, and of each subtitle.

`outcomes` installs WhisperX's package without dependencies into a separate folder, and runs this file there with
SpeakerPlug's packages: WhisperX requires other versions of torch, which do not matter for these rules.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

WHISPERX = "whisperx==3.8.6"
CACHE = Path(__file__).resolve().parents[1] / ".cache" / WHISPERX.replace("==", "-")

RULES = ("whisperx", "whisperx, nearest", "whisperx, subtitles")

Case = Mapping[str, Any]
"""WhisperX's input for one recording: `segments`, as its alignment returns them, and `turns`."""


def outcomes(cases: Mapping[str, Case], cache: Path = CACHE) -> dict[str, dict[str, Any]]:
    """Return WhisperX's results by rule and recording, with a speaker for each word.

    `RULES` are `assign_word_speakers` by default, with `fill_nearest=True`, and the speaker that its subtitle writer
    puts before the cue of the word.
    """
    found: dict[str, dict[str, Any]] = answer(__file__, cases, cache)
    return found


def answer(script: str, cases: Mapping[str, Case], cache: Path) -> Any:
    """Install WhisperX's package in `cache` if needed, run `script` with it on the cases, and return the result."""
    install(cache)
    path = os.pathsep.join(filter(None, (str(cache), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "PYANNOTE_METRICS_ENABLED": "0"}
    done = subprocess.run(
        [sys.executable, script],
        input=json.dumps(cases),
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def install(cache: Path) -> None:
    """Install WhisperX's package without dependencies into the folder `cache`, unless it is there."""
    if (cache / "whisperx").is_dir():
        return
    pip = [sys.executable, "-m", "pip"] if find_spec("pip") else ["uv", "pip"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--target", str(cache), WHISPERX], check=True)


def segments_of(words: Sequence[Mapping[str, Any]], longest_s: float = 30.0) -> list[dict[str, Any]]:
    """Return words (`word`, `start`, `end`) in sentences of up to `longest_s`, as WhisperX's alignment does."""
    segments: list[dict[str, Any]] = []
    open_one = False
    for word in words:
        if not open_one or word["end"] - segments[-1]["start"] > longest_s:
            segments.append({"start": word["start"], "words": []})
        segments[-1]["words"].append(dict(word))
        segments[-1]["end"] = word["end"]
        open_one = re.search(r"""[.?!]["')]*$""", word["word"]) is None
    for segment in segments:
        segment["text"] = " ".join(word["word"] for word in segment["words"])
    return segments


def assigned(case: Case, fill_nearest: bool) -> Any:
    """Return the result of WhisperX's `assign_word_speakers`."""
    import pandas
    from whisperx.diarize import assign_word_speakers

    turns = pandas.DataFrame(case["turns"], columns=["start", "end", "speaker"])
    result = {"segments": deepcopy(case["segments"]), "language": "en"}
    return assign_word_speakers(turns, result, fill_nearest=fill_nearest)


def _as_subtitled(result: Any) -> Any:
    """Return the same, each word with the speaker that is written before its cue."""
    from whisperx.utils import WriteVTT

    layout = {"max_line_width": None, "max_line_count": None, "highlight_words": False}
    cues = list(WriteVTT(".").iterate_result(result, layout))
    segments = [segment for segment in deepcopy(result["segments"]) if segment["words"]]
    for segment, (_, _, text) in zip(segments, cues, strict=True):
        named = re.match(r"\[(.+?)\]: ", text)
        for word in segment["words"]:
            word["speaker"] = named[1] if named else None
    return {**result, "segments": segments}


def _run() -> None:
    """Read cases from stdin, write results to stdout; runs with WhisperX's package."""
    cases, output = json.load(sys.stdin), sys.stdout
    sys.stdout = sys.stderr  # libraries may print on import
    plain = {name: assigned(case, fill_nearest=False) for name, case in cases.items()}
    filled = {name: assigned(case, fill_nearest=True) for name, case in cases.items()}
    subtitled = {name: _as_subtitled(result) for name, result in plain.items()}
    json.dump(dict(zip(RULES, (plain, filled, subtitled), strict=True)), output)


if __name__ == "__main__":
    _run()
