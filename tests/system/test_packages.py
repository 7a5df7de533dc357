"""The diagnosis of a failed import: which package, and what to type."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from speakerplug.errors import ModelError, UsageError
from speakerplug.system.packages import (
    Diagnosis,
    diagnosis,
    explained_imports,
    fits,
    install_command,
    installed,
    requirements,
)
from tests.cli.conftest import write_wav
from tests.hub.test_hub import is_one_sentence

Package = Callable[..., None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Return a function that puts a package of that name and version before the real one; importing it runs `code`."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, version: str, code: str) -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(code)
        about = tmp_path / f"{name}-{version}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        monkeypatch.delitem(sys.modules, name, raising=False)

    return put


def failure(module: str) -> Exception:
    """Return what importing a module raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any of them
        importlib.import_module(module)
    return caught.value


def diagnosed(error: Exception) -> Diagnosis:
    """Return the diagnosis of an error that has one."""
    found = diagnosis(error)
    assert found is not None
    return found


def test_requirements_are_those_of_the_installed_package() -> None:
    """Normalized names, versions as in pyproject.toml, and nothing that only tests need."""
    assert requirements()["torch"] == "torch<2.12,>=2.8"
    assert requirements()["pyannote-audio"].endswith("==4.0.*")
    assert "pytest" not in requirements()
    assert ("tomli" in requirements()) == (sys.version_info < (3, 11))
    assert all(fits(name) for name in ("torch", "torchaudio", "torchcodec", "pyannote-audio"))


@pytest.mark.parametrize(
    ("torch", "torchcodec", "needed"),
    [
        ("2.8.0", "0.7.0", None),
        ("2.11.0+cpu", "0.17.0", None),
        ("2.11.0", "0.11.1", None),
        ("2.8.0", "0.17.0", "torchcodec>=0.7,<0.8"),
        ("2.11.0", "0.7.0", "torchcodec>=0.11,<0.18"),
        ("2.10.0", "0.9.1", "torchcodec>=0.10,<0.11"),
        ("2.12.0", "0.7.0", "torchcodec>=0.11,<0.18"),
    ],
)
def test_fits_of_torchcodec_is_by_the_installed_torch(
    package: Package, torch: str, torchcodec: str, needed: str | None
) -> None:
    """Its wheel declares no torch; one of another set is named with what goes with this torch."""
    package("torch", torch, "")
    package("torchcodec", torchcodec, "")
    assert fits("torchcodec") == (needed is None)
    assert needed is None or f'"{needed}"' in install_command("torchcodec")


def test_diagnosis_of_a_mismatched_torchaudio_names_the_set_to_install(package: Package) -> None:
    """Its binary cannot be loaded; the hint installs the packages that belong together."""
    package("torch", "2.11.0", "")
    package("torchaudio", "2.9.1", "raise OSError('Could not load this library: /x/libtorchaudio.so')")
    found = diagnosed(failure("torchaudio"))
    assert found.text == "torchaudio 2.9.1 cannot be imported (SpeakerPlug needs torchaudio==2.11.*)"
    assert found.remedy == 'pip install "torch==2.11.*" "torchaudio==2.11.*" "torchcodec>=0.11,<0.18"'


def test_diagnosis_of_a_mismatched_torch_names_it_where_torchaudio_fails(package: Package) -> None:
    """The package that fails is not always the one of the wrong version."""
    package("torch", "2.12.0", "")
    package("torchaudio", "2.11.0", "raise RuntimeError('PyTorch has CUDA version 13.1 and TorchAudio 13.0')")
    found = diagnosed(failure("torchaudio"))
    assert found.text.startswith(
        "torchaudio 2.11.0 cannot be imported with torch 2.12.0 (SpeakerPlug needs torch<2.12,>=2.8)"
    )


def test_diagnosis_for_want_of_memory_names_the_limit(package: Package) -> None:
    """With a limited address space the limit is named; reinstalling would not help."""
    words = "libtorchaudio.so: failed to map segment from shared object"
    package("torchaudio", "2.11.0", f"raise ImportError('{words}')")
    found = diagnosed(failure("torchaudio"))
    assert found.text == "There is too little free memory to import torchaudio"
    assert "pip" not in found.remedy


def test_diagnosis_of_a_thread_without_a_stack_names_the_limit(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a limited address space, a thread that cannot be started is due to the limit."""
    package("torch", "2.11.0", "")
    package("torchaudio", "2.11.0", 'raise RuntimeError("can\'t start new thread")')
    error = failure("torchaudio")
    monkeypatch.setattr("speakerplug.system.packages.memory_limit", lambda: 4_000_000_000)
    found = diagnosed(error)
    assert found.text == "Memory is limited to 4.0 GB, too little to import torchaudio"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are Linux's")
@pytest.mark.parametrize("command", ["convert", "diarize"])
def test_command_with_little_address_space_names_the_limit(tmp_path: Path, command: str) -> None:
    """With `ulimit -v` of some 1.2 GB a conversion works, and if torch is needed the limit is named."""
    talk = write_wav(tmp_path / "talk.wav", 1.0)
    words = tmp_path / "words.json"
    words.write_text('{"segments": [{"start": 0, "end": 1, "text": "Hi"}]}')
    code = "from speakerplug.cli import run; run()"
    given = (talk, "--diarizer", "bundled") if command == "diarize" else (words,)
    arguments = [sys.executable, "-c", code, command, *map(str, given)]
    for _ in range(3):  # a native library may crash for want of memory, depending on where it is loaded
        done = subprocess.run(
            ["sh", "-c", 'ulimit -v 1200000; exec "$0" "$@"', *arguments], capture_output=True, text=True, timeout=120
        )
        if done.returncode >= 0:
            break
    if command == "convert":
        assert (done.returncode, done.stderr) == (0, f"Wrote {tmp_path / 'words.vtt'}\n")
        return
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, (done.returncode, done.stderr)
    (line,) = errors
    assert "limited to 1.2 GB" in line
    assert "ulimit -v" in line
    assert "pip install" not in line


def test_diagnosis_of_a_damaged_package_reinstalls_it_alone(package: Package) -> None:
    """Of a damaged binary with the right version, nothing else is changed."""
    package("torch", "2.11.0", "")
    package("torchaudio", "2.11.0", "raise ImportError('undefined symbol: aoti_torch')")
    found = diagnosed(failure("torchaudio"))
    assert found.text == "torchaudio 2.11.0 cannot be imported (undefined symbol: aoti_torch)"
    assert found.remedy == 'pip install --force-reinstall --no-deps "torchaudio==2.11.*"'


def test_diagnosis_of_a_missing_dependency_names_the_package_that_needs_it(package: Package) -> None:
    """A missing package that SpeakerPlug does not require itself is named with the one that does."""
    package("webvtt", "0.6.0", "import no_such_module_of_anybody")
    found = diagnosed(failure("webvtt"))
    assert found.text == "webvtt-py needs no_such_module_of_anybody, which is not installed"
    assert found.remedy.startswith('pip install "webvtt-py')


def test_diagnosis_of_a_missing_package_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own name, not its module's, with the supported versions; without its files it is to be reinstalled."""
    error = ModuleNotFoundError("No module named 'pyannote'", name="pyannote")
    found = diagnosed(error)
    assert found.text == f"pyannote-audio {installed('pyannote-audio')} lacks pyannote"
    monkeypatch.setattr("speakerplug.system.packages.installed", lambda name: None)
    found = diagnosed(error)
    assert found.text == "The package pyannote-audio is not installed"
    assert found.remedy == 'pip install "pyannote-audio==4.0.*"'


def test_diagnosis_finds_the_cause_behind_other_errors() -> None:
    """An import error that was wrapped is found; one that was handled is no cause."""
    cause = ModuleNotFoundError("No module named 'av'", name="av")
    wrapped = RuntimeError("decoding failed")
    wrapped.__cause__ = cause
    assert diagnosis(wrapped) is not None
    handled = RuntimeError("out of memory")
    handled.__context__, handled.__suppress_context__ = cause, True
    assert diagnosis(handled) is None


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA out of memory"), ModuleNotFoundError("No module named 'x'", name="x"), OSError()]
)
def test_diagnosis_of_any_other_error_is_none(error: Exception) -> None:
    """Errors of a running model, and of plugins' own modules, are left alone."""
    assert diagnosis(error) is None
    with pytest.raises(type(error)) as caught, explained_imports():
        raise error
    assert caught.value is error


def test_explained_imports_raises_one_sentence(package: Package) -> None:
    """What is wrong, what to type, and where to see more; the original error is its cause."""
    package("torchaudio", "2.9.1", "raise OSError('Could not load this library')")
    with pytest.raises(ModelError, match="speakerplug doctor") as caught, explained_imports():
        importlib.import_module("torchaudio")
    assert is_one_sentence(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_explained_imports_passes_our_own_errors_on() -> None:
    """They are user-facing already."""
    with pytest.raises(UsageError, match="as it was"), explained_imports():
        raise UsageError("as it was")
