"""The command: Subtitle Edit starts it with a request, people install the plugin with it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from speakerplug.plugin import SpeakerPlugError, write_whole

from .install import SCRIPT, install
from .respond import response_to


def main(arguments: Sequence[str] | None = None) -> int:
    """Install the plugin, or answer a request; return the exit code."""
    parser = argparse.ArgumentParser(SCRIPT, description="Who speaks the lines that are open in Subtitle Edit 5.")
    parser.add_argument("request", nargs="?", type=Path, help="Request of Subtitle Edit, which starts this program.")
    parser.add_argument(
        "--install", type=Path, metavar="FOLDER", help="Install the plugin into this folder of plugins."
    )
    given = parser.parse_args(arguments)
    if (given.request is None) == (given.install is None):
        parser.error("give --install with Subtitle Edit's folder of plugins")
    try:
        if given.install is not None:
            print(f"Wrote {install(given.install)}; choose Plugins > Who speaks in Subtitle Edit.")
        else:
            answer(given.request)
    except SpeakerPlugError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def answer(path: Path) -> None:
    """Write the response to the request in a file. Raises SpeakerPlugError for what is no request."""
    try:
        request = json.loads(path.read_text(encoding="utf-8-sig"))
        response = Path(request["responseFilePath"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SpeakerPlugError(f"{path} is no request of Subtitle Edit ({error}); it starts this program.") from error
    write_whole(response, json.dumps(response_to(request), ensure_ascii=False))


def run() -> None:
    """Run the command of this process."""
    sys.exit(main())
