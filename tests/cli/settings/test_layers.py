"""What holds if it is not typed: layers, types and misspelled keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from speakerplug.cli.settings.files import ConfigFile
from speakerplug.cli.settings.layers import settings_for, without
from speakerplug.errors import UsageError


@pytest.fixture
def group() -> click.Group:
    """Return two commands that share an option."""
    shared = click.Option(["--device"])
    lines = click.Option(["--max-lines"], type=int)
    flags = [click.Option([f"--{name}", "formats"], flag_value=name, multiple=True) for name in ("vtt", "srt")]
    bounds = [click.Option([f"--{name}-speakers"], type=int) for name in ("num", "min")]
    names = click.Option(["--name", "names"], multiple=True)
    quiet = click.Option(["-q", "--quiet"], is_flag=True)
    choice = click.Option(["--labels"], type=click.Choice(["never", "always"]))
    make = click.Command("make", params=[shared, lines, *flags, *bounds, names, quiet, choice])
    return click.Group("all", {"make": make, "show": click.Command("show", params=[shared])})


def file(text: str, is_own: bool = True) -> ConfigFile:
    """Return a file that the user named, or one that was only found."""
    tomllib = _toml()
    return ConfigFile(Path("x.toml"), tomllib.loads(text), text, is_own)


def _toml() -> Any:
    import importlib
    import sys

    return importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def held(group: click.Group, *texts: str, **environ: str) -> dict[str, Any]:
    """Return the values of `make`."""
    variables = {f"SPEAKERPLUG_{name}": value for name, value in environ.items()}
    return {name: each.value for name, each in settings_for("make", group, [file(t) for t in texts], variables).items()}


def test_settings_that_are_nearer_win(group: click.Group) -> None:
    """A command's table over the top level, a later file over an earlier, variables over files, a command's first."""
    texts = ['device = "a"', '[make]\ndevice = "b"', 'device = "c"']
    assert [held(group, *texts[:count])["device"] for count in (1, 2, 3)] == ["a", "b", "c"]
    assert held(group, texts[1] + "\n", DEVICE="d")["device"] == "d"
    assert held(group, DEVICE="d", MAKE_DEVICE="e", SHOW_DEVICE="f")["device"] == "e"
    assert held(group, texts[0], DEVICE="")["device"] == "a"


def test_settings_of_other_commands_do_not_hold(group: click.Group) -> None:
    """Neither their tables, nor options at the top that only others have."""
    files = [file('max-lines = 1\n[make]\ndevice = "x"\n')]
    assert settings_for("show", group, files, {"SPEAKERPLUG_MAX_LINES": "2"}) == {}


def test_settings_have_the_values_that_click_takes(group: click.Group) -> None:
    """Flags that add up, lists, and numbers; underscores are dashes; variables are quoted as in a shell."""
    text = 'max_lines = 2\nvtt = true\nsrt = true\nquiet = false\nname = ["A=x y", "B=z"]\n'
    assert held(group, text) == {
        "max_lines": 2,
        "formats": ("vtt", "srt"),
        "quiet": False,
        "names": ["A=x y", "B=z"],
    }
    assert held(group, NAME="'A=x y' B=z", SRT="1", VTT="0", MAX_LINES="3", QUIET="yes") == {
        "max_lines": 3,
        "formats": ("srt",),
        "quiet": True,
        "names": ["A=x y", "B=z"],
    }


def test_settings_that_exclude_each_other_hold_one_at_a_time(group: click.Group) -> None:
    """The stronger one replaces the weaker; what is typed is the strongest."""
    assert held(group, "num-speakers = 2", MIN_SPEAKERS="1") == {"min_speakers": 1}
    settings = settings_for("make", group, [file("num-speakers = 2\nquiet = true\n")], {})
    assert without(settings, {"verbose", "no_diarize"}) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nmax-line = 1", "x.toml, line 2: there is no option max-line; did you mean max-lines?"),
        ("[make]\n\nquite = true", "x.toml, line 3: make has no option quite; did you mean quiet?"),
        ("[show]\nmax-lines = 1", "x.toml, line 2: show has no option max-lines; it has: device."),
        ("\n[mak]\na = 1", "x.toml, line 2: there is no command mak; did you mean make?"),
        ("[evaluate]\na = 1", "evaluate; it comes with speakerplug-evaluate; pip install"),
        ("[make]\nmax-lines = 'two'", "x.toml, line 2: max-lines: 'two' is not a valid integer."),
        ("[make]\nmax-lines = 2.5", "x.toml, line 2: max-lines: '2.5' is not a valid integer."),
        ("[make]\ndevice = true", "x.toml, line 2: device is True; write a text or a number."),
        ("[make]\ndevice = ['a']", "x.toml, line 2: device is ['a']; write a text or a number."),
        ("[make]\nquiet = 'yes'", "x.toml, line 2: quiet is 'yes'; write true or false."),
        ("[make]\nlabels = 'x'", "x.toml, line 2: labels: 'x' is not one of 'never', 'always'."),
        ("[make]\nname = [1.5, {a = 1}]", "x.toml, line 2: name is {'a': 1}; write a text or a number."),
        ("[make]\nhelp = true", "x.toml, line 2: make has no option help;"),
    ],
)
def test_settings_of_a_file_that_are_invalid_are_refused_with_their_line(
    group: click.Group, text: str, message: str
) -> None:
    """Misspelled tables and keys, and values of another type."""
    with pytest.raises(UsageError) as caught:
        held(group, text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"MAX_LINES": "x"}, "SPEAKERPLUG_MAX_LINES: 'x' is not a valid integer."),
        ({"MAKE_QUIET": "perhaps"}, "SPEAKERPLUG_MAKE_QUIET: 'perhaps' is not a valid boolean"),
        ({"NAME": "'a"}, "SPEAKERPLUG_NAME has a quote that is not closed"),
    ],
)
def test_settings_of_a_variable_that_are_invalid_are_refused_with_its_name(
    group: click.Group, environ: dict[str, str], message: str
) -> None:
    """One of its own command only."""
    with pytest.raises(UsageError) as caught:
        held(group, **environ)
    assert message in str(caught.value)


def test_settings_for_all_commands_with_a_formats_name_mean_the_format(group: click.Group) -> None:
    """Not the option of another command that takes a file, or prints JSON; its own table and variable do."""
    html, json = click.Option(["--html"]), click.Option(["--json", "as_json"], is_flag=True)
    group.add_command(click.Command("score", params=[html, json]))
    text, variables = "html = true\njson = true\n", {"SPEAKERPLUG_HTML": "1"}
    html_flag = click.Option(["--html", "formats"], flag_value="html", multiple=True)
    json_flag = click.Option(["--json", "formats"], flag_value="json", multiple=True)
    group.commands["make"].params += [html_flag, json_flag]
    assert settings_for("score", group, [file(text)], variables) == {}
    assert held(group, text) == {"formats": ("html", "json")}
    own = settings_for("score", group, [file("[score]\nhtml = 'x.html'\njson = true")], {"SPEAKERPLUG_SCORE_JSON": "0"})
    assert {name: each.value for name, each in own.items()} == {"html": "x.html", "as_json": False}


def test_settings_of_a_found_file_do_not_hold_for_a_plugins_command(group: click.Group) -> None:
    """What its options mean is unknown: what is for all commands is left out, and its own table refused."""
    assert settings_for("make", group, [file("device = 'x'", is_own=False)], {}) == {}
    with pytest.raises(UsageError, match=r"x\.toml, line 1: a file that was only found sets no options of a plugin's"):
        settings_for("make", group, [file("[make]\ndevice = 'x'", is_own=False)], {})
