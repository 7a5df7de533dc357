"""Draw the README's pictures from real output: `make pictures` writes them into docs/pictures/.

The terminal is what the commands print, laid out by rich; the page is a screenshot by Chromium, which `apt-get install
chromium` provides.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
WIDTH = 84
"""Columns of the terminal."""
LINES = 15
"""Lines shown of the subtitles."""
SPEAKERS = {"<v Ada>": "cyan", "<v Ben>": "magenta"}
VIEW = {"width": 1200, "height": 760}
LOOK_AT_S = 19.0
"""Position of the page's player: inside a word."""
SEEK = """(player, seconds) => new Promise(done => {
    player.addEventListener("seeked", () => done(), {once: true});
    player.currentTime = seconds;
})"""


def main() -> None:
    """Transcribe the sample, and draw the terminal and the page."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("There is no Chromium on this machine: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copy(ROOT / "samples" / "talk.mp4", work)
        commands = (
            "speakerplug transcribe talk.mp4 --model base --diarizer bundled --vtt --html \\\n"
            "    --name SPEAKER_00=Ada --name SPEAKER_01=Ben",
            f"head -n {LINES} talk.vtt",
            "speakerplug check talk.vtt | head -n 1",
        )
        (PICTURES / "terminal.svg").write_text(terminal([(command, output(command, work)) for command in commands]))
        (PICTURES / "page.png").write_bytes(compressed(screenshot(work / "talk.html", browser)))


def output(command: str, folder: Path) -> str:
    """Return what a shell command prints, both streams."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "SPEAKERPLUG_DEVICE": "cpu"}
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stderr}")
    return done.stderr + done.stdout


def terminal(commands: list[tuple[str, str]]) -> str:
    """Return an SVG of a terminal with commands and what they printed; it loads no font from anywhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for command, printed in commands:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")), soft_wrap=False)
        style = ""
        for line in printed.rstrip().splitlines():
            style = SPEAKERS.get(line[: line.find(">") + 1], style)
            console.print(_colored(line, style))
        console.print()
    svg = console.export_svg(title="speakerplug", unique_id="terminal")
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def _colored(line: str, style: str) -> Text:
    """Return a line with its times dimmed and the tags of its speaker in color, as an editor shows WebVTT."""
    text = Text(line)
    text.highlight_regex(r"^[\d:.]+ --> [\d:.]+$", "dim")
    text.highlight_regex(r"</?v[^>]*>", style)
    return text


def screenshot(page: Path, browser: str) -> bytes:
    """Return a PNG of the HTML transcript while a word is current."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_page(viewport=VIEW, device_scale_factor=1.5)  # type: ignore[arg-type]
        tab.goto(page.as_uri())
        tab.locator("video, audio").first.evaluate(SEEK, LOOK_AT_S)
        tab.wait_for_timeout(1500)  # for the scrolling to end
        picture = tab.screenshot()
        chromium.close()
    return picture


def compressed(picture: bytes) -> bytes:
    """Return the PNG with at most 128 colors."""
    small = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(128).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    main()
