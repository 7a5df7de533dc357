"""Python and the machine."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import metadata

from .finding import Finding

TOPIC = "machine"


def look_at_python() -> Iterator[Finding]:
    """Whether SpeakerPlug is made for this Python."""
    version = platform.python_version()
    wanted = metadata.metadata("speakerplug")["Requires-Python"]
    from packaging.specifiers import SpecifierSet

    if SpecifierSet(wanted).contains(version, prereleases=True):
        yield Finding(TOPIC, "ok", f"Python {version}")
    else:
        yield Finding(
            TOPIC,
            "problem",
            f"Python {version} does not fit: SpeakerPlug needs {wanted}",
            "install SpeakerPlug in a virtual environment of such a Python",
        )


def look_at_platform() -> Iterator[Finding]:
    """System, processor, cores and memory."""
    from ...devices.device import format_bytes
    from ...system.host import host_memory, usable_cores

    total, free = host_memory()
    cores = usable_cores()
    yield Finding(
        TOPIC,
        "ok",
        f"{platform.system()} {platform.release()}, {platform.machine()}, {cores} core{'s' if cores != 1 else ''}, "
        f"{format_bytes(free)} of {format_bytes(total)} memory free",
    )
    if sys.maxsize <= 2**32:
        yield Finding(TOPIC, "problem", "This Python has 32 bits, and torch needs 64", "install a Python of 64 bits")
