"""What goes into a bug report holds no names, folders or tokens."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.cli.doctor import Finding
from speakerplug.cli.doctor.command import anonymous, without_names

ANAS = "/".join(("", "srv", "ana"))
NAMES = st.text("abcdefghijklmnopqrstuvwxyzäß0123456789_-.", min_size=1).filter(lambda name: name.strip("."))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"cannot load {ANAS}/venv/lib/x.so: no such file", "cannot load …/x.so: no such file"),
        (f"('{ANAS}/x.so')", "('…/x.so')"),
        (r"in C:\Users\Ana\venv\torch.dll, which", "in …/torch.dll, which"),
        ("see https://hf.co/settings/tokens", "see https://hf.co/settings/tokens"),
        ("pip install ./plugins/speakerplug-bundled", "pip install ./plugins/speakerplug-bundled"),
        ("HTTP 401 and/or 3.5 GB/s", "HTTP 401 and/or 3.5 GB/s"),
        ("the token hf_abcdefghijkl is bad", "the token <token> is bad"),
    ],
)
def test_folders_and_tokens_are_left_out(text: str, told: str) -> None:
    """The file's name stays, for it says what is broken."""
    assert without_names(text) == told


@given(folders=st.lists(NAMES.map(lambda name: f"folder{name}"), min_size=1, max_size=5), file=NAMES)
def test_no_folder_of_any_path_is_told(folders: list[str], file: str) -> None:
    """Whatever they are called."""
    told = without_names(f"It is in /{'/'.join(folders)}/{file}, and damaged")
    assert "folder" not in told.replace(file, "")


def test_home_user_and_token_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where they stand alone, and where a home's name holds blanks."""
    monkeypatch.setattr(Path, "home", lambda: Path("/home/Ana Maria"))
    monkeypatch.setattr(getpass, "getuser", lambda: "anamaria")
    monkeypatch.setenv("HF_TOKEN", "not-of-the-usual-form")
    finding = Finding("t", "problem", "/home/Ana Maria/x of anamaria", "renew not-of-the-usual-form")
    assert anonymous(finding) == Finding("t", "problem", "~/x of <user>", "renew <token>")
