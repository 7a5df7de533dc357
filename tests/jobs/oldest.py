"""Run the fast and the models suites with the oldest torch that is supported, in an environment of its own.

    python -m tests.jobs.oldest [TEST...]

With names of tests, only these run. The environment is .cache/oldest; what else depends on torch is as pip resolves it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.jobs.pythons import PACKAGES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".cache" / "oldest"
SET = ("torch==2.8.*", "torchaudio==2.8.*", "torchcodec==0.7.*")
CONSTRAINTS = FOLDER.with_suffix(".constraints.txt")


def constraints() -> str:
    """Return the versions of constraints.txt, with the oldest of each in the set, and without what torch pins."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    moving = ("torch", "cuda-", "nvidia-", "triton", "sympy", "setuptools")
    return "\n".join([*(line for line in lines if not line.startswith(moving)), *SET, ""])


def main(*tests: str) -> int:
    """Install everything and run the tests; return 1 if one failed."""
    uv, own = str(Path(sys.executable).with_name("uv")), str(FOLDER / "bin" / "python")
    FOLDER.parent.mkdir(exist_ok=True)
    CONSTRAINTS.write_text(constraints(), encoding="utf-8")
    install = [argument for package in PACKAGES for argument in ("--editable", package)]
    commands = (
        [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(FOLDER)],
        [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", own, "--constraint", str(CONSTRAINTS),
         *install],
    )  # fmt: skip
    suites = (
        ["--numprocesses", "auto", "--dist", "worksteal", "-m", "not models and not gpu and not hosts"],
        ["-m", "models and not gpu"],
    )
    for command in commands:
        subprocess.run(command, cwd=ROOT, check=True)
    codes = [subprocess.run([own, "-m", "pytest", *suite, *tests], cwd=ROOT).returncode for suite in suites]
    return int(any(code not in (0, NO_TESTS) for code in codes))


NO_TESTS = 5
"""pytest's exit code if the named files have no test of a suite."""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
