"""WhisperX's own subtitles of given words and turns: its attribution, then its writer.

`subtitles` installs WhisperX's package as `whisperx_rules` does, and runs this file with it.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whisperx_rules import CACHE, Case, answer, assigned

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "whisperx": {"max_line_width": None, "max_line_count": None, "highlight_words": False},
    "whisperx, 42 x 2": {"max_line_width": 42, "max_line_count": 2, "highlight_words": False},
}


def subtitles(cases: Mapping[str, Case], cache: Path = CACHE) -> dict[str, dict[str, dict[str, str]]]:
    """Return the text of the files by setting, format and recording."""
    found: dict[str, dict[str, dict[str, str]]] = answer(__file__, cases, cache)
    return found


def _written(writer: Any, result: Any, setting: Mapping[str, Any]) -> str:
    text = io.StringIO()
    writer(".").write_result(result, text, setting)
    return text.getvalue()


def _run() -> None:
    """Read cases from stdin, write subtitles to stdout."""
    cases, output = json.load(sys.stdin), sys.stdout
    sys.stdout = sys.stderr  # libraries may print on import
    from whisperx.utils import WriteVTT

    results = {name: assigned(case, fill_nearest=False) for name, case in cases.items()}
    found = {
        setting: {
            format: {name: _written(writer, result, options) for name, result in results.items()}
            for format, writer in (("vtt", WriteVTT),)
        }
        for setting, options in SETTINGS.items()
    }
    json.dump(found, output)


if __name__ == "__main__":
    _run()
