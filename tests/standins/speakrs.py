"""The interface of the wheel `speakrs` 0.7 as far as the plugin uses it, with results and failures as set up.

plugins/speakerplug-speakrs/tests/test_diarizer_wheel.py compares it with the real one, where that is installed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


class SpeakrsError(Exception):
    """As in the wheel: a category, a code and a message."""

    def __init__(self, category: str, code: str, message: str) -> None:
        super().__init__(category, code, message)

    @property
    def category(self) -> str:
        return str(self.args[0])

    @property
    def message(self) -> str:
        return str(self.args[2])


@dataclass(frozen=True)
class Segment:
    """A turn of the wheel."""

    start: float
    end: float
    speaker: str


@dataclass(frozen=True)
class Result:
    """What the wheel returns for one recording."""

    segments: Sequence[Segment]
    exclusive_segments: Sequence[Segment]


class CancelToken:
    """Cancels a call, which ends only when `StandIn.finished` is set, as the wheel's networks finish first."""

    def __init__(self) -> None:
        self.canceled = threading.Event()

    def cancel(self) -> None:
        self.canceled.set()


@dataclass(frozen=True)
class Config:
    """Any configuration of the wheel: the values by their names."""

    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.values[name]


DEFAULT = Config(
    {
        "activity": None,
        "clustering": Config(
            {
                "ahc": Config({"threshold": 0.6}),
                "vbx": Config({"fa": 0.07, "fb": 0.8, "max_iters": 20, "epsilon": 1e-4, "init_smoothing": 7.0}),
                "speaker_keep_threshold": 1e-7,
            }
        ),
        "merge_gap": 0.0,
        "reconstruct_method": "smoothed",
        "smoothing_epsilon": 0.1,
    }
)


@dataclass
class StandIn:
    """What the wheel does: the `result` of each call, which waits for `finished`, or the error that it `fails` with.

    `calls` are the arguments of each diarization; `loaded` the mode and folder of each pipeline.
    """

    result: Result = Result((), ())
    fails: SpeakrsError | None = None
    modes: tuple[str, ...] = ("CPU", "CUDA", "CUDAFast")
    finished: threading.Event = field(default_factory=threading.Event)
    calls: list[dict[str, Any]] = field(default_factory=list)
    loaded: list[tuple[str, Path]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.finished.set()

    def module(self) -> ModuleType:
        """Return it as a module."""
        module = ModuleType("speakrs")
        config = {name: lambda **values: Config(values) for name in ("AhcConfig", "VbxConfig", "ClusteringConfig")}
        attributes = {
            **config,
            "SpeakrsError": SpeakrsError,
            "CancelToken": CancelToken,
            "Pipeline": Pipeline,
            "PipelineConfig": PipelineConfig,
            "available_modes": lambda: list(self.modes),
            "prepare": self._prepare,
        }
        for name, value in attributes.items():
            setattr(module, name, value)
        return module

    def _prepare(self, mode: str, *, model_dir: Path) -> Prepared:
        if not model_dir.is_dir():
            raise SpeakrsError("model_manifest", "model_manifest", "model file `plda_lda.npy` is missing")
        return Prepared(self, model_dir)


@dataclass(frozen=True)
class Prepared:
    """A folder with models."""

    standin: StandIn
    model_dir: Path


class PipelineConfig(Config):
    """The configuration of a pipeline."""

    def __init__(self, **values: Any) -> None:
        super().__init__(values)

    @staticmethod
    def for_mode(mode: str) -> Config:
        return DEFAULT


class Pipeline:
    """A loaded pipeline."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin

    @classmethod
    def from_prepared(cls, prepared: Prepared, mode: str) -> Pipeline:
        prepared.standin.loaded.append((mode, prepared.model_dir))
        return cls(prepared.standin)

    def diarize_samples(self, samples: Any, *, pipeline_config: Config, cancel_token: CancelToken) -> Result:
        self.standin.calls.append({"samples": samples, "config": pipeline_config, "token": cancel_token})
        self.standin.finished.wait()
        if cancel_token.canceled.is_set():
            raise SpeakrsError("cancelled", "cancelled", "operation was cancelled")
        if self.standin.fails is not None:
            raise self.standin.fails
        return self.standin.result


def install(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Put it in the place of the wheel, and return it."""
    standin = StandIn()
    monkeypatch.setitem(sys.modules, "speakrs", standin.module())
    return standin
