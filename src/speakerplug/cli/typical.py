"""What the built-in stages take, for a plan before any model is here: figures by Whisper size, and for pyannote.

Weights are parameters times the width of the compute type. What work takes beside them, in MB, comes from:
- tiny: measured with tiny.en on the CPU, batches of 1 and 8 of 30 s (peak of the process; int8 and float32 alike);
- large-v3, large-v3-turbo, distil-large-v3: the peaks on a GPU in github.com/SYSTRAN/faster-whisper/issues/1030
  (4521, 2537 and 2409 MB in float16, one passage at a time), less the weights;
- base, small, medium: between these, by their width;
- pyannote: segmentation-3.0 measured on the CPU, batches of 1 and 32 windows (11 MB a window); the embedding, which
  takes more, by the size of its feature maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from ..devices import DeviceState, Inventory, Need, Placement, Plan, ResidentBase, Wishes, make_plan
from ..devices.sizes import MB
from ..errors import UsageError

WIDTH = {"float32": 4, "float16": 2, "bfloat16": 2, "int16": 2}  # of the others, all 8 bit, 1


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one model: millions of parameters, MB taken once on a GPU, and MB an item of a batch takes."""

    parameters: int
    on_gpu: int
    item: int


WHISPER = {
    "tiny": Figures(39, 500, 75),
    "base": Figures(74, 500, 100),
    "small": Figures(244, 600, 150),
    "medium": Figures(769, 900, 220),
    "large-v3": Figures(1550, 1260, 300),
    "large-v3-turbo": Figures(809, 700, 300),
    "distil-large-v3": Figures(756, 670, 300),
}
PYANNOTE = Figures(9, 500, 45)
FIRST_CHOICE, ON_CPU = "large-v3-turbo", "small"


class TypicalStage(ResidentBase):
    """A stage that is only planned, never loaded."""

    def __init__(self, stage: str, model: str, figures: Figures) -> None:
        self.key, self.stage, self._figures = model, stage, figures

    def need(self, kind: str, compute_type: str, batch_size: int) -> Need:
        """By the figures."""
        figures = self._figures
        weights = figures.parameters * 1_000_000 * WIDTH.get(compute_type, 1)
        return Need(weights, (figures.on_gpu * (kind != "cpu") + figures.item * batch_size) * MB)

    def load(self, placement: Placement) -> None:
        """There is nothing to load."""

    def unload(self, model: None) -> None:
        """There is nothing to unload."""


class TypicalWhisper(TypicalStage):
    """The recognizer with a Whisper model of this size."""

    engine = "ctranslate2"
    kinds = ("cuda", "cpu")
    batch_sizes = (16, 8, 4, 2, 1)
    precisions = MappingProxyType(
        {"cuda": ("float16", "int8_float16", "int8_float32", "int8", "float32"), "cpu": ("int8", "float32")}
    )

    def __init__(self, model: str) -> None:
        super().__init__("recognizer", model, _figures_of(model))


class TypicalPyannote(TypicalStage):
    """The diarizer with a pipeline of pyannote's form, always in float32: less spoils its clustering."""

    batch_sizes = (32, 16, 8, 4, 1)

    def __init__(self) -> None:
        super().__init__("diarizer", "pyannote", PYANNOTE)


def typical_plan(model: str, inventory: Inventory, wishes: Wishes) -> tuple[str, Plan]:
    """The model that `auto` means there, or `model` itself, and the plan for it and a diarizer."""
    diarizer = TypicalPyannote()
    if model != "auto":
        return model, make_plan([TypicalWhisper(model), diarizer], inventory, wishes)
    if any(_takes_recognizer(state) for state in inventory.devices):
        plan = make_plan([TypicalWhisper(FIRST_CHOICE), diarizer], inventory, wishes)
        if plan.of("recognizer").device.kind != "cpu":
            return FIRST_CHOICE, plan
    return ON_CPU, make_plan([TypicalWhisper(ON_CPU), diarizer], inventory, wishes)


def _takes_recognizer(state: DeviceState) -> bool:
    return state.device.kind == "cuda" and "ctranslate2" in state.compute_types


def _figures_of(model: str) -> Figures:
    size = model.removesuffix(".en")
    size = {"turbo": "large-v3-turbo"}.get(size, "large-v3" if size in ("large", "large-v1", "large-v2") else size)
    if size not in WHISPER:
        raise UsageError(f"Nothing is known of the memory of {model!r}; choose one of: {', '.join(WHISPER)}.")
    return WHISPER[size]
