"""The help of commands: sections, the first page, and all options."""

from __future__ import annotations

from importlib.metadata import metadata

import click
import pytest
from click.testing import CliRunner

from speakerplug.cli import DOCUMENTATION, Commands, command_line
from speakerplug.cli.batch import batch
from speakerplug.cli.help import Command, Option, variables
from speakerplug.cli.settings.layers import options_of
from speakerplug.cli.settings.variables import unknown_variables
from speakerplug.cli.transcribe import transcribe
from speakerplug.pipeline.options import STEPS_S
from speakerplug_bundled.geometry import STEP_S

SECTIONS = [
    "Input and output",
    "Recognition",
    "Speakers",
    "Subtitles",
    "Devices",
    "Models and network",
    "Other",
]


def help_of(command: click.Command, option: str = "--help", columns: int = 80) -> str:
    """Return what a command prints for an option, in a terminal of this width."""
    done = CliRunner().invoke(command, [option], prog_name="speakerplug it", terminal_width=columns)
    assert done.exit_code == 0
    return done.output


def headings(text: str) -> list[str]:
    """Return the headings of sections, in order."""
    return [line[:-1] for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]


def options_in(text: str) -> list[str]:
    """Return the first word of each line that shows an option."""
    return [line.split()[0].strip(",") for line in text.splitlines() if line.startswith("  -")]


def test_first_page_of_a_long_command_has_its_common_options_in_sections() -> None:
    """Some twenty, each once, the formats together, and then how to see the rest."""
    text = help_of(transcribe)
    assert headings(text) == SECTIONS
    assert 20 <= len(options_in(text)) <= 28
    assert (
        "\n  --vtt --srt --ass --ttml --json --txt --md --html --docx --tsv --eaf\n  --textgrid --rttm --stm --ctm\n"
        in text
    )
    assert text.endswith("speakerplug it --help-all shows the rest.\n")
    assert "--bom" not in text


def test_help_all_has_every_option_in_the_same_sections() -> None:
    """Each format has its own line there, and the last line of the first page is gone."""
    text = help_of(transcribe, "--help-all")
    assert headings(text) == SECTIONS
    declared = [each.opts[0] for each in transcribe.params if isinstance(each, click.Option)]
    assert sorted(options_in(text)) == sorted(
        [*declared, "-h" if "  -h" in text else "--help", "--config", "--help-all"]
    )
    assert "shows the rest" not in text


def test_help_of_a_short_command_has_all_options_in_one_list() -> None:
    """There, --help-all shows the same."""

    @click.command(cls=Command)
    @click.option("--one", cls=Option, section="First", advanced=True, help="One.")
    @click.option("--two", help="Two.")
    def short(one: str, two: str) -> None:
        """Be short."""

    assert headings(help_of(short)) == ["Options"]
    assert options_in(help_of(short)) == ["--one", "--two", "--help", "--config"]
    assert help_of(short, "--help-all") == help_of(short)


@pytest.mark.parametrize("columns", [64, 80, 100])
def test_help_fits_the_terminal(columns: int) -> None:
    """No line is longer but the one of the formats, and none is cut; there is no more than ASCII."""
    text = help_of(transcribe, "--help-all", columns)
    assert max(map(len, text.splitlines())) <= columns
    assert text.isascii()
    assert "[default: faster-whisper]" in text


def test_default_in_words_has_no_parentheses() -> None:
    """A default that is a phrase, such as "by profile", is shown like a value: without click's parentheses."""
    text = help_of(transcribe, "--help-all")
    assert "[default: by profile]" in text
    assert "[default: (" not in text


def test_default_in_words_of_a_number_has_no_range() -> None:
    """The words say what is taken instead of a number."""
    assert "[default: one per GPU, else one]" in " ".join(help_of(batch).split())


def test_command_of_a_plugin_has_the_same_help() -> None:
    """`@cli.command()` in `register_commands` makes one of ours."""
    group = Commands()

    @group.command()
    def count() -> None:
        """Count."""

    assert "Count." in help_of(group.commands["count"], "--help-all")


def test_commands_are_listed_in_the_order_of_use() -> None:
    """Not by the alphabet: transcribe comes first."""
    group = command_line()
    names = group.list_commands(click.Context(group))
    assert names[:3] == ["transcribe", "diarize", "attribute"]


def test_help_all_is_among_the_options_of_a_long_command() -> None:
    """Under Other, next to --help."""
    assert "--help-all" in options_in(help_of(transcribe).partition("Other:")[2])


def test_help_all_says_how_variables_set_options() -> None:
    """It holds for every option of the command but the one that must be typed; the first page leaves it out."""
    group = command_line()
    context = click.Context(transcribe, info_name="transcribe")
    options = [each for each in transcribe.get_params(context) if isinstance(each, click.Option)]
    assert "SPEAKERPLUG_TRANSCRIBE_OPTION" in variables(context, options)
    assert variables(context, options).endswith("with underscores; --trust-model must be typed.")
    assert "SPEAKERPLUG_TRANSCRIBE_OPTION for this one" in " ".join(help_of(transcribe, "--help-all").split())
    assert "SPEAKERPLUG_" not in help_of(transcribe)
    names = [name for name in options_of(transcribe) if name != "trust-model"]
    read = [f"SPEAKERPLUG_TRANSCRIBE_{name.upper().replace('-', '_')}" for name in names]
    assert unknown_variables(group, dict.fromkeys(read, "x")) == {}
    assert unknown_variables(group, {"SPEAKERPLUG_TRANSCRIBE_TRUST_MODEL": "1"})


def test_epilog_of_the_first_page_has_the_address_of_the_documentation() -> None:
    """It is that of the package's metadata, which means something after an installation, too."""
    urls = metadata("speakerplug").get_all("Project-URL") or []
    assert f"Documentation, {DOCUMENTATION}" in urls
    assert DOCUMENTATION in " ".join(help_of(command_line()).split())


def test_help_of_the_segmentation_step_has_range_and_default() -> None:
    """Of the options and of the bundled networks, wherever they are written down."""
    text = " ".join(help_of(transcribe, "--help-all").split())
    shortest, longest = STEPS_S
    assert f"from {shortest:g} to {longest:g}. [default: {STEP_S:g} for the bundled diarizer," in text
