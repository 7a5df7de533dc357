"""Variables that nothing reads."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from speakerplug.cli.settings.layers import settings_for
from speakerplug.cli.settings.variables import unknown_variables
from speakerplug.devices.options import read_device_options
from speakerplug.pipeline.option_texts import NEVER, variable_of
from speakerplug.pipeline.options import STAGES, TranscribeOptions
from tests.cli.conftest import FAKES, Run, write_wav


@pytest.fixture
def group() -> click.Group:
    """Return a command with two options."""
    options = [click.Option(["--device"]), click.Option(["--name", "names"]), click.Option(["--trust-model"])]
    return click.Group("all", {"make": click.Command("make", params=options)})


def test_unknown_variables_are_those_of_no_option(group: click.Group) -> None:
    """Trust is not read from the environment, so its variable is unknown, too."""
    names = ("SPEAKERPLUG_DEVICE", "SPEAKERPLUG_MAKE_NAME", "SPEAKERPLUG_CONFIG", "SPEAKERPLUG_TRUST_MODEL", "HOME")
    environ = dict.fromkeys(names, "1")
    assert unknown_variables(group, environ) == {"SPEAKERPLUG_TRUST_MODEL": None}
    assert settings_for("make", group, [], environ).keys() == {"device", "names"}


def test_unknown_variables_misspelled_have_the_name_that_was_meant(group: click.Group) -> None:
    """What is not like any, as another program may set it, has none."""
    names = ("SPEAKERPLUG_DEVCE", "SPEAKERPLUG_MAKE_NAMES", "SPEAKERPLUG_VERSION")
    found = ["SPEAKERPLUG_DEVICE", "SPEAKERPLUG_MAKE_NAME", None]
    assert [*unknown_variables(group, dict.fromkeys(names, "1")).values()] == found


def test_unknown_variables_that_the_library_reads_are_none(group: click.Group) -> None:
    """Options for devices of each stage, which have no option on the command line, too."""
    read: dict[str, str] = {}

    class Environment(dict[str, str]):
        """Keeps what it is asked for."""

        def get(self, name: str, default: object = None) -> None:  # type: ignore[override]
            """Have nothing."""
            read[name] = "1"

    read_device_options({}, STAGES, Environment())
    assert "SPEAKERPLUG_RECOGNIZER_BATCH_SIZE" in read
    assert unknown_variables(group, read) == {}


def test_unknown_variables_of_the_command_line_are_no_fields_of_options(run: Run) -> None:
    """`Options.from_texts` reads variables of these names."""
    from speakerplug.cli import command_line

    read = [variable_of(name) for name in TranscribeOptions.__annotations__ if name not in NEVER]
    assert unknown_variables(command_line(), dict.fromkeys(read, "1")) == {}


@pytest.mark.parametrize("quiet", [False, True])
def test_command_with_a_misspelled_variable_warns_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], quiet: bool
) -> None:
    """With the name that was meant; not with -q."""
    monkeypatch.setenv("SPEAKERPLUG_DIARISER", "bundled")  # codespell:ignore DIARISER
    audio = write_wav(tmp_path / "a.wav", 2.0)
    assert run("transcribe", audio, "--txt", "-o", "-", *FAKES, *(["-q"] if quiet else [])) == 0
    told = capsys.readouterr().err
    why = "SPEAKERPLUG_DIARISER is the variable of no option; did you mean SPEAKERPLUG_DIARIZER?"  # codespell:ignore
    assert told.count(why) == (not quiet)
