"""The options of whisper, whisper-ctranslate2 and WhisperX, as people type them by habit."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from speakerplug.cli.convert import convert
from speakerplug.cli.help import Command
from speakerplug.cli.peer_options import ACCEPTED, ANSWERED, similar
from speakerplug.cli.transcribe import transcribe
from speakerplug.errors import UsageError
from tests.cli.conftest import FAKES, Run, write_wav

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "from-whisper.md"
OWN = {name for each in transcribe.params for name in each.opts}
"""Options of answers that are given only by a command that has them."""


def params_of(line: str, command: click.Command = transcribe) -> dict[str, Any]:
    """Return what click gives the command for a line."""
    return command.make_context(command.name, shlex.split(line)).params


def answer_to(line: str, command: click.Command = transcribe) -> str:
    """Return what a line is answered with."""
    with pytest.raises(UsageError) as caught:
        params_of(line, command)
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("--output_dir out", "--output out/"),
        ("--output-dir=out", "-o out/"),
        ("--initial_prompt 'Dr. No'", "--prompt 'Dr. No'"),
        ("--max_line_count 2", "--max-lines 2"),
        ("--model_dir models", "--cache-dir models"),
        ("--model_directory ./model", "--model ./model"),
        ("--diarize_model a/b", "--diarizer a/b"),
        ("--diarize --min_speakers 2 --max_speakers=3", "--min-speakers 2 --max-speakers 3"),
        ("--no_align --compute_type int8", "--compute-type int8"),
        ("--max_line_width 42 --batch_size 4 --hf_token abc", "--max-line-width 42 --batch-size 4 --hf-token abc"),
        ("--prompt --output_dir", "--prompt --output_dir"),
        ("-- --output_dir", "-- --output_dir"),
    ],
)
def test_option_that_is_only_named_otherwise_is_accepted(given: str, same: str) -> None:
    """As is one with underscores; what is a value or a file stays as it is."""
    assert params_of(f"talk.mp4 {given}") == params_of(f"talk.mp4 {same}")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("--output_format all", "talk.mp4 --txt --vtt --srt --tsv --json"),
        ("--output_format=json", "talk.mp4 --json"),
        ("-f srt --model small", "talk.mp4 --srt --model small"),
        ("--highlight_words True", "talk.mp4 --words --vtt"),
        ("--highlight_words False", "talk.mp4"),
        ("--verbose False", "talk.mp4"),
        ("--verbose=True --quiet", "talk.mp4 --verbose --quiet"),
        ("--threads 4", "talk.mp4"),
        ("--fp16 False", "talk.mp4 --compute-type float32"),
        ("--word_timestamps True --beam_size 5 --vad_filter", "talk.mp4"),
        ("--align_model ./wav2vec2", "talk.mp4 --aligner ctc --aligner-model ./wav2vec2"),
        ("--device_index 1 -q", "talk.mp4 --device cuda:1 -q"),
        ("--local_files_only True", "talk.mp4 --offline"),
        ("--speaker_name Ana", "talk.mp4 --name SPEAKER_00=Ana"),
        ("--return_char_alignments 'my talk.mp4'", "talk.mp4 'my talk.mp4'"),
        ("--output_dir 'a b' --temperature 0", "talk.mp4 '--output=a b/'"),
    ],
)
def test_option_that_means_something_else_is_answered_with_the_line_to_type(given: str, line: str) -> None:
    """All such options of a line at once, and the line is valid."""
    said = answer_to(f"talk.mp4 {given}")
    assert said.endswith(f" here; type: transcribe {line}")
    params_of(line)


def test_answer_says_why(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For each option; nothing is transcribed."""
    talk = write_wav(tmp_path / "talk.wav", 1.0)
    assert run("transcribe", talk, *FAKES, "--threads", "4", "--vad_filter", "True") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "There is no --threads 4 (all cores that the process may use are used), no --vad_filter True (voice" in said
    assert [*tmp_path.iterdir()] == [talk]


def test_answer_masks_the_token() -> None:
    """A terminal may be seen by others, and logs are sent around."""
    for given in ("--hf_token s3cret-token", "--hf-token=s3cret-token"):
        assert "s3cret" not in answer_to(f"talk.mp4 {given} --threads 4")


def test_answer_to_a_part_needs_a_command_with_parts() -> None:
    """There it has the times; elsewhere the option is unknown, and no other is guessed."""

    @click.command("cut", cls=Command)
    @click.argument("file")
    @click.option("--start")
    @click.option("--end")
    def cut(file: str, start: str, end: str) -> None:
        """Cut."""

    assert answer_to("talk.mp4 --duration 120", cut).endswith("type: cut talk.mp4 --end 120")
    answer = answer_to("talk.mp4 --start 1:00 --duration 120", cut)
    assert answer.startswith("There is no --duration 120 ")
    assert answer.endswith("--start 1:00 --end 180")
    assert answer_to("talk.mp4 --duration=2:00 --start=1:00", cut).endswith("--end 180 --start=1:00")
    assert answer_to("talk.mp4 --clip_timestamps 5,9", cut).endswith("type: cut talk.mp4 --start 5 --end 9")
    with pytest.raises(click.NoSuchOption) as caught:
        params_of("talk.json --duration 120", convert)
    assert similar(caught.value) == ""


def test_command_without_the_option_does_not_accept_its_other_name() -> None:
    """No one is told to type what does not exist."""
    for given in ("--initial_prompt a", "--diarize", "--fp16 False"):
        with pytest.raises(click.NoSuchOption):
            params_of(f"talk.json {given}", convert)


def test_table_names_only_options_of_transcribe_and_hides_none() -> None:
    """A renamed option turns this red; an option of our own is not in the table."""
    templates = [*ACCEPTED.values()]
    for answer in ANSWERED.values():
        templates += [answer.instead, *answer.by_value.values()]
    words = {word.partition("=")[0] for template in templates for word in template.split()}
    assert {word for word in words if word.startswith("--")} <= OWN
    assert not {*ACCEPTED, *ANSWERED} & OWN
    assert not {*ACCEPTED} & {*ANSWERED}


def test_table_stands_in_the_documentation() -> None:
    """Each option, on the page for those who come from Whisper, in one line with what to type here."""
    rows = [line.replace("_", "-") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    templates = {**ACCEPTED, **{name: f"{each.instead} {each.by_value}" for name, each in ANSWERED.items()}}
    missing = []
    for name, template in templates.items():
        ours = re.findall(r"--[\w-]+", template)
        own = [line for line in rows if re.search(rf"`{name}[` ]", line.rpartition(" | ")[0])]
        if len(own) != 1 or (ours and not any(option in own[0].rpartition(" | ")[2] for option in ours)):
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--modle", "--model"),
        ("--lang", "--language"),
        ("--speakers", "--num-speakers or --min-speakers or --max-speakers"),
        ("--max_line_widht", "--max-line-width"),
        ("--threds", ""),
        ("--nothing-like-it", ""),
    ],
)
def test_misspelled_option_is_only_guessed_if_it_is_close(given: str, meant: str) -> None:
    """The start of a name is enough; of equally close ones all are named."""
    with pytest.raises(click.NoSuchOption) as caught:
        params_of(f"talk.mp4 {given} x")
    assert similar(caught.value) == meant


def test_unknown_option_without_a_guess_names_the_help(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Click's own guesses, which begin at three letters in five, are not shown."""
    assert run("transcribe", "talk.mp4", "--hotwrods-list", "x") == 2
    assert "There is no option --hotwrods-list; see speakerplug transcribe --help." in capsys.readouterr().err


def test_file_named_true_is_an_input_after_a_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It exists, so it was meant."""
    monkeypatch.chdir(tmp_path)
    Path("true").write_text("")
    assert params_of("--verbose true")["inputs"] == ("true",)
