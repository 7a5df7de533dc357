"""What an import that failed means: which package, and what to type."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from speakerplug.errors import ModelError, UsageError
from speakerplug.system.packages import Diagnosis, diagnosis, explained_imports, fits, installed, requirements
from tests.cli.conftest import write_wav
from tests.hub.test_hub import is_one_sentence

Package = Callable[..., None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Puts a package of that name and version before the real one; importing it runs `code`."""
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
    """What importing a module raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any of them
        importlib.import_module(module)
    return caught.value


def diagnosed(error: Exception) -> Diagnosis:
    """What is found in an error that says something of the installed packages."""
    found = diagnosis(error)
    assert found is not None
    return found


def test_what_is_needed_is_read_from_the_installed_package() -> None:
    """Names as indexes write them, ranges as pyproject.toml has them, and nothing that only tests need."""
    assert requirements()["torch"] == "torch==2.11.*"
    assert requirements()["pyannote-audio"].endswith("==4.0.*")
    assert "pytest" not in requirements()
    assert all(fits(name) for name in ("torch", "torchaudio", "torchcodec", "pyannote-audio"))


def test_a_torchaudio_of_another_version_is_named_with_the_set_to_install(package: Package) -> None:
    """Its binary cannot be loaded; the remedy installs what belongs together."""
    package("torchaudio", "2.9.1", "raise OSError('Could not load this library: /x/libtorchaudio.so')")
    found = diagnosed(failure("torchaudio"))
    assert found.text == "torchaudio 2.9.1 cannot be imported (SpeakerPlug needs torchaudio==2.11.*)"
    assert found.remedy == 'pip install "torch==2.11.*" "torchaudio==2.11.*" "torchcodec==0.17.*"'


def test_another_torch_is_named_where_torchaudio_fails(package: Package) -> None:
    """The package that fails is not always the one that does not fit."""
    package("torch", "2.12.0", "")
    package("torchaudio", "2.11.0", "raise RuntimeError('PyTorch has CUDA version 13.1 and TorchAudio 13.0')")
    found = diagnosed(failure("torchaudio"))
    assert found.text.startswith("torchaudio 2.11.0 cannot be imported beside torch 2.12.0 (SpeakerPlug needs torch==")


def test_a_package_that_memory_was_missing_for_is_not_damaged(package: Package) -> None:
    """Where address space is limited the limit is named; to install it again would not help."""
    words = "libtorchaudio.so: failed to map segment from shared object"
    package("torchaudio", "2.11.0", f"raise ImportError('{words}')")
    found = diagnosed(failure("torchaudio"))
    assert found.text == "There is too little free memory to import torchaudio"
    assert "pip" not in found.remedy


def test_a_thread_without_memory_for_its_stack_is_no_damage(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where address space is limited, a thread that cannot be started is the limit's fault."""
    package("torchaudio", "2.11.0", 'raise RuntimeError("can\'t start new thread")')
    error = failure("torchaudio")
    monkeypatch.setattr("speakerplug.system.packages.memory_limit", lambda: 4_000_000_000)
    found = diagnosed(error)
    assert found.text == "Memory is limited to 4.0 GB, too little to import torchaudio"


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are Linux's")
@pytest.mark.parametrize("command", ["convert", "diarize"])
def test_a_limit_of_memory_is_named(tmp_path: Path, command: str) -> None:
    """With `ulimit -v` of some 1.2 GB a conversion works, and where torch is needed the limit is named."""
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


def test_a_package_that_fits_and_fails_is_to_be_installed_again(package: Package) -> None:
    """A damaged binary: nothing is changed but that package."""
    package("torchaudio", "2.11.0", "raise ImportError('undefined symbol: aoti_torch')")
    found = diagnosed(failure("torchaudio"))
    assert found.text == "torchaudio 2.11.0 cannot be imported (undefined symbol: aoti_torch)"
    assert found.remedy == 'pip install --force-reinstall --no-deps "torchaudio==2.11.*"'


def test_what_a_package_of_ours_misses_comes_with_that_package(package: Package) -> None:
    """A missing package that we do not ask for ourselves is named with who does."""
    package("webvtt", "0.6.0", "import no_such_module_of_anybody")
    found = diagnosed(failure("webvtt"))
    assert found.text == "webvtt-py needs no_such_module_of_anybody, which is not installed"
    assert found.remedy.startswith('pip install "webvtt-py')


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own name, not by its module's, with the versions that fit; without its files it is to be reinstalled."""
    error = ModuleNotFoundError("No module named 'pyannote'", name="pyannote")
    found = diagnosed(error)
    assert found.text == f"pyannote-audio {installed('pyannote-audio')} lacks pyannote"
    monkeypatch.setattr("speakerplug.system.packages.installed", lambda name: None)
    found = diagnosed(error)
    assert found.text == "The package pyannote-audio is not installed"
    assert found.remedy == 'pip install "pyannote-audio==4.0.*"'


def test_the_cause_is_found_behind_other_errors() -> None:
    """Whoever wraps an import error does not hide it; one that was handled is no cause."""
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
def test_what_came_of_no_import_of_ours_is_left_alone(error: Exception) -> None:
    """Errors of a model at work, and of plugins' own modules, go on as they are."""
    assert diagnosis(error) is None
    with pytest.raises(type(error)) as caught, explained_imports():
        raise error
    assert caught.value is error


def test_the_user_is_told_in_one_sentence(package: Package) -> None:
    """What is wrong, what to type, and where to see more; the original error stays behind it."""
    package("torchaudio", "2.9.1", "raise OSError('Could not load this library')")
    with pytest.raises(ModelError, match="speakerplug doctor") as caught, explained_imports():
        importlib.import_module("torchaudio")
    assert is_one_sentence(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_our_own_errors_pass() -> None:
    """They are explained already."""
    with pytest.raises(UsageError, match="as it was"), explained_imports():
        raise UsageError("as it was")
