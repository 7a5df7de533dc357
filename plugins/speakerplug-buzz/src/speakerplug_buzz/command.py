"""The command that installs the plugin into Buzz, or writes it as the .zip that Buzz takes."""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import platformdirs

from speakerplug.plugin import OutputError, SpeakerPlugError, write_whole

ID = "speakerplug"
PLUGIN = Path(__file__).with_name("plugin.py")


def main(arguments: Sequence[str] | None = None) -> int:
    """Install the plugin, or write the .zip; return the exit code."""
    parser = argparse.ArgumentParser("speakerplug-buzz", description="Who speaks, in Buzz 1.4.5 or later.")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--install", action="store_true", help="Install the plugin for this user's Buzz.")
    group.add_argument("--zip", type=Path, metavar="FILE", help="Write it for Help > Plugins; it runs `speakerplug`.")
    given = parser.parse_args(arguments)
    try:
        if given.install:
            print(f"Wrote {install()}; start Buzz again and enable the plugin in Help > Plugins.")
        else:
            write_zip(given.zip)
            print(f"Wrote {given.zip}")
    except SpeakerPlugError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def install() -> Path:
    """Write the plugin, which will run this Python, into the folder where Buzz looks, and return its own folder."""
    folder = Path(platformdirs.user_cache_dir("Buzz")) / "plugins" / ID
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}); check its permissions.") from error
    write_whole(folder / "command.json", json.dumps([sys.executable, "-m", "speakerplug"]))
    write_whole(folder / "plugin.py", PLUGIN.read_bytes())  # last: it makes the folder a plugin
    return folder


def write_zip(path: Path) -> None:
    """Write the plugin as a .zip with one folder. Raises OutputError."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(PLUGIN, f"{ID}/plugin.py")
    write_whole(path, content.getvalue())


def run() -> None:
    """Run the command of this process."""
    sys.exit(main())
