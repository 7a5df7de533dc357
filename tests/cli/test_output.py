"""The files of results: planned, or refused, before any work."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from speakerplug.cli import output
from speakerplug.cli.output import plan_outputs, prepare_folder
from speakerplug.errors import OutputError, UsageError
from speakerplug.formats.targets import shortened
from tests.cli.conftest import FAKES, Run, write_wav

SUFFIXES = {"vtt": ".vtt", "srt": ".srt", "json": ".json", "txt": ".txt", "odd": "", "feed": ".feed.json"}


def planned(inputs: list[str], formats: list[str], output: str | None = None) -> list[dict[str, str | None]]:
    """Return the plan with strings for paths."""
    plan = plan_outputs(inputs, formats, output, SUFFIXES)
    return [{name: path and str(path) for name, path in targets.items()} for targets in plan]


def test_plan_outputs_without_options_is_vtt_next_to_the_input() -> None:
    """The stem is that of the input."""
    assert planned(["talks/talk.mp4"], []) == [{"vtt": "talks/talk.vtt"}]


def test_plan_outputs_of_several_formats_is_a_file_each() -> None:
    """A format without a suffix takes its name as one."""
    assert planned(["talk.mp4"], ["srt", "odd"]) == [{"srt": "talk.srt", "odd": "talk.odd"}]


def test_plan_outputs_of_a_name_with_dots_keeps_them() -> None:
    """An input a.b.mp4 becomes a.b.vtt: only the last suffix is replaced."""
    assert planned(["a.b.mp4"], []) == [{"vtt": "a.b.vtt"}]


def test_plan_outputs_in_an_existing_folder_is_a_file_per_format(tmp_path: Path) -> None:
    """-o FOLDER."""
    assert planned(["x/talk.mp4"], ["vtt", "srt"], str(tmp_path)) == [
        {"vtt": f"{tmp_path}/talk.vtt", "srt": f"{tmp_path}/talk.srt"}
    ]


def test_plan_outputs_of_a_path_with_a_final_slash_is_a_folder() -> None:
    """Even if it does not exist yet."""
    assert planned(["a.mp4", "b.mp4"], [], "new/") == [{"vtt": "new/a.vtt"}, {"vtt": "new/b.vtt"}]


@pytest.mark.parametrize(
    ("format", "output"),
    [
        ("srt", "a.SRT"),
        ("srt", "subtitles"),
        ("feed", "a.json"),
        ("feed", "a.feed"),
        ("odd", "a.odd"),
        ("txt", "a.text"),
    ],
)
def test_plan_outputs_of_a_format_takes_names_with_its_endings(format: str, output: str) -> None:
    """Those of its suffix, its name, another usual one, or none."""
    assert planned(["a.mp4"], [format], output) == [{format: output}]


@pytest.mark.parametrize(
    ("format", "output", "message"),
    [
        ("vtt", "y.srt", r"'y\.srt' is no name for vtt: end it in \.vtt, or ask for srt\."),
        ("txt", "y.docx", r"'y\.docx' is no name for txt: end it in \.txt, \.text, or print it with --output -\."),
        ("srt", "film.mp4", r"'film\.mp4' is no name for srt"),
    ],
)
def test_plan_outputs_of_a_format_with_another_ending_is_refused(format: str, output: str, message: str) -> None:
    """Nobody finds VTT in y.docx: one sentence says what is possible."""
    with pytest.raises(UsageError, match=message):
        planned(["a.mp4"], [format], output)


def test_plan_outputs_of_a_file_name_takes_the_format_of_its_suffix() -> None:
    """-o talk.srt is SRT; a name without a suffix is VTT."""
    assert planned(["a.mp4"], [], "talk.SRT") == [{"srt": "talk.SRT"}]
    assert planned(["a.mp4"], [], "folder.d/talk") == [{"vtt": "folder.d/talk"}]


def test_plan_outputs_of_an_unknown_suffix_refuses_it() -> None:
    """-o notes.odt is no VTT: one sentence lists the known suffixes."""
    with pytest.raises(
        UsageError, match=r"No format is known for 'notes\.odt'; end the name in one of .*\.srt.*, or print it"
    ):
        planned(["a.mp4"], [], "folder/notes.odt")


def test_plan_outputs_of_a_named_pipe_with_a_suffix_takes_the_usual_format(tmp_path: Path) -> None:
    """The name of a pipe says nothing about the format."""
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
def test_output_with_an_unknown_suffix_is_refused_by_every_command(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], suffixes: str
) -> None:
    """Before any work, with exit code 2, and nothing is written."""
    name, *options = command
    assert run(name, tmp_path / "talk.json", *options, "-o", tmp_path / "notes.odt") == 2
    assert re.search(rf"No format is known for 'notes\.odt'; .*{suffixes}", capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []


def test_plan_outputs_of_two_fitting_suffixes_takes_the_longer() -> None:
    """-o talk.feed.json is the feed's JSON, not JSON in general."""
    assert planned(["a.mp4"], [], "talk.feed.json") == [{"feed": "talk.feed.json"}]
    assert planned(["a.mp4"], [], "feed.json") == [{"json": "feed.json"}]


def test_plan_outputs_of_a_dash_is_standard_output() -> None:
    """-o - has no file."""
    assert planned(["a.mp4"], ["json"], "-") == [{"json": None}]


@pytest.mark.parametrize("output", ["-", "out.vtt"])
def test_plan_outputs_of_one_file_for_two_results_is_refused(output: str) -> None:
    """A file or standard output takes neither two formats nor two inputs."""
    with pytest.raises(UsageError, match="one format of one input"):
        planned(["a.mp4"], ["vtt", "srt"], output)
    with pytest.raises(UsageError, match="one format of one input"):
        planned(["a.mp4", "b.mp4"], ["vtt"], output)


def test_plan_outputs_of_two_inputs_with_one_stem_is_refused() -> None:
    """talk.mp4 and talk.wav would both be talk.vtt."""
    with pytest.raises(UsageError, match="would be written over"):
        planned(["talk.mp4", "talk.wav"], [])


def test_plan_outputs_over_an_input_is_refused() -> None:
    """A recording named talk.vtt is not replaced by its own subtitles."""
    with pytest.raises(UsageError, match="would be written over"):
        planned(["talk.vtt"], [])
    with pytest.raises(UsageError, match="would be written over"):
        planned(["talk.mp4"], [], "talk.mp4")


def test_prepare_folder_creates_missing_folders(tmp_path: Path) -> None:
    """Before the work begins."""
    prepare_folder({"vtt": tmp_path / "new" / "talk.vtt"})
    assert (tmp_path / "new").is_dir()


def test_prepare_folder_under_a_file_raises(tmp_path: Path) -> None:
    """A file in the way of a folder is an error before the work begins."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be made"):
        prepare_folder({"vtt": tmp_path / "file" / "talk.vtt"})


def test_prepare_folder_where_the_file_is_a_folder_raises(tmp_path: Path) -> None:
    """A folder named talk.vtt is not replaced."""
    (tmp_path / "talk.vtt").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        prepare_folder({"vtt": tmp_path / "talk.vtt"})


def test_shortened_cuts_long_stems_only_and_between_characters() -> None:
    """A short name that is not UTF-8 stays."""
    assert shortened("ta\udce9lk") == "ta\udce9lk"
    assert shortened("x" * 226) == "x" * 226
    assert shortened("é" * 120) == "é" * 113
    assert shortened("x" + "é" * 120) == "x" + "é" * 112


def test_plan_outputs_of_a_url_refuses_it_before_a_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says so, and no folder named `https:` appears."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"'https://example\.org/a\.mp4' is a URL, not a file"):
        planned(["https://example.org/a.mp4"], [])
    assert list(tmp_path.iterdir()) == []


FAKE = ("--diarizer", "fake", "--device", "cpu")


@pytest.mark.parametrize("command", [("transcribe", *FAKES), ("diarize", *FAKE)])
def test_artifacts_of_two_inputs_with_one_stem_are_refused(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    """talk.wav and other/talk.wav would have one file for their artifacts."""
    (tmp_path / "other").mkdir()
    inputs = [write_wav(tmp_path / "talk.wav", 1.0), write_wav(tmp_path / "other" / "talk.wav", 1.0)]
    name, *options = command
    assert run(name, *inputs, *options, "--artifacts", tmp_path / "kept") == 2
    assert not (tmp_path / "kept").exists()


def test_artifacts_of_a_diarizer_without_any_are_one_warning(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The result is written all the same."""
    talk = write_wav(tmp_path / "talk.wav", seconds=2.0)
    assert run("diarize", talk, *FAKE, "--artifacts", talk.with_name("kept")) == 0
    assert talk.with_suffix(".rttm").exists()
    assert capsys.readouterr().err.count("Warning: Diarizer fake provides no artifacts") == 1


def test_prepare_folder_that_takes_no_files_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As /proc does though its permissions allow it; what is tried leaves nothing behind."""

    def refuse(**_: object) -> None:
        raise PermissionError

    prepare_folder({"vtt": tmp_path / "talk.vtt"})
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(output, "TemporaryFile", refuse)
    with pytest.raises(OutputError, match=r"^Nothing can be written into the folder"):
        prepare_folder({"vtt": tmp_path / "talk.vtt"})
