"""The architecture, beyond import-linter's contracts (pyproject.toml): who prints, and what is imported late."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "speakerplug"
HEAVY = (
    "torch",
    "torchaudio",
    "torchcodec",
    "pyannote",
    "faster_whisper",
    "ctranslate2",
    "av",
    "langchain_core",
    "llama_index",
    "onnxruntime",
    "pysubs2",
    "webvtt",
    "scipy",
    "meeteval",
    "whisper_normalizer",
    "starlette",
    "uvicorn",
    "prometheus_client",
)


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Return all nodes of a module's syntax tree."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported_rooms(path: Path) -> set[str]:
    """Return the rooms of the package that a module imports, also inside functions and for types."""
    here = path.relative_to(PACKAGE).parts
    found: set[str] = set()
    for node in nodes_of(path):
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


def test_only_the_pipeline_imports_both_stages() -> None:
    """No other module imports both recognizers and diarizers, except lists of what there is."""
    both = {room(path) for path in PACKAGE.rglob("*.py") if {"recognizers", "diarizers"} <= imported_rooms(path)}
    assert both <= {"pipeline", "cli"}


def test_only_the_command_line_prints() -> None:
    """Only the command line prints, or imports click or rich (except a type for a hook)."""
    for path in PACKAGE.rglob("*.py"):
        if room(path) == "cli":
            continue
        for node in nodes_of(path):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) != "print", f"{path.name} prints"
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
                assert "rich" not in names, path.name
                assert "click" not in names or path.name == "hooks.py", path.name


PACKAGES = "aligner|bundled|evaluate|pyannoteai|server|speakrs"
NAMES = re.compile(rf"community-1|precision-2|^bundled$|speakerplug[-_]({PACKAGES})")
"""Names of diarizers and of packages that provide some."""
OWN = ("diarizers/pyannote/", "plugin/known.py")
"""Where they may be spelled: the built-in diarizers' own room, and the table for hints on what to install."""


def texts_of(path: Path) -> set[str]:
    """Return the strings of a module that are not docstrings."""
    documentation = {id(node.value) for node in nodes_of(path) if isinstance(node, ast.Expr)}
    constants = [node for node in nodes_of(path) if isinstance(node, ast.Constant) and id(node) not in documentation]
    return {node.value for node in constants if isinstance(node.value, str)}


def test_diarizers_are_named_in_their_own_modules_only() -> None:
    """Everything else that the core knows of a diarizer or a plugin is in its registration."""
    for path in PACKAGE.rglob("*.py"):
        if not path.relative_to(PACKAGE).as_posix().startswith(OWN):
            assert not list(filter(NAMES.search, texts_of(path))), path
    assert any(map(NAMES.search, texts_of(PACKAGE / "plugin" / "known.py")))


TESTS = Path(__file__).parent
PLUGINS = PACKAGE.parents[1] / "plugins"
OF_NO_MODULE = {
    "test_api.py": "the public API, as users and type checkers see it",
    "test_docs.py": "the documentation",
    "test_docs_recipes.py": "the commands of the recipes",
    "test_house.py": "the tree itself",
    "test_linear.py": "the time of whatever reads and writes texts that are made to take forever",
    "test_samples.py": "the recordings in samples/",
    "benchmarks": "benchmarks/",
    "scripts": "scripts/",
    "fuzz": "the fuzzer, whatever it meets",
    "gpu": "the device manager with both engines on a real GPU",
    "integration": "the real stack through every room",
    "jobs": "tests/jobs/",
}
"""Tests of no single module, in the room that they are about."""
ELSEWHERE = {"yt-dlp-speakerplug": "yt_dlp_plugins/postprocessor"}
"""Where the modules of a plugin are, if its host looks for them in a folder of its own."""


def subject_exists(test: Path, package: Path) -> bool:
    """Return whether a/test_b.py or a/test_b_aspect.py belongs to a module a/b.py, or a package a/b or a."""
    words = test.stem.removeprefix("test_").split("_")
    names = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    return any(
        (package / f"{name}.py").exists() or (package / name / "__init__.py").exists() or name == package.name
        for name in names
    )


def test_each_test_file_mirrors_its_module() -> None:
    """tests/a/test_b.py tests a/b.py; test_b_aspect.py is a part of it; test_a.py in tests/a is of the package."""
    ours = [path.relative_to(TESTS) for path in TESTS.rglob("test_*.py")]
    placed = [path for path in ours if path.parts[0] not in OF_NO_MODULE]
    strays = [path.as_posix() for path in placed if not subject_exists(path, PACKAGE / path.parent)]
    for plugin in PLUGINS.iterdir():
        found = min((plugin / "src").rglob("__init__.py"), key=lambda path: len(path.parts), default=plugin)
        package = plugin / "src" / ELSEWHERE[plugin.name] if plugin.name in ELSEWHERE else found.parent
        tests = (plugin / "tests").glob("test_*.py")
        strays += [path.relative_to(PLUGINS).as_posix() for path in tests if not subject_exists(path, package)]
    assert strays == []
    assert not [name for name in OF_NO_MODULE if not (TESTS / name).exists()]


COMMANDS = (
    "--help",
    "transcribe --help",
    "diarize --help",
    "convert --help",
    "rename --help",
    "attribute --help",
    "relabel --help",
    "check --help",
    "plugins",
    "diarizers --offline",
)
ALL_IN_TURN = f"""
import sys
def heavy():
    return [name for name in {HEAVY} if name in sys.modules]
import speakerplug
print("import", *heavy(), file=sys.stderr)
import speakerplug.cli
for command in {COMMANDS}:
    speakerplug.cli.main(command.split())
    print(command, *heavy(), file=sys.stderr)
"""


def test_help_and_lists_import_nothing_heavy() -> None:
    """They are fast: torch and other heavy libraries are imported by the functions that need them."""
    done = subprocess.run([sys.executable, "-c", ALL_IN_TURN], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == ["import", *COMMANDS]
