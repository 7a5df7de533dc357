"""Where results go: decided, and refused, before any work."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from speakerplug.cli.output import plan_outputs, prepare_folder
from speakerplug.errors import OutputError, UsageError
from tests.cli.conftest import FAKES, Run, write_wav

SUFFIXES = {"vtt": ".vtt", "srt": ".srt", "json": ".json", "txt": ".txt", "odd": "", "feed": ".feed.json"}


def planned(inputs: list[str], formats: list[str], output: str | None = None) -> list[dict[str, str | None]]:
    """The plan with plain strings."""
    plan = plan_outputs(inputs, formats, output, SUFFIXES)
    return [{name: path and str(path) for name, path in targets.items()} for targets in plan]


def test_beside_the_input_as_vtt() -> None:
    """Without options the VTT lies beside the input."""
    assert planned(["talks/talk.mp4"], []) == [{"vtt": "talks/talk.vtt"}]


def test_a_file_for_each_format() -> None:
    """Several formats are several files; one without a suffix of its own takes its name as one."""
    assert planned(["talk.mp4"], ["srt", "odd"]) == [{"srt": "talk.srt", "odd": "talk.odd"}]


def test_a_name_with_dots_keeps_them() -> None:
    """Only the last suffix is replaced."""
    assert planned(["a.b.mp4"], []) == [{"vtt": "a.b.vtt"}]


def test_an_existing_folder_takes_the_files(tmp_path: Path) -> None:
    """-o FOLDER puts a file for each format into it."""
    assert planned(["x/talk.mp4"], ["vtt", "srt"], str(tmp_path)) == [
        {"vtt": f"{tmp_path}/talk.vtt", "srt": f"{tmp_path}/talk.srt"}
    ]


def test_a_path_that_ends_in_a_slash_is_a_folder() -> None:
    """-o new/ is a folder although it is not there yet."""
    assert planned(["a.mp4", "b.mp4"], [], "new/") == [{"vtt": "new/a.vtt"}, {"vtt": "new/b.vtt"}]


def test_a_file_name_takes_the_one_format() -> None:
    """-o FILE is the file, whatever it is called."""
    assert planned(["a.mp4"], ["srt"], "subtitles.text") == [{"srt": "subtitles.text"}]


def test_a_file_name_tells_the_format() -> None:
    """-o talk.srt without a format option is SRT; a name without a suffix is VTT."""
    assert planned(["a.mp4"], [], "talk.SRT") == [{"srt": "talk.SRT"}]
    assert planned(["a.mp4"], [], "folder.d/talk") == [{"vtt": "folder.d/talk"}]


def test_plan_outputs_of_a_suffix_that_no_format_has_refuses_it() -> None:
    """-o notes.docx without a format option is no VTT: one sentence says which suffixes there are."""
    with pytest.raises(UsageError, match=r"No format is known for 'notes\.docx'; end the name in one of .*\.srt"):
        planned(["a.mp4"], [], "folder/notes.docx")
    assert planned(["a.mp4"], ["srt"], "notes.docx") == [{"srt": "notes.docx"}]


def test_plan_outputs_of_a_named_pipe_with_a_suffix_takes_the_usual_format(tmp_path: Path) -> None:
    """What is open already is called by whoever made it."""
    os.mkfifo(tmp_path / "talk.pipe")
    assert planned(["a.mp4"], [], f"{tmp_path}/talk.pipe") == [{"vtt": f"{tmp_path}/talk.pipe"}]


@pytest.mark.parametrize(
    ("command", "suffixes"),
    [
        (("transcribe",), r"\.srt.*\.vtt"),
        (("diarize",), r"\.json, \.rttm, \.txt"),
        (("convert",), r"\.srt.*\.vtt"),
        (("attribute", "--rttm", "talk.rttm"), r"\.srt.*\.vtt"),
    ],
)
def test_output_of_a_suffix_that_no_format_has_is_refused_by_every_command(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], suffixes: str
) -> None:
    """Before any work, with exit code 2, and nothing is written."""
    name, *options = command
    assert run(name, tmp_path / "talk.json", *options, "-o", tmp_path / "notes.docx") == 2
    assert re.search(rf"No format is known for 'notes\.docx'; .*{suffixes}", capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []


def test_the_longest_suffix_tells_the_format() -> None:
    """-o talk.feed.json is the feed's JSON, not JSON in general."""
    assert planned(["a.mp4"], [], "talk.feed.json") == [{"feed": "talk.feed.json"}]
    assert planned(["a.mp4"], [], "feed.json") == [{"json": "feed.json"}]


def test_a_dash_prints() -> None:
    """-o - has no file."""
    assert planned(["a.mp4"], ["json"], "-") == [{"json": None}]


@pytest.mark.parametrize("output", ["-", "out.vtt"])
def test_one_place_takes_one_result(output: str) -> None:
    """A file or standard output cannot take two formats, or two inputs."""
    with pytest.raises(UsageError, match="one format of one input"):
        planned(["a.mp4"], ["vtt", "srt"], output)
    with pytest.raises(UsageError, match="one format of one input"):
        planned(["a.mp4", "b.mp4"], ["vtt"], output)


def test_two_inputs_are_not_written_over_each_other() -> None:
    """talk.mp4 and talk.wav would both be talk.vtt."""
    with pytest.raises(UsageError, match="would be written over"):
        planned(["talk.mp4", "talk.wav"], [])


def test_an_input_is_never_written_over() -> None:
    """A recording that happens to be called talk.vtt is not replaced by its own subtitles."""
    with pytest.raises(UsageError, match="would be written over"):
        planned(["talk.vtt"], [])
    with pytest.raises(UsageError, match="would be written over"):
        planned(["talk.mp4"], [], "talk.mp4")


def test_folders_are_made(tmp_path: Path) -> None:
    """A folder that is not there is made before the work begins."""
    prepare_folder({"vtt": tmp_path / "new" / "talk.vtt"})
    assert (tmp_path / "new").is_dir()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file in the way of a folder is an error before the work begins."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be made"):
        prepare_folder({"vtt": tmp_path / "file" / "talk.vtt"})


def test_a_folder_of_the_files_name_is_said(tmp_path: Path) -> None:
    """A folder called talk.vtt is not replaced."""
    (tmp_path / "talk.vtt").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        prepare_folder({"vtt": tmp_path / "talk.vtt"})


def test_plan_outputs_of_a_url_refuses_it_before_a_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address is no file: one sentence says so, and no folder called `https:` appears."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"'https://example\.org/a\.mp4' is an address, not a file"):
        planned(["https://example.org/a.mp4"], [])
    assert list(tmp_path.iterdir()) == []


FAKE = ("--diarizer", "fake", "--device", "cpu")


@pytest.mark.parametrize("command", [("transcribe", *FAKES), ("diarize", *FAKE)])
def test_artifacts_of_two_inputs_of_one_name_are_refused_before_the_work(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """talk.wav and other/talk.wav would have one file for their artifacts: refused before the work."""
    (tmp_path / "other").mkdir()
    inputs = [write_wav(tmp_path / "talk.wav", 1.0), write_wav(tmp_path / "other" / "talk.wav", 1.0)]
    name, *options = command
    assert run(name, *inputs, *options, "--artifacts", tmp_path / "kept") == 2
    assert not (tmp_path / "kept").exists()


def test_artifacts_of_a_diarizer_that_has_none_are_one_warning(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The result is written, and one warning says that there are no artifacts."""
    talk = write_wav(tmp_path / "talk.wav", seconds=2.0)
    assert run("diarize", talk, *FAKE, "--artifacts", talk.with_name("kept")) == 0
    assert talk.with_suffix(".rttm").exists()
    assert capsys.readouterr().err.count("Warning: Diarizer fake provides no artifacts") == 1
