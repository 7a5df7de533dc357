"""Configurations of unknown origin are limited in size and depth, and read or refused quickly."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from speakerplug.cli.options import parameters_of
from speakerplug.diarizers.pyannote.configuration import MAX_BYTES, MAX_DEPTH, MAX_VALUES, parsed, read_configuration
from speakerplug.errors import ModelError, UsageError

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
MERGED = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, f"more than {MAX_VALUES} values"),
        (MERGED, f"more than {MAX_VALUES} values"),
        (CHAIN, f"deeper than {MAX_DEPTH} levels"),
        ("[" * 20_000, f"deeper than {MAX_DEPTH} levels"),
        ("{a: " * 20_000, f"deeper than {MAX_DEPTH} levels"),
        ("- " * 20_000 + "a", f"deeper than {MAX_DEPTH} levels"),
        ("? " * 20_000, f"deeper than {MAX_DEPTH} levels"),
        ("- a\n" * 20_000, f"more than {MAX_VALUES} values"),
        ("a: &a [*a]", "an alias of itself or of nothing"),
        ("a: *b", "an alias of itself or of nothing"),
        ("a" * (MAX_BYTES + 1), "longer than 256 KB"),
        ("a: !!timestamp x", "AttributeError"),
        ("a: !!int x", "ValueError"),
        ("a: !!bool x", "KeyError"),
        ("a: 2001-99-99", "ValueError"),
        ("a: " + "9" * 5000, "ValueError"),
        ("a: !!python/object/apply:os.system [touch trace]", "ConstructorError"),
        ("a: \x00", "ReaderError"),
        ("a: [", "ParserError"),
    ],
)
def test_read_configuration_that_is_too_large_or_invalid_raises_soon(tmp_path: Path, text: str, reason: str) -> None:
    """The message has the reason, within two seconds, and nothing is run."""
    (tmp_path / "config.yaml").write_text(text)
    began = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        read_configuration(tmp_path / "config.yaml")
    assert time.perf_counter() - began < 2.0
    assert str(caught.value) == (
        f"{tmp_path / 'config.yaml'} cannot be read as a configuration ({reason}); fetch or write it again."
    )


@pytest.mark.parametrize("character", list("[{\"'#&*!|>-?: \n\t%@`a0,"))
def test_parsed_of_any_repeated_character_is_fast(character: str) -> None:
    """No text of the maximum size keeps the parser busy."""
    began = time.perf_counter()
    with contextlib.suppress(ValueError):
        parsed(character * (MAX_BYTES // 4))
    assert time.perf_counter() - began < 2.0


def test_parsed_with_ordinary_aliases_and_merges_succeeds() -> None:
    """They are limited, not forbidden."""
    text = "a: &a {x: 1, y: [1, 2]}\nb: *a\nc: {<<: *a, x: 2}"
    assert parsed(text) == {"a": {"x": 1, "y": [1, 2]}, "b": {"x": 1, "y": [1, 2]}, "c": {"x": 2, "y": [1, 2]}}


def test_read_configuration_of_an_endless_file_raises() -> None:
    """No more of it is read than a configuration can have."""
    with pytest.raises(ModelError, match=r"longer than 256 KB|cannot be read"):
        read_configuration(Path("/dev/zero"))


@pytest.mark.parametrize("value", ["[" * 5000, "2001-99-99", "!!int x"])
def test_parameters_of_the_command_line_with_invalid_yaml_raise(value: str) -> None:
    """Their values are YAML, too."""
    with pytest.raises(UsageError, match="cannot be read; write it like"):
        parameters_of((f"a={value}",))
