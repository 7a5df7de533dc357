"""The groups of options, and the values that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from speakerplug.cli.attribute import attribute
from speakerplug.cli.convert import convert
from speakerplug.cli.diarize import diarize
from speakerplug.cli.format_options import output_options
from speakerplug.cli.options import pipeline_options
from speakerplug.cli.transcribe import transcribe
from tests.cli.conftest import FAKES, Run, parsed, write_wav


class Read(dict[str, Any]):
    """The values of a command without options; it remembers which were read."""

    def __init__(self, command: click.Command) -> None:
        super().__init__({each.name or "": _unasked(each) for each in command.params})
        self.update(channels="mix", task="transcribe", model="auto", trust_model=False, diarizer="auto")
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)


def _unasked(option: click.Parameter) -> Any:
    if getattr(option, "multiple", False):
        return ()
    return False if getattr(option, "is_flag", False) else None


@pytest.mark.parametrize(
    ("command", "own"),
    [
        (
            transcribe,
            {
                "inputs",
                "force",
                "skip_existing",
                "recursive",
                "download",
                "names",
                "no_checkpoint",
                "no_diarize",
                "quiet",
                "verbose",
            },
        ),
        (attribute, {"source", "force", "recut", "names", "audio", "rttm", "encoding", "quiet", "verbose"}),
        (convert, {"inputs", "force", "media", "encoding", "quiet", "verbose"}),
        (
            diarize,
            {
                "inputs",
                "force",
                "skip_existing",
                "recursive",
                "download",
                "formats",
                "output",
                "exclusive",
                "quiet",
                "verbose",
            },
        ),
    ],
)
def test_options_of_a_command_are_all_read(command: click.Command, own: set[str]) -> None:
    """An option that no group reads is read by the command itself."""
    given = Read(command)
    if command is not diarize:
        output_options(given)
    if command is not convert:
        pipeline_options(given, recognizer="fake")
    exposed = {parameter.name for parameter in command.params if parameter.expose_value}  # --progress is not
    assert exposed - given.names - own == set()


@pytest.mark.parametrize(
    ("argument", "field", "value"),
    [
        ("--prompt=Dr. No", "prompt", "Dr. No"),
        ("--hotwords=SpeakerPlug", "hotwords", "SpeakerPlug"),
        ("--batch-size=4", "batch_size", 4),
        ("--diarizer-batch-size=8", "diarizer_batch_size", 8),
        ("--segmentation-step=2.5", "segmentation_step", 2.5),
        ("--exact", "exact", True),
        ("--recognizer-device=cpu", "recognizer_device", "cpu"),
        ("--aligner-device=cpu", "aligner_device", "cpu"),
        ("--memory-limit=6GB", "memory_limit", "6GB"),
        ("--task=translate", "task", "translate"),
    ],
)
def test_pipeline_option_reaches_the_field_of_its_name(argument: str, field: str, value: object) -> None:
    """As the type that the field has."""
    assert getattr(pipeline_options(parsed(transcribe, argument)), field) == value


@pytest.mark.parametrize("command", [transcribe, diarize])
@pytest.mark.parametrize("exact", [False, True])
def test_exact_reaches_the_settings_of_the_diarizer(command: click.Command, exact: bool) -> None:
    """With `--exact` a diarizer such as the bundled one computes as pyannote's own pipeline does."""
    options = pipeline_options(parsed(command, *["--exact"] * exact), recognizer="fake")
    assert options.diarizer_settings.exact == exact


def test_aligner_model_reaches_its_field_beside_an_aligner() -> None:
    """It is the aligner's: alone it would be refused."""
    options = pipeline_options(parsed(transcribe, "--aligner=ctc", "--aligner-model=wav2vec2"))
    assert (options.aligner, options.aligner_model) == ("ctc", "wav2vec2")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--num-speakers", "0"), "--num-speakers is 0"),
        (("--memory-limit", "6"), "'6' is not an amount of memory; write it like 6GB"),
        (("-q", "-v"), "--quiet and --verbose contradict each other; leave one out."),
        (("--modle", "small"), "There is no option --modle; did you mean --model?"),
        (
            ("--ray", "auto"),
            "There is no option --ray: it is for batch, with speakerplug-ray; pip install",
        ),
        (("--num-speakers", "many"), "'many' is not a valid integer; see speakerplug transcribe --help."),
    ],
)
def test_message_about_an_option_names_it_as_it_was_given(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: tuple[str, ...], message: str
) -> None:
    """With its dashes and in its unit, where the library names the field, and with a hint."""
    talk = write_wav(tmp_path / "talk.wav", 2.0)
    assert run("transcribe", talk, *FAKES, *given) == 2
    assert message in capsys.readouterr().err
