"""Findings for a bug report: without the names of users and folders, and without tokens."""

from __future__ import annotations

import getpass
import re
import sys
from dataclasses import replace
from pathlib import Path

from ... import hub
from .finding import Finding

PATH = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:[\\/]|/|~[\\/])(?:[^\s'\"()<>:;,]*[\\/])(?=[^\s'\"()<>:;,\\/]*)")
TOKEN = re.compile(r"\b(?:hf|sk|api)_\w{8,}")


def anonymous(finding: Finding) -> Finding:
    """The finding with folders shortened to an ellipsis, and with neither a user's name nor a token."""
    return replace(finding, text=without_names(finding.text), remedy=without_names(finding.remedy))


def without_names(text: str) -> str:
    """`text` with the last part alone of each absolute path, and with neither a user's name nor a token."""
    secrets = [(_token(), "<token>"), (str(Path.home()), "~"), (sys.prefix, "/environment")]
    for secret, instead in secrets:
        if secret and len(secret) > 1:
            text = text.replace(secret, instead)
    text = PATH.sub("…/", TOKEN.sub("<token>", text))
    user = _user()
    return re.sub(rf"(?<!\w){re.escape(user)}(?!\w)", "<user>", text) if user else text


def _token() -> str | None:
    try:
        return hub.token()
    except ImportError:  # the hub's client is missing, and so is its login
        return None


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, as in some containers
        return None
