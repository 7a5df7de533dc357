"""The postprocessor in the real yt-dlp, with a stand-in for the command; and with the command itself."""

from __future__ import annotations

import ast
import importlib
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yt_dlp
from yt_dlp.utils import PostProcessingError

from speakerplug.cli import command_line
from tests.test_docs import blocks

from .conftest import Command, Downloads, progress

SOURCE = Path(__file__).parents[1] / "src" / "yt_dlp_plugins" / "postprocessor" / "speakerplug.py"
TALK = Path(__file__).parents[3] / "samples" / "talk.mp4"
posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in begins with #!")

plugin = importlib.import_module("yt_dlp_plugins.postprocessor.speakerplug")


class Downloader:
    """What a postprocessor uses of yt-dlp; `told` is what it was told."""

    def __init__(self, **params: Any) -> None:
        self.params, self.told = params, list[str]()

    def to_screen(self, text: str, **_: Any) -> None:
        """Keep what is shown."""
        self.told.append(text)

    write_debug = report_warning = to_screen

    def to_console_title(self, *_: Any) -> None:
        """Show no title."""

    def evaluate_outtmpl(self, *_: Any) -> str:
        """Return a title."""
        return ""


def run(
    command: str, info: dict[str, Any], params: dict[str, Any] | None = None, **options: str
) -> tuple[Any, list[str]]:
    """Return the info after the postprocessor, and what it told."""
    downloader = Downloader(**(params or {}))
    _, after = plugin.SpeakerPlugPP(downloader, command=command, **options).run(info)
    return after, downloader.told


def output(path: Path, **fields: Any) -> dict[str, Any]:
    """Return the event of a complete result."""
    return {"event": "output", "path": str(path), "is_partial": False, **fields}


@posix
def test_run_adds_the_first_subtitles_to_those_that_yt_dlp_embeds(command: Command, tmp_path: Path) -> None:
    """Under the language of the words, beside what the site has; every result is moved with the video."""
    srt, vtt, part = tmp_path / "talk.srt", tmp_path / "talk.vtt", tmp_path / "talk.partial.json"
    events = [output(srt, language="en"), output(vtt, language="en"), {**output(part), "is_partial": True}]
    theirs = {"ext": "vtt", "filepath": "talk.en.vtt", "name": "English"}
    info = {"filepath": str(tmp_path / "talk.mp4"), "ext": "mp4", "requested_subtitles": {"en": theirs}}
    after, _ = run(command(events), {**info, "__files_to_move": {}})
    made = {"ext": "srt", "filepath": str(srt), "name": "Speakers"}
    assert after["requested_subtitles"] == {"en": theirs, "en-speakers": made}
    assert after["__files_to_move"] == {str(srt): "", str(vtt): ""}
    after, _ = run(command([output(srt)]), {**info, "requested_subtitles": None, "language": "de"})
    assert (after["requested_subtitles"], "__files_to_move" in after) == ({"de": made}, False)


@posix
def test_run_with_results_that_are_there_already_adds_them(command: Command, tmp_path: Path) -> None:
    """As when FFmpeg was missing the first time; that they were written is not said."""
    srt = str(tmp_path / "talk.srt")
    info = {"filepath": str(tmp_path / "talk.mp4"), "ext": "mp4", "__files_to_move": {}}
    after, told = run(command([{"event": "skipped", "paths": [srt, str(tmp_path / "talk.json")]}]), info)
    assert after["requested_subtitles"] == {"und": {"ext": "srt", "filepath": srt, "name": "Speakers"}}
    assert list(after["__files_to_move"]) == [srt, str(tmp_path / "talk.json")]
    assert not [line for line in told if "Wrote" in line]


def test_found_prefers_the_command_beside_the_python_of_yt_dlp(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment's programs need not be on the path; another name, or a path, stays as it is."""
    monkeypatch.setenv("PATH", "")
    assert Path(plugin.found("speakerplug")).parent == Path(sys.executable).parent
    assert (plugin.found("nothing"), plugin.found("/nowhere/speakerplug")) == ("nothing", "/nowhere/speakerplug")


@posix
def test_run_passes_its_arguments_as_options_of_the_command(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Results lie next to the file; what is there is kept, unless yt-dlp overwrites; WebM takes WebVTT only."""
    monkeypatch.chdir(tmp_path)
    program, place = (
        command([output(tmp_path / "x.srt")]),
        ["transcribe", "--progress", "json", "--output", f"{tmp_path}{os.sep}"],
    )
    run(program, {"filepath": "-x.mp4", "ext": "mp4"}, format="srt, json", num_speakers="2", exact="")
    given = (tmp_path / "command.sh.arguments").read_text().splitlines()
    formats = ["--format", "srt", "--format", "json", "--skip-existing"]
    assert given == [*place, *formats, "--num-speakers", "2", "--exact", "--", str(tmp_path / "-x.mp4")]
    run(program, {"filepath": "x.webm", "ext": "webm"}, {"overwrites": True})
    given = (tmp_path / "command.sh.arguments").read_text().splitlines()
    assert given == [*place, "--format", "vtt", "--labels", "change", "--", str(tmp_path / "x.webm")]


@posix
def test_run_shows_each_tenth_and_warnings(command: Command, tmp_path: Path) -> None:
    """Not every event, and no line that is none."""
    events = [progress(0.05, None), progress(0.12, None), progress(0.15, 90), progress(0.5, 61.2)]
    warning = {"event": "log", "level": "warning", "message": "Quiet."}
    skipped = {"event": "log", "level": "info", "message": "Skipped talk.mp4"}
    printed = {**skipped, "source": "stderr", "message": "of a library"}
    last = {"event": "skipped", "paths": ["talk.srt"]}
    told = run(command([*events, warning, skipped, printed, last]), {"filepath": "talk.mp4"})[1]
    assert [line for line in told if "runs" not in line] == [
        '[SpeakerPlug] Transcribing "talk.mp4"',
        "[SpeakerPlug] 12%",
        "[SpeakerPlug] 50%, 1:01 left",
        "SpeakerPlug: Quiet.",
        "[SpeakerPlug] Skipped talk.mp4",
        "SpeakerPlug: of a library",
    ]
    assert run(command([*events, last]), {"filepath": "talk.mp4"}, {"noprogress": True})[1][-1].startswith(
        "SpeakerPlug runs"
    )
    assert list(plugin.parsed(["Segmentation fault\n", "[1]\n", '{"a": 1}\n', '{"event": "end"}\n'])) == [
        {"event": "end"}
    ]


@posix
@pytest.mark.parametrize(
    ("events", "said"),
    [([{"event": "error", "message": "talk.mp4 is empty: record it again."}], "^talk.mp4 is empty: record it again.$"),
     ([], "command.sh ended with exit code 3")],
)  # fmt: skip
def test_run_of_a_command_that_fails_raises_its_sentence(command: Command, events: list[Any], said: str) -> None:
    """Or its exit code, if it crashed."""
    with pytest.raises(PostProcessingError, match=said):
        run(command(events, code=3), {"filepath": "talk.mp4"})


@pytest.mark.skipif(shutil.which("true") is None, reason="there is no program `true`")
def test_run_of_another_program_that_succeeds_raises() -> None:
    """It does nothing, so there are no subtitles; with what to do."""
    with pytest.raises(PostProcessingError, match=r"true wrote no subtitles: name the command of SpeakerPlug with "):
        run("true", {"filepath": "talk.mp4"})


def test_run_without_the_command_or_a_file_raises(tmp_path: Path) -> None:
    """With what to do; an image, a simulation and a download that is skipped are left alone."""
    nowhere = str(tmp_path / "nowhere")
    with pytest.raises(PostProcessingError, match=r"nowhere cannot be run .*pip install speakerplug, or name"):
        run(nowhere, {"filepath": "talk.mp4"})
    with pytest.raises(PostProcessingError, match="use when=post_process or when=after_move"):
        run(nowhere, {})
    run(nowhere, {"filepath": "image.jpg", "vcodec": "none", "acodec": "none"})
    run(nowhere, {"filepath": "talk.mp4"}, {"simulate": True})


def test_plugin_imports_the_standard_library_and_yt_dlp_alone() -> None:
    """yt-dlp's own executable has nothing else, and imports every plugin whenever it runs."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = [getattr(node, "module", None) or node.names[0].name for node in imports]
    assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "yt_dlp"}
    assert not (SOURCE.parent / "__init__.py").exists()  # the folders are shared with other plugins


BUSY = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("ready", file=sys.stderr, flush=True)
time.sleep(60)
"""


def interrupted(process: Any) -> None:
    """Be interrupted while the command works."""
    with plugin.ended(process):
        process.stderr.readline()
        raise KeyboardInterrupt


@posix
@pytest.mark.slow
def test_ended_on_ctrl_c_asks_the_command_to_end_and_waits() -> None:
    """What it was doing is saved by then; nothing is left running."""
    process = subprocess.Popen([sys.executable, "-c", BUSY], stderr=subprocess.PIPE, text=True)
    with pytest.raises(KeyboardInterrupt):
        interrupted(process)
    assert process.returncode == 7


@posix
@pytest.mark.slow
def test_download_embeds_subtitles_with_names(command: Command, download: Downloads, tmp_path: Path) -> None:
    """With --embed-subs, FFmpeg has made a track of them, and the file is removed."""
    srt = tmp_path / "talk.srt"
    program = command([output(srt, language="en")], result=srt)
    done = download(
        TALK.as_uri(), "-o", "talk.%(ext)s", "--use-postprocessor", f"SpeakerPlug:command={program}", "--embed-subs"
    )
    assert done.returncode == 0, done.stderr
    assert not srt.exists()
    assert "Ana: Hello there." in subtitles_in(tmp_path / "talk.mp4", tmp_path)


@posix
@pytest.mark.slow
def test_download_with_a_command_that_fails_keeps_the_video(
    command: Command, download: Downloads, tmp_path: Path
) -> None:
    """One line, and exit code 1."""
    program = command([{"event": "error", "message": "There is no model; name one."}], code=1)
    done = download(TALK.as_uri(), "-o", "talk.%(ext)s", "--use-postprocessor", f"SpeakerPlug:command={program}")
    assert (done.returncode, done.stderr) == (1, "ERROR: Postprocessing: There is no model; name one.\n")
    assert (tmp_path / "talk.mp4").stat().st_size == TALK.stat().st_size


@posix
@pytest.mark.models
def test_download_of_the_sample_has_both_speakers_in_its_track(download: Downloads, tmp_path: Path) -> None:
    """The real command with the bundled models."""
    models = {"SPEAKERPLUG_MODEL": "tiny.en", "SPEAKERPLUG_DIARIZER": "bundled"}
    given = ("--use-postprocessor", "SpeakerPlug:num_speakers=2", "--embed-subs")
    done = download(TALK.as_uri(), "-o", "talk.%(ext)s", *given, **models)
    assert done.returncode == 0, done.stderr
    found = subtitles_in(tmp_path / "talk.mp4", tmp_path)
    assert "SPEAKER_00: Hello Ben" in found
    assert "SPEAKER_01: " in found


def subtitles_in(video: Path, folder: Path) -> str:
    """Return the first track of subtitles in a video as SubRip."""
    ffmpeg, path = str(folder / "programs" / "ffmpeg"), folder / "track.srt"
    subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", "-i", str(video), "-map", "0:s:0", str(path)], check=True)
    return path.read_text(encoding="utf-8")


def test_commands_of_the_page_are_taken_by_yt_dlp_and_by_our_command() -> None:
    """yt-dlp's own parser takes them, and what is not an argument of the postprocessor is an option of `transcribe`."""
    lines = [line for line in "".join(blocks("how-to/hosts.md", "sh")).splitlines() if line.startswith("yt-dlp ")]
    assert lines
    options = {parameter.name for parameter in command_line().commands["transcribe"].params}
    for line in lines:
        (given,) = yt_dlp.parse_options(["--ignore-config", *shlex.split(line)[1:]]).ydl_opts["postprocessors"][:1]
        assert given.pop("key") == "SpeakerPlug"
        assert {*given} - {"when", "format", "command"} <= options
