"""The installed packages: there, of versions that fit, and really importable."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import partial
from importlib import metadata

from ...system.packages import canonical, diagnosis, fits, install_command, installed, module_of, requirements
from .finding import Check, Finding, Status, first_line

TOPIC = "packages"

SPARE = {"torchcodec": "recordings are decoded with PyAV instead"}
"""What SpeakerPlug can do without, and how."""


def package_checks() -> list[Check]:
    """A check for each package, so that one whose binary crashes is known by its name."""
    names = [*requirements()]
    names.sort(key=lambda name: name == "pyannote-audio")  # the last, for it imports most of the others
    return [
        Check(TOPIC, f"importing {name}", partial(look_at_package, name), install_command(name, again=True))
        for name in names
    ]


def look_at_package(name: str) -> Iterator[Finding]:
    """Whether a package is there, fits and can be imported."""
    worst: Status = "warning" if name in SPARE else "problem"
    aside = f"; {SPARE[name]}" if name in SPARE else ""
    version = installed(name)
    if version is None:
        yield Finding(TOPIC, worst, f"{name} is not installed{aside}", install_command(name))
        return
    needed = requirements().get(name)
    misfit = "" if fits(name) else f"does not fit: SpeakerPlug needs {needed}"
    try:
        importlib.import_module(module_of(name))
    except Exception as error:  # whatever its module does
        found = diagnosis(error)
        broken = f"cannot be imported ({first_line(error)})"
        text = f"{name} {version} {', and '.join(filter(None, (misfit, broken)))}{aside}"
        yield Finding(TOPIC, worst, text, found.remedy if found else install_command(name, again=not misfit))
        return
    if misfit:
        yield Finding(TOPIC, worst, f"{name} {version} {misfit}{aside}", install_command(name))
    else:
        yield Finding(TOPIC, "ok", f"{name} {version}")


def look_at_the_rest() -> Iterator[Finding]:
    """Whether all that SpeakerPlug, its plugins and their packages ask of each other is there."""
    from ...plugin.hooks import PROJECT

    plugins = {point.dist.name for point in metadata.entry_points(group=PROJECT) if point.dist is not None}
    asked, unmet = _walk({PROJECT, *plugins})
    for name, wanted in unmet:
        other = canonical(wanted)
        if fits(name) and (fits(other) or other not in requirements()):  # else it is told of that package already
            there = installed(other) or "none"
            text = f"{name} asks for {wanted}, and {there} is installed"
            yield Finding(TOPIC, "warning", text, f'pip install "{wanted}"')
    if not unmet:
        yield Finding(TOPIC, "ok", f"{asked} packages in all have what they ask of each other")


def _walk(roots: set[str]) -> tuple[int, list[tuple[str, str]]]:
    """How many packages the `roots` lead to, themselves included, and who asks for what in vain."""
    from packaging.requirements import Requirement

    waiting, seen, unmet = sorted(roots), set(), []
    while waiting:
        name = waiting.pop()
        if name in seen or installed(name) is None:
            continue
        seen.add(name)
        for text in metadata.requires(name) or []:
            requirement = Requirement(text)
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
                continue
            other = canonical(requirement.name)
            waiting.append(other)
            version = installed(other)
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                unmet.append((name, f"{other}{requirement.specifier}"))
    return len(seen), unmet
