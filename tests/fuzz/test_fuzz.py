"""Some tries of the fuzzer, the same each time; `make fuzz` runs others for any length of time."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.hostile import changed_bytes, changed_json
from tests.fuzz.tries import KINDS, a_file, plain_plugins, seeds
from tests.fuzz.verdict import Try, verdict

TRIES = 8
"""For each example: `make thorough` has 400 of these, and takes half a minute."""


@pytest.mark.slow
@settings(derandomize=True)
@given(st.integers(0, 2**32))
def test_any_try_ends_well(seed: int) -> None:
    """A right result or one sentence, soon; inputs unchanged, outputs complete, nothing left behind."""
    for number in range(TRIES):
        chance = Random(f"{seed} {number}")
        tried = KINDS[chance.choice(("file", "file", "audio", "options", "options", "plugin"))](chance)
        with tempfile.TemporaryDirectory() as folder:
            _, wrong = verdict(tried, Path(folder))
        assert not wrong, tried.arguments


def test_seed_gives_the_same_tries() -> None:
    """What a long run finds can be repeated."""
    assert [a_file(Random(n)).files for n in range(20)] == [a_file(Random(n)).files for n in range(20)]


@pytest.mark.parametrize("name", sorted(seeds()))
def test_seeds_are_intact_files(name: str, tmp_path: Path) -> None:
    """What is damaged for a try was readable before, or is known to have no words; most changes change something."""
    suffix = Path(name).suffix
    if suffix not in (".rttm", ".uem"):
        healthy = Try(["convert", f"talk{suffix}", "-o", "out/"], {f"talk{suffix}": seeds()[name]}, plain_plugins)
        assert verdict(healthy, tmp_path) == (0, [])
        assert (tmp_path / "out" / "talk.vtt").exists()
    assert any(changed_bytes(seeds()[name], Random(n)) != seeds()[name] for n in range(5))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise ValueError('boo')", "Unexpected"),
        ("raise SystemExit(0)", "came out of the command line"),
        ("open('talk.json', 'w')", "the input talk.json is changed"),
        ("open('.speakerplug-1.tmp', 'w')", "is left"),
        ("open('out.json', 'w').write('{')", "is written and damaged"),
        ("return 3", "the exit code is 3"),
        ("return 1", "no error is printed"),
    ],
)
def test_verdict_finds_what_goes_wrong(code: str, expected: str, tmp_path: Path) -> None:
    """Each kind of misbehavior is found."""
    import click

    from speakerplug.plugin.hooks import hookimpl
    from speakerplug.testing import plugins_with

    spoiled: dict[str, object] = {}
    exec(f"def spoil():\n    {code}", spoiled)

    class Spoiler:
        """A plugin with a command that misbehaves."""

        @hookimpl
        def register_commands(self, cli: click.Group) -> None:
            """Add the command."""
            cli.add_command(click.Command("spoil", callback=spoiled["spoil"]))  # type: ignore[arg-type]

    tried = Try(["spoil"], {"talk.json": b"{}"}, lambda: plugins_with({"spoiler": Spoiler()}))
    _, wrong = verdict(tried, tmp_path)
    assert any(expected in what for what in wrong), wrong


def test_changed_document_is_still_json() -> None:
    """Values are replaced by those that Python's JSON can represent."""
    import json

    text = seeds()["own.json"].decode()
    changed = [changed_json(text, Random(n)) for n in range(200)]
    assert sum("[" * 5000 in each or json.loads(each) != json.loads(text) for each in changed) > 150
