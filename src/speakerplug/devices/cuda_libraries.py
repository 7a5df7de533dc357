"""Find and load the cuBLAS that CTranslate2 opens by name at its first computation on a GPU."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import mmap
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

EXTRA = 'pip install "speakerplug[cuda]"'
"""Brings cuBLAS for CUDA 12, which the index has for Linux and Windows on x86-64."""
OTHER_TORCH = "install a build of torch that fits: https://pytorch.org/get-started"

_LATEST = 8
"""The latest major compute capability that CTranslate2's wheel has finished kernels for: 8.6, which run on 8.9 too."""
_NAMES = re.compile(rb"libcublas\.so\.\d+|cublas64_\d+\.dll")


@functools.lru_cache(maxsize=1)
def missing_cublas() -> str:
    """Load the cuBLAS that CTranslate2 will open; return "" on success, else what is missing, with the hint.

    Torch brings the cuBLAS of its own CUDA; CTranslate2 4 is built for CUDA 12, whatever torch is built for, and
    opens its library only in the middle of the first computation (faster-whisper#1431).
    """
    name = cublas_of_ctranslate2()
    if name is None or _is_on_system(name):
        return ""
    found = [str(path) for path in _packaged(name)]
    try:
        for library in found or [name]:  # Lt first: cuBLAS needs it
            # Where Windows is given a name alone, ctypes would not look in PATH; CTranslate2 does.
            ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL, winmode=None if found else 0)
    except OSError as error:
        if found:
            return f"{name} cannot be loaded ({error}); reinstall it: pip install --force-reinstall nvidia-cublas-cu12"
        return f"{name} is missing; install it with: {EXTRA}"
    return ""


@functools.lru_cache(maxsize=1)
def cublas_of_ctranslate2() -> str | None:
    """Return the file name of the cuBLAS that the installed CTranslate2 opens; None if it is built without CUDA."""
    for library in _libraries_of_ctranslate2():
        with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if match := _NAMES.search(content):
                return match[0].decode()
    return None


def must_compile(capability: tuple[int, int]) -> bool:
    """Return whether CTranslate2 is about to compile its kernels for a GPU: a later one, on an empty driver's cache."""
    return capability[0] > _LATEST and not any(path.is_file() for path in _compute_cache().rglob("*"))


def _compute_cache() -> Path:
    """Return the folder in which NVIDIA's driver keeps what it compiles."""
    if "CUDA_CACHE_PATH" in os.environ:
        return Path(os.environ["CUDA_CACHE_PATH"])
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home()), "NVIDIA", "ComputeCache")
    return Path.home() / ".nv" / "ComputeCache"


def _libraries_of_ctranslate2() -> Iterator[Path]:
    """Yield the shared libraries of its wheel, next to the package and in it."""
    spec = importlib.util.find_spec("ctranslate2")
    for folder in map(Path, (spec and spec.submodule_search_locations) or ()):
        for place in (folder.with_name("ctranslate2.libs"), folder):
            yield from sorted(place.glob("*ctranslate2*.so*"))
            yield from sorted(place.glob("ctranslate2*.dll"))


def _packaged(name: str) -> Iterator[Path]:
    """Yield the library and the one that it needs, from NVIDIA's packages.

    On Windows, next comes the toolkit in CUDA_PATH, as for CTranslate2 (its cublas_stub.cc).
    """
    for folder in sys.path:  # packages for several versions of CUDA share one folder, each with files of its own
        for library in sorted(Path(folder).glob(f"nvidia/*/*/{name}")):
            needed = library.with_name(name.replace("cublas", "cublasLt"))
            yield from (path for path in (needed, library) if path.is_file())
            return
    toolkit = Path(os.environ.get("CUDA_PATH", ""), "bin", name)
    if sys.platform == "win32" and toolkit.is_file():
        yield toolkit


def _is_on_system(name: str) -> bool:
    """Load the library by its name, and return whether the system has it."""
    if sys.platform == "win32":  # its search path may have that of another program
        return False
    try:
        ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True
