"""The installed packages: whether their versions are compatible, and the diagnosis of a failed import."""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType

from ..errors import ModelError, SpeakerPlugError, first_line

try:  # early: when it is needed there may be no memory left to load it
    resource: ModuleType | None = importlib.import_module("resource")
except ModuleNotFoundError:  # Windows has none
    resource = None

SET = ("torch", "torchaudio", "torchcodec")
"""Packages whose binaries are compatible in few combinations only, so that they are installed together."""

TORCHCODEC = {"2.8": ">=0.7,<0.8", "2.9": ">=0.8,<0.10", "2.10": ">=0.10,<0.11", "2.11": ">=0.11,<0.18"}
"""The versions of torchcodec for each torch, by the table in its README: its metadata do not say so."""

MODULES = {"pyannote-audio": "pyannote.audio", "pyyaml": "yaml", "webvtt-py": "webvtt"}
"""The import names of packages, where they are not the package's name with underscores."""

# Messages of the dynamic linker, of C++ and of torch.
_NO_MEMORY = re.compile(
    r"cannot allocate memory|failed to map segment|cannot create shared object|bad_alloc|can't allocate memory",
    re.IGNORECASE,
)
ENOUGH_BYTES = 8_000_000_000
"""Address space below which a failed import does not mean a damaged package."""
_HUNGRY = (OSError, ImportError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a package, and the command that fixes it (`remedy`)."""

    text: str
    remedy: str

    def as_error(self) -> ModelError:
        """Return the error for the user."""
        return ModelError(f"{self.text}; type: {self.remedy} (speakerplug doctor checks for other problems).")


@functools.cache
def requirements() -> dict[str, str]:
    """Return SpeakerPlug's required packages by name, with their versions: {"torch": "torch>=2.8,<2.12", ...}."""
    try:
        needed = metadata.requires("speakerplug") or []
    except metadata.PackageNotFoundError:
        return {}
    plain = [text for text in needed if "extra ==" not in text and _is_for_this_python(text)]
    return {canonical(text): text.partition(";")[0].strip() for text in plain}


def _is_for_this_python(requirement: str) -> bool:
    """Whether the condition of a requirement, such as python_version < '3.11', holds; true without one."""
    condition = requirement.partition(";")[2]
    if not condition:
        return True
    try:
        from packaging.markers import Marker
    except ModuleNotFoundError:  # it is missing too, which is said elsewhere
        return False
    return Marker(condition).evaluate()


def canonical(requirement: str) -> str:
    """Return the normalized name of the package in a requirement."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


def installed(name: str) -> str | None:
    """Return the version of an installed package; None if it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def required(name: str) -> str | None:
    """Return the versions of a package that SpeakerPlug needs; of torchaudio and torchcodec, those for this torch.

    With another torch than SpeakerPlug supports they are those for the newest one that it does; torch itself is then
    to be replaced, too. None for a package that is not required.
    """
    needed = requirements().get(name)
    if needed is None or name not in SET:
        return needed
    torch = installed("torch")
    minor = ".".join((torch or "").split(".")[:2])
    if minor not in TORCHCODEC:
        minor = [*TORCHCODEC][-1]
        if name == "torch" and torch is not None:
            return needed
    return f"torchcodec{TORCHCODEC[minor]}" if name == "torchcodec" else f"{name}=={minor}.*"


def fits(name: str) -> bool:
    """Return whether a package is installed in a version that SpeakerPlug supports, and that goes with its torch."""
    version, needed = installed(name), required(name)
    if version is None or needed is None:
        return version is not None
    try:
        from packaging.requirements import Requirement
    except ModuleNotFoundError:  # it comes with the hub's client; without it, assume a supported version
        return True
    return Requirement(needed).specifier.contains(version, prereleases=True)


def module_of(name: str) -> str:
    """Return the import name of a package."""
    return MODULES.get(name, name.replace("-", "_"))


def install_command(name: str, again: bool = False) -> str:
    """Return the command that installs a package in a supported version, or reinstalls it with `again`."""
    names = SET if name in SET and not again else (name,)
    wanted = " ".join(f'"{required(each) or each}"' for each in names)
    return f"pip install {'--force-reinstall --no-deps ' if again else ''}{wanted}"


def diagnosis(error: BaseException) -> Diagnosis | None:
    """Return what an error means for the installed packages or the memory they need; None for any other error.

    Only an error that was raised while a package was imported has a diagnosis.
    """
    chain = [error]
    while (before := _before(chain[-1])) is not None and before not in chain:
        chain.append(before)
    found = (_missing(each) or _starved(each) or _broken(each) for each in reversed(chain))
    return next(filter(None, found), None)


@contextmanager
def explained_imports() -> Iterator[None]:
    """Turn an error about a missing or broken package inside the block into a ModelError with the command to type."""
    try:
        yield
    except SpeakerPlugError:
        raise
    except Exception as error:
        found = diagnosis(error)
        if found is None:
            raise
        raise found.as_error() from error


def _before(error: BaseException) -> BaseException | None:
    """Return the cause or context of an error."""
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _missing(error: BaseException) -> Diagnosis | None:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    package = _package_of(error.name)
    if package is not None:
        version = installed(package)
        if version is None:
            return Diagnosis(f"The package {package} is not installed", install_command(package))
        return Diagnosis(f"{package} {version} lacks {error.name}", install_command(package, again=fits(package)))
    importing = _importing(error)
    if importing is None:
        return None
    return Diagnosis(f"{importing} needs {error.name}, which is not installed", install_command(importing))


def _starved(error: BaseException) -> Diagnosis | None:
    """Diagnose an import that failed for want of memory, which says nothing about the package."""
    limit, package = memory_limit(), _importing(error)
    starved = isinstance(error, MemoryError) or (isinstance(error, _HUNGRY) and _NO_MEMORY.search(str(error)))
    # An import that runs out of memory half way can fail with any error.
    if package is None or not (starved or (limit is not None and limit < ENOUGH_BYTES and fits(package))):
        return None
    if limit is None:
        return Diagnosis(f"There is too little free memory to import {package}", "free -m, and stop what uses it")
    text = f"Memory is limited to {limit / 1e9:.1f} GB, too little to import {package}"
    return Diagnosis(text, "ulimit -v unlimited")


def memory_limit() -> int | None:
    """Return the limit of this process's address space in bytes; None if there is none."""
    if resource is None:
        return None
    limit: int = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _broken(error: BaseException) -> Diagnosis | None:
    """Diagnose a package whose import raised: its version does not match the others', or it is damaged."""
    package = _importing(error)
    if package is None:
        return None
    about = f"{package} {installed(package) or ''}".strip()
    for name in (package, *(("torch",) if package in SET else ())):
        if not fits(name):
            other = "" if name == package else f" with {name} {installed(name) or '(missing)'}"
            needed = required(name) or name
            return Diagnosis(f"{about} cannot be imported{other} (SpeakerPlug needs {needed})", install_command(name))
    first = first_line(error).rstrip(".")
    return Diagnosis(f"{about} cannot be imported ({first})", install_command(package, again=True))


def _importing(error: BaseException) -> str | None:
    """Return the required package that was being imported when the error was raised; the innermost of several."""
    packages = []
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_code.co_name == "<module>":
            packages.append(_package_of(str(frame.f_globals.get("__name__", ""))))
        trace = trace.tb_next
    return next((package for package in reversed(packages) if package is not None), None)


def _package_of(module: str) -> str | None:
    """Return the required package that `module` belongs to, or that is in the namespace `module`."""
    for name in requirements():
        top = module_of(name)
        if module == name:  # as in the error about a package without metadata
            return name
        if f"{module}.".startswith(f"{top}.") or f"{top}.".startswith(f"{module}."):
            return name
    return None
