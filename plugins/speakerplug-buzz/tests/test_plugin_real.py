"""The plugin in the hands of Buzz's own loader and manager, in an environment of Python 3.12 with Buzz's wheel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from speakerplug_buzz.command import main
from tests.jobs.pythons import interpreter

pytestmark = pytest.mark.hosts

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "samples" / "talk.mp4"
BUZZ = "buzz-captions==1.4.5"
NEEDED = ("dataclasses-json<0.7", "huggingface-hub", "keyring<26", "numpy<2", "platformdirs<5", "pyqt6==6.9.1",
          "pyqt6-qt6==6.9.1", "pyqt6-sip==13.10.2", "requests", "yt-dlp")  # fmt: skip
"""What Buzz's plugins and exports import; its recognizers need gigabytes."""
RUN = """
import json, logging, sys
from pathlib import Path
from PyQt6.QtCore import QCoreApplication
app = QCoreApplication([])
from buzz.plugins import loader
from buzz.plugins.manager import PluginManager
from buzz.transcriber.file_transcriber import write_output
from buzz.transcriber.transcriber import (FileTranscriptionOptions, FileTranscriptionTask, OutputFormat, Segment,
                                          TranscriptionOptions, get_output_file_path)

logging.basicConfig(level="INFO", format="%(name)s %(message)s")
video, address, options, folder = sys.argv[1:]


class Service:
    def update_transcription_as_completed(self, uid, segments):
        self.saved = segments


loader.BUNDLED_PLUGIN_IDS.clear()  # one of them installs packages
service = Service()
manager = PluginManager(service)
manager.initialize()
if address:
    manager.add_from_url(address)
manager.set_config("speakerplug", {"options": options})
for name in manager.plugins:
    manager.set_enabled(name, name == "speakerplug")
task = FileTranscriptionTask(TranscriptionOptions(), FileTranscriptionOptions(output_formats={OutputFormat.SRT}), "",
                             file_path=video, output_directory=folder)
segments = [Segment(400, 4300, "Hello Ben, have you ever watched a film with the sound turned off?"),
            Segment(4800, 10000, "Yes, on a train last week, without subtitles I would have been completely lost."),
            Segment(10600, 12400, "Did they tell you who was speaking?")]
(Path(folder) / "other.srt").write_text("mine")
path = get_output_file_path(video, task.transcription_options.task, None, task.transcription_options.model,
                            OutputFormat.SRT, folder)
write_output(path, segments, OutputFormat.SRT)
manager.process_completed(task, segments)
print(json.dumps({"plugins": sorted(manager.plugins), "speakers": [each.speaker for each in service.saved],
                  "exported": Path(path).read_text(), "files": sorted(each.name for each in Path(folder).iterdir())}))
"""


@pytest.fixture(scope="module")
def python() -> Path:
    """Return the Python of an environment with Buzz's wheel, without the recognizers that it requires."""
    base = interpreter("3.12")
    if base is None:
        pytest.skip("Buzz needs Python 3.12, and there is none here")
    folder, uv = ROOT / ".cache" / "hosts" / BUZZ.replace("==", "-"), str(Path(sys.executable).with_name("uv"))
    own = folder / "bin" / "python"
    if not (folder / "installed").exists():
        subprocess.run([uv, "venv", "--quiet", "--allow-existing", "--python", base, str(folder)], check=True)
        for packages in (("--no-deps", BUZZ), NEEDED):
            subprocess.run([uv, "pip", "install", "--quiet", "--python", str(own), *packages], check=True)
        (folder / "lib" / "python3.12" / "site-packages" / "whisper.py").write_text("_MODELS = {}\n")  # imported only
        (folder / "installed").touch()
    return own


def transcribed(
    python: Path, folder: Path, options: str = "--diarizer bundled", address: str = "", video: Path = SAMPLE
) -> tuple[dict[str, Any], str]:
    """Return what Buzz has after a transcription of the sample, and its log."""
    exports = folder / "exports"
    exports.mkdir()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HF_HUB_OFFLINE": "1"}
    command = [str(python), "-c", RUN, str(video), address, options, str(exports)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found, done.stderr


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give Buzz a home of its own."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def test_buzz_saves_and_exports_speakers_of_the_installed_plugin(python: Path, home: Path) -> None:
    """Its loader finds the plugin, its manager stores the segments with speakers, and the file is written again."""
    assert main(["--install"]) == 0
    found, log = transcribed(python, home)
    assert "speakerplug" in found["plugins"]
    assert found["speakers"] == ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"], log
    assert "\nSPEAKER_01: Yes, on a train" in found["exported"]
    assert len(found["files"]) == 2
    assert "other.srt" in found["files"]


def test_buzz_installs_the_zip_and_goes_on_after_a_failure(
    python: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From an address, as people add it; a recording that is no recording leaves everything as it was."""
    archive, text = home / "speakerplug.zip", home / "talk.mp3"
    assert main(["--zip", str(archive)]) == 0
    text.write_text("This is text.")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    found, log = transcribed(python, home, address=archive.as_uri(), video=text)
    assert found["speakers"] == ["", "", ""]
    assert "SPEAKER" not in found["exported"]
    assert "No speakers: " in log
    assert "talk.mp3" in log
    assert "Traceback" not in log
