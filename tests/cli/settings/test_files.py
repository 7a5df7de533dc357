"""Where configuration files are looked for, and on which line a key is."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.cli.settings.files import NAME, config_files, found_path, line_of, own_path
from speakerplug.errors import UsageError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, below one that has a configuration file; the user's own folder is empty."""
    (tmp_path / NAME).write_text('device = "cpu"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "own")
    monkeypatch.delenv("SPEAKERPLUG_CONFIG", raising=False)
    return below


def test_config_files_above_the_folder_are_found_nearest_only(folder: Path) -> None:
    """A nearer one hides it."""
    assert found_path() == folder.parents[1] / NAME
    (folder.parent / NAME).write_text("")
    assert [(file.path, file.is_own) for file in config_files(None)] == [(folder.parent / NAME, False)]


def test_config_files_of_the_user_come_first_and_are_trusted(folder: Path) -> None:
    """The weakest is first, and the folder's is stronger."""
    own_path().parent.mkdir()
    own_path().write_text('device = "cuda"\n')
    assert [(file.path, file.is_own) for file in config_files(None)] == [
        (own_path(), True),
        (folder.parents[1] / NAME, False),
    ]


def test_config_files_in_the_users_folder_itself_are_read_once() -> None:
    """As the user's own."""
    own_path().parent.mkdir()
    own_path().write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(own_path().parent)
        assert [file.is_own for file in config_files(None)] == [True]


@pytest.mark.parametrize("by", ["option", "variable"])
def test_config_file_that_is_named_is_the_only_one(folder: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """By --config, or by SPEAKERPLUG_CONFIG."""
    (folder / "mine.toml").write_text('\ufeff[transcribe]\nmodel = "x"\n', encoding="utf-8")
    if by == "variable":
        monkeypatch.setenv("SPEAKERPLUG_CONFIG", "mine.toml")
    (file,) = config_files("mine.toml" if by == "option" else None)
    assert file.is_own
    assert file.content == {"transcribe": {"model": "x"}}
    assert file.where("transcribe", "model") == "mine.toml, line 2"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a = \n", "is no valid TOML: .*line 1.*"),
        (b"a = 1\na = 2\n", "is no valid TOML: .*line 2.*"),
        (b"a = '\xff'", "is not UTF-8; save it as UTF-8."),
        (b"#" * 1_000_001, "is larger than 1 MB"),
        (None, "cannot be read \\(No such file or directory\\); check --config."),
    ],
)
def test_config_file_that_cannot_be_read_is_a_usage_error(folder: Path, data: bytes | None, why: str) -> None:
    """In one sentence that names it."""
    if data is not None:
        (folder / "bad.toml").write_bytes(data)
    with pytest.raises(UsageError, match=f"bad.toml {why}"):
        config_files("bad.toml")


TEXT = """# model = 0
"model" = 1
check.labels = 2

[transcribe]  # a table
model=3
[ "convert" ]
max_lines = 4
"""


@pytest.mark.parametrize(
    ("table", "key", "line"),
    [
        ("", "model", 2),
        ("check", "labels", 3),
        ("check", "", 3),
        ("transcribe", "", 5),
        ("transcribe", "model", 6),
        ("convert", "", 7),
        ("convert", "max_lines", 8),
        ("convert", "model", None),
    ],
)
def test_line_of_a_key_is_that_of_its_table(table: str, key: str, line: int | None) -> None:
    """Whichever way it is written."""
    assert line_of(TEXT, table, key) == line
