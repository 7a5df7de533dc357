"""The report of the doctor for a bug report: no names, folders or tokens."""

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
    ("text", "shown"),
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
def test_anonymous_text_has_no_folders_and_tokens(text: str, shown: str) -> None:
    """A file's name stays, because it says what is broken."""
    assert without_names(text) == shown


@given(folders=st.lists(NAMES.map(lambda name: f"folder{name}"), min_size=1, max_size=5), file=NAMES)
def test_anonymous_text_has_no_folder_of_any_path(folders: list[str], file: str) -> None:
    """Whatever their names."""
    shown = without_names(f"It is in /{'/'.join(folders)}/{file}, and damaged")
    assert "folder" not in shown.replace(file, "")


def test_anonymous_text_has_no_home_user_and_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where they stand alone, and where the home folder's name has spaces."""
    monkeypatch.setattr(Path, "home", lambda: Path("/home/Ana Maria"))
    monkeypatch.setattr(getpass, "getuser", lambda: "anamaria")
    monkeypatch.setenv("HF_TOKEN", "not-of-the-usual-form")
    finding = Finding("t", "problem", "/home/Ana Maria/x of anamaria", "renew not-of-the-usual-form")
    assert anonymous(finding) == Finding("t", "problem", "~/x of <user>", "renew <token>")
