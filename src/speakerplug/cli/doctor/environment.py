"""Checks of the environment: Python and the machine, the installed packages, plugins, telemetry and caches."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from importlib import metadata
from pathlib import Path

from ...system.packages import (
    SET,
    canonical,
    diagnosis,
    fits,
    install_command,
    installed,
    module_of,
    required,
    requirements,
)
from ...system.telemetry import SWITCHES, onnxruntime_reports, silence_telemetry
from .finding import Check, Finding, Status, first_line

MACHINE, PACKAGES, UPKEEP = "machine", "packages", "upkeep"

SPARE = {"torchcodec": "recordings are decoded with PyAV in any case"}
"""Packages that SpeakerPlug can do without, and how."""

MODEL_BYTES = 4 * 1024**3
"""Space that the largest model and a pipeline take."""


def check_python() -> Iterator[Finding]:
    """Check that SpeakerPlug supports this Python."""
    version = platform.python_version()
    wanted = metadata.metadata("speakerplug")["Requires-Python"]
    from packaging.specifiers import SpecifierSet

    if SpecifierSet(wanted).contains(version, prereleases=True):
        yield Finding(MACHINE, "ok", f"Python {version}")
    else:
        yield Finding(
            MACHINE,
            "problem",
            f"Python {version} does not fit: SpeakerPlug needs {wanted}",
            "install SpeakerPlug in a virtual environment of a supported Python",
        )


def check_platform() -> Iterator[Finding]:
    """Report system, processor, cores and memory."""
    from ...devices.device import format_bytes
    from ...system.host import host_memory, usable_cores

    total, free = host_memory()
    cores = usable_cores()
    yield Finding(
        MACHINE,
        "ok",
        f"{platform.system()} {platform.release()}, {platform.machine()}, {cores} core{'s' if cores != 1 else ''}, "
        f"{format_bytes(free)} of {format_bytes(total)} memory free",
    )
    if sys.maxsize <= 2**32:
        yield Finding(MACHINE, "problem", "This Python is 32-bit, and torch needs 64-bit", "install a 64-bit Python")


def package_checks() -> list[Check]:
    """Return a check for each package, so that one whose binary crashes is named."""
    names = [*requirements()]
    names.sort(key=lambda name: name == "pyannote-audio")  # the last, for it imports most of the others
    return [
        Check(PACKAGES, f"importing {name}", partial(check_package, name), install_command(name, again=True))
        for name in names
    ]


def check_package(name: str) -> Iterator[Finding]:
    """Check that a package is installed, compatible and can be imported."""
    worst: Status = "warning" if name in SPARE else "problem"
    aside = f"; {SPARE[name]}" if name in SPARE else ""
    version = installed(name)
    if version is None:
        yield Finding(PACKAGES, worst, f"{name} is not installed{aside}", install_command(name))
        return
    misfit = "" if fits(name) else f"does not fit: SpeakerPlug needs {required(name)}{_beside(name)}"
    try:
        importlib.import_module(module_of(name))
    except Exception as error:  # a module can raise anything
        found = diagnosis(error)
        broken = f"cannot be imported ({first_line(error)})"
        text = f"{name} {version} {', and '.join(filter(None, (misfit, broken)))}{aside}"
        yield Finding(PACKAGES, worst, text, found.remedy if found else install_command(name, again=not misfit))
        return
    if misfit:
        yield Finding(PACKAGES, worst, f"{name} {version} {misfit}{aside}", install_command(name))
    else:
        yield Finding(PACKAGES, "ok", f"{name} {version}")


def _beside(name: str) -> str:
    """Return the torch with which a package must go, if it must."""
    return f" with torch {installed('torch')}" if name in SET and name != "torch" and installed("torch") else ""


def check_dependencies() -> Iterator[Finding]:
    """Check the dependencies of SpeakerPlug, its plugins and their packages."""
    from ...plugin.hooks import PROJECT

    plugins = {point.dist.name for point in metadata.entry_points(group=PROJECT) if point.dist is not None}
    count, unmet = _walk({PROJECT, *plugins})
    for name, wanted in unmet:
        other = canonical(wanted)
        if fits(name) and (fits(other) or other not in requirements()):  # else that package has a finding already
            there = installed(other) or "none"
            text = f"{name} requires {wanted}, and {there} is installed"
            yield Finding(PACKAGES, "warning", text, f'pip install "{wanted}"')
    if not unmet:
        yield Finding(PACKAGES, "ok", f"{count} packages in all have their dependencies")


def _walk(roots: set[str]) -> tuple[int, list[tuple[str, str]]]:
    """Return how many packages the `roots` depend on, themselves included, and (package, requirement) not met."""
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


def check_telemetry() -> Iterator[Finding]:
    """Check that the telemetry of pyannote.audio, the hub's client and onnxruntime is off."""
    silence_telemetry()
    from huggingface_hub import constants

    reporting = [
        name
        for name, is_on in (
            ("pyannote.audio", _pyannote_reports()),
            ("huggingface_hub", not constants.HF_HUB_DISABLE_TELEMETRY),
            ("onnxruntime", onnxruntime_reports()),
        )
        if is_on
    ]
    if reporting:
        text = f"telemetry of {' and '.join(reporting)} is on, though SpeakerPlug turns it off"
        switches = " ".join(f"{name}={value}" for name, value in SWITCHES.items())
        yield Finding(UPKEEP, "problem", text, f"{switches} speakerplug ...")
    else:
        yield Finding(UPKEEP, "ok", "telemetry of pyannote.audio, of the hub's client and of onnxruntime is off")


def _pyannote_reports() -> bool:
    try:
        from pyannote.audio.telemetry.metrics import is_metrics_enabled
    except Exception:  # what cannot be imported sends nothing; the check of packages reports it
        return False
    return bool(is_metrics_enabled())


def check_plugins() -> Iterator[Finding]:
    """Report the plugins that are loaded, and those that failed."""
    from ...plugin.hooks import PROJECT
    from ...plugin.manager import load_plugins

    plugins = load_plugins()
    for failure in plugins.failures:
        text = f"plugin {failure.plugin}: {failure.reason.splitlines()[0]}"
        yield Finding(UPKEEP, "problem", text, f"reinstall the package of the plugin {failure.plugin}, or uninstall it")
    others = [name for name in plugins.names if not name.startswith(f"{PROJECT}.")]
    yield Finding(UPKEEP, "ok", f"plugins: {', '.join(others) or 'none but the built-in ones'}")


def check_cache() -> Iterator[Finding]:
    """Check the size of the hub's cache, interrupted downloads, and the free space."""
    from huggingface_hub import constants

    from ...devices.device import format_bytes

    folder = Path(constants.HF_HUB_CACHE)
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    taken = sum(path.stat().st_size for path in files)
    free = shutil.disk_usage(_existing(folder)).free
    text = f"the hub's cache takes {format_bytes(taken)}, and {format_bytes(free)} are free there"
    if not os.access(_existing(folder), os.W_OK):
        yield Finding(
            UPKEEP, "warning", f"the hub's cache {folder} is not writable", "set HF_HOME to a folder of yours"
        )
    elif free < MODEL_BYTES:
        yield Finding(UPKEEP, "warning", f"{text}, too little for a large model", "hf cache prune, or set HF_HOME")
    else:
        yield Finding(UPKEEP, "ok", text)
    broken = [path for path in files if path.suffix == ".incomplete"]
    if broken:
        size = format_bytes(sum(path.stat().st_size for path in broken))
        many = len(broken) > 1
        text = f"{len(broken)} interrupted download{'s' * many} take{'s' * (not many)} {size}"
        yield Finding(UPKEEP, "warning", text, "run the command that was downloading again: it resumes")


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest parent that exists."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())
