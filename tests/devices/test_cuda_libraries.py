"""CTranslate2's cuBLAS is found by the name that its own library has in it, and loaded before it asks."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec._core
import pytest

from speakerplug.devices import cuda_libraries
from speakerplug.devices.cuda_libraries import EXTRA, cublas_of_ctranslate2, missing_cublas, must_compile

NAME = "libcublas.so.99"
"""Of a CUDA that no machine has."""
Site = Callable[..., Path]


def loadable(path: Path) -> Path:
    """Put a library there that any process of this Python can load."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(msgspec._core.__file__, path)
    return path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Return a function that makes a folder with a CTranslate2 that has `names` in it, to be imported from."""

    def make(*names: str, file: str = "ctranslate2.libs/libctranslate2-1234.so.4.8.5") -> Path:
        (tmp_path / "ctranslate2").mkdir()
        (tmp_path / "ctranslate2" / "__init__.py").touch()
        library = tmp_path / file
        library.parent.mkdir(exist_ok=True)
        library.write_bytes(b"\x7fELF\0" + b"\0".join(name.encode() for name in names) + b"\0is not found\0")
        monkeypatch.delitem(sys.modules, "ctranslate2", raising=False)
        monkeypatch.syspath_prepend(tmp_path)
        return tmp_path

    cached = (cublas_of_ctranslate2, missing_cublas)
    for function in cached:
        function.cache_clear()
    yield make
    for function in cached:
        function.cache_clear()


def test_missing_cublas_in_nvidias_package_is_loaded(site: Site) -> None:
    """Nothing is missing with nvidia/cublas/lib next to it, whatever other versions are there."""
    lib = site(NAME) / "nvidia" / "cublas" / "lib"
    loadable(lib / NAME)
    loadable(lib / "libcublasLt.so.99")
    loadable(lib / "libcublas.so.98")
    assert missing_cublas() == ""
    opened = Path("/proc/self/maps").read_text() if Path("/proc/self/maps").exists() else f"{NAME} libcublasLt.so.99"
    assert NAME in opened
    assert "libcublasLt.so.99" in opened
    assert "libcublas.so.98" not in opened


def test_missing_cublas_on_windows_is_named_as_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """CTranslate2's own library is ctranslate2.dll, NVIDIA's lies in bin."""
    monkeypatch.setattr(sys, "platform", "win32")
    folder = site("cublas64_99.dll", file="ctranslate2/ctranslate2.dll")
    assert missing_cublas() == f"cublas64_99.dll is missing; install it with: {EXTRA}"
    loadable(folder / "nvidia" / "cublas" / "bin" / "cublas64_99.dll")
    missing_cublas.cache_clear()
    assert missing_cublas() == ""


def test_missing_cublas_on_windows_is_looked_for_where_ctranslate2_does(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the toolkit of CUDA_PATH, then in PATH, where ctypes looks only if it is told to."""
    opened = list[tuple[str, int | None]]()

    def load(name: str, mode: int, winmode: int | None) -> None:
        opened.append((name, winmode))

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(cuda_libraries.ctypes, "CDLL", load)
    monkeypatch.setenv("CUDA_PATH", str(tmp_path / "toolkit"))
    site("cublas64_99.dll", file="ctranslate2/ctranslate2.dll")
    assert missing_cublas() == ""
    library = loadable(tmp_path / "toolkit" / "bin" / "cublas64_99.dll")
    missing_cublas.cache_clear()
    assert missing_cublas() == ""
    assert opened == [("cublas64_99.dll", 0), (str(library), None)]


def test_missing_cublas_that_is_not_installed_names_the_extra(site: Site) -> None:
    """One clause says what is missing, the next the command."""
    site(NAME)
    assert missing_cublas() == f'{NAME} is missing; install it with: pip install "speakerplug[cuda]"'


def test_missing_cublas_that_is_damaged_is_to_be_reinstalled(site: Site) -> None:
    """A file that cannot be loaded is named, with its error."""
    lib = site(NAME) / "nvidia" / "cublas" / "lib"
    lib.mkdir(parents=True)
    (lib / NAME).write_bytes(b"half a downl")
    assert missing_cublas().startswith(f"{NAME} cannot be loaded (")
    assert missing_cublas().endswith("; reinstall it: pip install --force-reinstall nvidia-cublas-cu12")


@pytest.mark.parametrize("names", [(), ("libcudnn.so.9",)])
def test_missing_cublas_of_a_ctranslate2_for_the_cpu_is_nothing(site: Site, names: tuple[str, ...]) -> None:
    """As on ARM, where the wheel knows no CUDA."""
    site(*names)
    assert (cublas_of_ctranslate2(), missing_cublas()) == (None, "")


@pytest.mark.skipif(sys.platform != "linux", reason="LD_LIBRARY_PATH is Linux's")
def test_missing_cublas_of_the_system_is_taken_from_there(site: Site, tmp_path: Path) -> None:
    """A toolkit in the loader's path counts before NVIDIA's packages, which are then not opened."""
    folder = site(NAME)
    (broken := folder / "nvidia" / "cublas" / "lib" / NAME).parent.mkdir(parents=True)
    broken.write_bytes(b"not opened")
    toolkit = loadable(tmp_path / "toolkit" / NAME).parent
    code = "from speakerplug.devices.cuda_libraries import missing_cublas; print(repr(missing_cublas()))"
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": path, "LD_LIBRARY_PATH": str(toolkit)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "''"


def test_cublas_of_the_installed_ctranslate2_is_that_of_cuda_12() -> None:
    """The extra brings CUDA 12's; where CTranslate2's wheel goes on to another, this says so."""
    if (sys.platform, platform.machine()) == ("linux", "x86_64"):
        cublas_of_ctranslate2.cache_clear()
        assert cublas_of_ctranslate2() == "libcublas.so.12"


@pytest.mark.parametrize(
    ("capability", "is_empty", "expected"),
    [
        ((8, 6), True, False),
        ((7, 5), True, False),
        ((8, 9), True, False),
        ((9, 0), True, True),
        ((12, 0), True, True),
        ((9, 0), False, False),
    ],
)
def test_must_compile_for_a_recent_gpu_with_an_empty_cache(
    capability: tuple[int, int], is_empty: bool, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel's kernels end at 8.6 and run on 8.9; the driver's cache of what was compiled has folders of its own."""
    monkeypatch.setenv("CUDA_CACHE_PATH", str(tmp_path / "cache"))
    if not is_empty:
        (tmp_path / "cache" / "a" / "b").mkdir(parents=True)
        assert must_compile(capability)
        (tmp_path / "cache" / "a" / "b" / "kernel").touch()
    assert must_compile(capability) is expected


def test_compute_cache_is_where_the_driver_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a variable, in the home folder on Linux and in the user's application data on Windows."""
    monkeypatch.delenv("CUDA_CACHE_PATH", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cuda_libraries._compute_cache() == tmp_path / ".nv" / "ComputeCache"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("APPDATA", str(tmp_path / "data"))
    assert cuda_libraries._compute_cache() == tmp_path / "data" / "NVIDIA" / "ComputeCache"
