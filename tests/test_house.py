"""The house: who may import whom, and what must not be imported at all until it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "speakerplug"
HEAVY = (
    "torch",
    "torchaudio",
    "torchcodec",
    "pyannote",
    "faster_whisper",
    "ctranslate2",
    "av",
    "onnxruntime",
    "pysubs2",
    "webvtt",
    "scipy",
    "meeteval",
    "whisper_normalizer",
)

VALUES = {"errors", "transcript", "typography"}
ALLOWED = {
    # room: the rooms that it may import (beside itself)
    "secrecy": set(),
    "errors": {"secrecy"},
    "transcript": {"saving", "cues"},  # Transcript.save, when called; a type
    "typography": {"transcript"},
    "attribution": VALUES,
    "talk": {"transcript"},
    "artifacts": {"errors", "saving"},
    "profiling": set(),
    "cues": VALUES,
    "checking": VALUES | {"cues"},
    "interpolation": {"transcript", "typography"},
    "subtitles": VALUES | {"interpolation"},
    "foreign": VALUES | {"interpolation", "attribution", "gate"},
    "loading": {"errors", "attribution", "foreign", "gate", "subtitles", "transcript", "writers"},
    "labelling": {"errors", "attribution", "foreign", "gate", "transcript"},
    "relabelling": {"errors", "labelling", "transcript"},
    "renaming": {"errors", "foreign", "loading", "subtitles", "writers"},
    "environment": {"errors"},
    "devices": {"errors", "environment"},
    "writers": VALUES | {"cues", "hookspecs", "talk"},
    "temporary": set(),
    "streams": set(),
    "saving": {"errors", "guard", "transcript", "cues", "plugins", "linking", "streams", "temporary"},
    "muxing": VALUES | {"cues", "decoding", "saving", "writers"},
    "linking": {"embedding"},
    "embedding": {"decoding", "waveform"},
    "decoding": {"errors", "stages", "devices", "waveform", "channels"},
    "channels": {"waveform"},
    "bleed": {"waveform"},
    "channel_choice": {"errors", "stages", "waveform", "decoding", "channels"},
    "by_channel": {"transcript", "attribution", "stages", "waveform", "channels", "bleed"},
    "gate": {"stages", "transcript"},
    "watch": set(),
    "guard": {"environment", "errors", "gate", "hookspecs", "watch"},
    "forks": {"errors"},
    "alignment": {"errors", "transcript", "attribution", "guard", "stages", "devices", "waveform"},
    "waveform": {"errors", "stages", "decoding"},
    "stages": {"transcript", "devices", "waveform"},
    "recognizers": VALUES | {"stages", "devices", "waveform", "hub", "privacy", "hookspecs"},
    "isolation": {"errors", "environment", "guard", "transcript", "stages", "devices", "waveform"},
    "diarizers": VALUES
    | {"stages", "devices", "waveform", "hub", "privacy", "hookspecs", "attribution", "plugins"}
    | {"artifacts", "environment", "guard", "temporary", "secrecy"},
    # It judges results, and does not make them: the command line runs what is measured.
    "evaluation": {"errors", "transcript", "attribution", "foreign", "gate"},
    # It looks at every room, but runs none of the stages together.
    "doctor": {"errors", "environment", "privacy", "hub", "hookspecs", "plugins", "stages", "devices", "waveform"}
    | {"decoding", "recognizers", "diarizers"},
}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """The rooms of the package that a module imports, also inside functions and for types."""
    here = path.relative_to(PACKAGE).parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = list(here[: len(here) - node.level])
            target = [*base, *(node.module or "").split(".")] if node.module else base
            if target and target[0]:
                found.add(target[0])
            else:
                found |= {name.name for name in node.names}
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            found |= {name.split(".")[1] for name in names if name.startswith("speakerplug.")}
    return found


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_a_room_imports_only_what_it_may(name: str) -> None:
    """Values know nobody; devices know no model; recognizers and diarizers do not know each other."""
    files = sorted(PACKAGE.glob(f"{name}.py")) + sorted((PACKAGE / name).rglob("*.py"))
    assert files, f"there is no room {name}"
    for path in files:
        strangers = imported_rooms(path) - ALLOWED[name] - {name}
        assert not strangers, f"{path.name} imports {strangers}"


def test_only_the_pipeline_knows_both_stages() -> None:
    """No other module imports recognizers and diarizers both, but for lists of what there is."""
    both = {room(path) for path in PACKAGE.rglob("*.py") if {"recognizers", "diarizers"} <= imported_rooms(path)}
    assert both <= {"pipeline", "cli", "doctor"}


def test_only_the_command_line_speaks_to_the_terminal() -> None:
    """Nothing but the command line prints, or imports click or rich (a type for a hook apart)."""
    for path in PACKAGE.rglob("*.py"):
        if room(path) == "cli":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) != "print", f"{path.name} prints"
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
                assert "rich" not in names, path.name
                assert "click" not in names or path.name == "hookspecs.py", path.name


@pytest.mark.parametrize(
    "code",
    [
        "import speakerplug",
        "import speakerplug.cli as c; c.main(['--help'])",
        "import speakerplug.cli as c; c.main(['transcribe', '--help'])",
        "import speakerplug.cli as c; c.main(['diarize', '--help'])",
        "import speakerplug.cli as c; c.main(['convert', '--help'])",
        "import speakerplug.cli as c; c.main(['rename', '--help'])",
        "import speakerplug.cli as c; c.main(['attribute', '--help'])",
        "import speakerplug.cli as c; c.main(['relabel', '--help'])",
        "import speakerplug.cli as c; c.main(['evaluate', '--help'])",
        "import speakerplug.cli as c; c.main(['check', '--help'])",
        "import speakerplug.cli as c; c.main(['plugins'])",
        "import speakerplug.cli as c; c.main(['diarizers', '--offline'])",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str) -> None:
    """Help and lists answer in a blink: torch and its like are imported by the functions that need them."""
    check = f"import sys; {code}; print(*[m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
