"""The user's wav2vec2 checkpoint with a CTC output: a folder as Hugging Face's transformers saves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speakerplug.plugin import MemoryEstimate, ModelError, ModelHandleBase, Placement

from .acoustics import LogProbs, Samples

WEIGHTS = ("model.safetensors", "pytorch_model.bin")
MB = 1024**2
# torchaudio has the same network under other names.
RENAMED = {
    "wav2vec2.feature_extractor.": "feature_extractor.",
    "wav2vec2.feature_projection.": "encoder.feature_projection.",
    "wav2vec2.encoder.": "encoder.transformer.",
    "lm_head.": "aux.",
}
WEIGHT_NORM = {"weight_g": "parametrizations.weight.original0", "weight_v": "parametrizations.weight.original1"}


@dataclass(frozen=True, slots=True)
class Wav2Vec2Handle(ModelHandleBase):
    """The handle of a checkpoint folder."""

    folder: Path
    size_bytes: int

    stage = "aligner"

    @classmethod
    def of(cls, model: str) -> Wav2Vec2Handle:
        """Return the handle of the checkpoint in the folder `model`; raises ModelError if there is none."""
        folder = Path(model)
        missing = [name for name in ("config.json", "vocab.json") if not (folder / name).is_file()]
        if missing or not _weights(folder):
            lacks = " and ".join(missing) or " or ".join(WEIGHTS)
            raise ModelError(
                f"{model} is not a wav2vec2 checkpoint: it has no {lacks}; name a folder with --aligner-model, "
                "or omit it for the phoneme model."
            )
        return cls(folder, _weights(folder)[0].stat().st_size)

    @property
    def key(self) -> tuple[str, str]:
        """The key of the model: one for each folder."""
        return "wav2vec2", str(self.folder)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Return the memory estimate: weights in float32, and the first layers on a window of 25 s."""
        return MemoryEstimate(self.size_bytes, 1200 * MB)

    def load(self, placement: Placement) -> Any:
        """Load the network; raises ModelError for an unsupported checkpoint."""
        try:
            return Wav2Vec2(self.folder, str(placement.device))
        except (KeyError, TypeError, ValueError, RuntimeError, OSError) as error:
            first = str(error).splitlines()[0]
            raise ModelError(
                f"The checkpoint in {self.folder} cannot be loaded ({first}); it must be a Wav2Vec2ForCTC."
            ) from error

    def unload(self, model: Any) -> None:
        """Do nothing: torch frees it with its last reference."""


class Wav2Vec2:
    """Maps audio to letters, every 20 ms."""

    late_s = 0.0

    def __init__(self, folder: Path, device: str) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        vocabulary: dict[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        self._ids, self._device = vocabulary, device
        self.blank = int(config.get("pad_token_id") or vocabulary.get("<pad>", 0))
        self.between = vocabulary.get("|")
        self.frame_s = float(np.prod(config["conv_stride"])) / 16_000
        self._normalizes = config["feat_extract_norm"] == "layer" or _normalizes(folder)
        self._network = _network(config, _state(folder)).to(device).eval()

    def log_probs(self, samples: Samples) -> LogProbs:
        """Return the log probability of each letter, shape (frames, letters)."""
        import torch

        audio = torch.from_numpy(np.array(samples))[None].to(self._device)
        if self._normalizes:
            audio = (audio - audio.mean()) / torch.sqrt(audio.var() + 1e-7)
        with torch.inference_mode():
            found, _ = self._network(audio)
            log_probs: LogProbs = found[0].float().log_softmax(-1).cpu().numpy()
        return log_probs

    def symbols(self, word: str) -> list[int]:
        """Return the ids of a word's letters, in the vocabulary's case; empty if it has other letters."""
        for text in (word, word.upper(), word.lower()):
            letters = [letter for letter in text if letter.isalnum() or letter in self._ids]
            if letters and all(letter in self._ids for letter in letters):
                return [self._ids[letter] for letter in letters]
        return []


def _weights(folder: Path) -> list[Path]:
    return [folder / name for name in WEIGHTS if (folder / name).is_file()]


def _normalizes(folder: Path) -> bool:
    path = folder / "preprocessor_config.json"
    return path.is_file() and bool(json.loads(path.read_text(encoding="utf-8")).get("do_normalize"))


def _state(folder: Path) -> dict[str, Any]:
    """Return the weights by torchaudio's names."""
    path = _weights(folder)[0]
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        loaded: Mapping[str, Any] = load_file(str(path))
    else:
        import torch

        loaded = torch.load(path, map_location="cpu", weights_only=True)
    state = {}
    for name, tensor in loaded.items():
        for theirs, ours in RENAMED.items():
            if name.startswith(theirs):
                stem, _, last = (ours + name.removeprefix(theirs)).rpartition(".")
                state[f"{stem}.{WEIGHT_NORM.get(last, last)}"] = tensor
    return state


def _network(config: Mapping[str, Any], state: Mapping[str, Any]) -> Any:
    """Return torchaudio's network for `config`, with these weights."""
    from torchaudio.models import wav2vec2_model

    shapes = zip(config["conv_dim"], config["conv_kernel"], config["conv_stride"], strict=True)
    network = wav2vec2_model(
        extractor_mode={"group": "group_norm", "layer": "layer_norm"}[config["feat_extract_norm"]],
        extractor_conv_layer_config=[list(shape) for shape in shapes],
        extractor_conv_bias=config["conv_bias"],
        encoder_embed_dim=config["hidden_size"],
        encoder_projection_dropout=0.0,
        encoder_pos_conv_kernel=config["num_conv_pos_embeddings"],
        encoder_pos_conv_groups=config["num_conv_pos_embedding_groups"],
        encoder_num_layers=config["num_hidden_layers"],
        encoder_num_heads=config["num_attention_heads"],
        encoder_attention_dropout=0.0,
        encoder_ff_interm_features=config["intermediate_size"],
        encoder_ff_interm_dropout=0.0,
        encoder_dropout=0.0,
        encoder_layer_norm_first=config.get("do_stable_layer_norm", False),
        encoder_layer_drop=0.0,
        aux_num_out=config["vocab_size"],
    )
    network.load_state_dict(dict(state))
    return network
