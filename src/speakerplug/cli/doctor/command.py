"""`speakerplug doctor`: check the environment, and say how to fix it."""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path

import click

from ... import hub
from ...errors import masked
from ..help import Command
from ..stdout import cell, show
from .finding import Finding

COLORS = {"ok": "green", "warning": "yellow", "problem": "red"}
PATH = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:[\\/]|/|~[\\/])(?:[^\s'\"()<>:;,]*[\\/])(?=[^\s'\"()<>:;,\\/]*)")
TOKEN = re.compile(r"\b(?:hf|sk|api)_\w{8,}")


@click.command(cls=Command, short_help="Check whether everything works here, and say how to fix what does not.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for a bug report, without user names, folders and tokens."
)
@click.option("--fix-hints", is_flag=True, help="Also print how to fix warnings.")
@click.option("--offline", is_flag=True, help="Never access the network.")
def doctor(as_json: bool, fix_hints: bool, offline: bool) -> int:
    """Check whether everything works here, and say how to fix what does not.

    Imports every package, computes on every device, decodes audio, and runs the models on this machine. The exit code
    is 1 if there is a problem; warnings do not change it.
    """
    from . import all_checks, examine

    findings = examine(all_checks(), offline)
    if not as_json:
        return _show(findings, fix_hints)
    safe = [anonymous(finding) for finding in findings]
    counts = {f"{status}s": _count(safe, status) for status in ("problem", "warning")}
    report = {"speakerplug": metadata.version("speakerplug"), **counts, "findings": [asdict(each) for each in safe]}
    show(json.dumps(report, indent=2, ensure_ascii=False))
    return int(counts["problems"] > 0)


def _show(findings: Iterable[Finding], fix_hints: bool) -> int:
    """Print each finding when it comes, under its topic, and the counts; return the exit code."""
    shown: list[Finding] = []
    for finding in findings:
        if not shown or shown[-1].topic != finding.topic:
            show(f"{finding.topic.capitalize()}:")
        shown.append(finding)
        show(f"  {click.style(finding.status.ljust(7), fg=COLORS[finding.status])}  {cell(masked(finding.text))}")
        if finding.remedy and (fix_hints or finding.status == "problem"):
            show(f"           -> {cell(masked(finding.remedy))}")
    problems, warnings = _count(shown, "problem"), _count(shown, "warning")
    hint = "" if fix_hints or not warnings else f" (--fix-hints says how to fix {'it' if warnings == 1 else 'them'})"
    show(f"{_number(problems, 'problem').capitalize()}, {_number(warnings, 'warning')}{hint}.")
    return int(problems > 0)


def _count(findings: Iterable[Finding], status: str) -> int:
    return sum(finding.status == status for finding in findings)


def _number(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'s' if count != 1 else ''}"


def anonymous(finding: Finding) -> Finding:
    """Return the finding without folders, the user's name and tokens."""
    return replace(finding, text=without_names(finding.text), remedy=without_names(finding.remedy))


def without_names(text: str) -> str:
    """Return `text` with only the last part of each absolute path, without the user's name and tokens."""
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
    except (OSError, KeyError, ImportError):  # the user has no name, as in some containers
        return None
