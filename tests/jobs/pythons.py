"""Install SpeakerPlug for every Python that is supported, and run the fast suite and one real transcription there.

    python -m tests.jobs.pythons [VERSION...]

Interpreters are taken from PATH and from pyenv; missing ones are named and skipped. Environments are made in
.cache/pythons and kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
PACKAGES = (
    ".[test]",
    "./plugins/langchain-speakerplug",
    "./plugins/llama-index-readers-speakerplug",
    "./plugins/speakerplug-subtitle-edit",
    "./plugins/speakerplug-buzz",
    "./plugins/speakerplug-bundled[base]",
    "./plugins/speakerplug-aligner",
    "./plugins/speakerplug-evaluate",
    "./plugins/speakerplug-pyannoteai",
    "./plugins/speakerplug-ray",
    "./plugins/speakerplug-server",
    "./plugins/speakerplug-speakrs",
    "./plugins/llm-speakerplug",
    "./plugins/markitdown-speakerplug",
    "./plugins/yt-dlp-speakerplug",
)


def interpreter(version: str) -> str | None:
    """Return the path of a Python of that version; None if there is none."""
    for candidate in candidates(version):
        asked = subprocess.run([candidate, "-c", "import ssl, sys; print(*sys.version_info[:2], sep='.')"],
                               capture_output=True, text=True)  # fmt: skip
        if asked.stdout.strip() == version:
            return candidate
    return None


def candidates(version: str) -> Iterator[str]:
    """Yield paths under which that Python may be."""
    for place in os.get_exec_path():
        if found := shutil.which(f"python{version}", path=place):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from (str(path / "bin" / "python") for path in sorted(pyenv.glob(f"versions/{version}.*")))


def tried(version: str, python: str) -> bool:
    """Install everything for `python`, and return whether the fast suite and a transcription of the sample succeed."""
    folder = ROOT / ".cache" / "pythons" / version
    own = str(folder / "bin" / "python")
    install = [arg for package in PACKAGES for arg in ("--editable", package)]
    commands = (
        ["uv", "venv", "--quiet", "--allow-existing", "--python", python, str(folder)],
        ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", own, "--constraint", "constraints.txt",
         *install],
        [own, "-m", "pytest", "--numprocesses", "auto", "--dist", "worksteal",
         "-m", "not slow and not models and not gpu and not hosts"],
        [str(folder / "bin" / "speakerplug"), "transcribe", "samples/talk.mp4", "--vtt", "--output", f"{folder}/",
         "--model", "tiny.en", "--diarizer", "bundled"],
    )  # fmt: skip
    environment = {**os.environ, "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))}
    return all(subprocess.run(command, cwd=ROOT, env=environment).returncode == 0 for command in commands)


def main(*versions: str) -> int:
    """Try each of `versions`, by default all that are supported; return 1 if one failed."""
    results = {}
    for version in versions or VERSIONS:
        python = interpreter(version)
        print(f"Python {version}: {python or 'there is none here'}", flush=True)
        results[version] = "not tried: no interpreter" if python is None else "red"
        if python is not None and tried(version, python):
            results[version] = "green"
    for version, result in results.items():
        print(f"Python {version}: {result}")
    return int("red" in results.values())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
