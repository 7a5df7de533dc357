"""The aligner with fake, random and real models."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speakerplug import Transcriber, Waveform, Word
from speakerplug.devices import DeviceManager, ModelHandleBase
from speakerplug.errors import ModelError
from speakerplug.pipeline.align import retimed
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import AlignerSettings
from speakerplug_aligner import aligner as module
from speakerplug_aligner.aligner import CtcAligner
from speakerplug_aligner.windows import windows
from tests.comparison import paired

ROOT = Path(__file__).parents[3]
RATE = 16_000
SMALL = {
    "feat_extract_norm": "group",
    "conv_dim": [16, 16],
    "conv_kernel": [20, 16],
    "conv_stride": [20, 16],
    "conv_bias": False,
    "hidden_size": 16,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "vocab_size": 30,
    "pad_token_id": 0,
}
VOCABULARY = {"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "|": 4} | {
    c: 5 + n for n, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXY")
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wav2vec2 checkpoint of a few thousand random weights, saved as by transformers."""
    import torch
    from safetensors.torch import save_file
    from torchaudio.models import wav2vec2_model

    from speakerplug_aligner.wav2vec2 import RENAMED, _network

    folder = tmp_path_factory.mktemp("checkpoint")
    torch.manual_seed(0)
    built: list[Any] = []

    def keep(**shape: Any) -> Any:
        built.append(wav2vec2_model(**shape))
        return built[-1]

    patch = pytest.MonkeyPatch()
    patch.setattr("torchaudio.models.wav2vec2_model", keep)
    with pytest.raises(RuntimeError, match="Missing key"):
        _network(SMALL, {})
    patch.undo()
    theirs = {}
    for name, tensor in built[0].state_dict().items():
        prefix, ours = max(((t, o) for t, o in RENAMED.items() if name.startswith(o)), key=lambda pair: len(pair[1]))
        renamed = name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        )
        theirs[prefix + renamed.removeprefix(ours)] = tensor.contiguous()
    save_file(theirs, str(folder / "model.safetensors"))
    (folder / "config.json").write_text(json.dumps(SMALL))
    (folder / "vocab.json").write_text(json.dumps(VOCABULARY))
    return folder


spoken = st.lists(
    st.tuples(st.sampled_from(["hello", "a", "42", "don't", "мир", "bee"]), st.floats(0, 1.5), st.floats(0, 1)),
    max_size=12,
)


@pytest.mark.models
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=spoken, seconds=st.floats(0.1, 15.0))
def test_aligned_words_keep_the_rules(checkpoint: Path, line: list[tuple[str, float, float]], seconds: float) -> None:
    """For any model output: the same words, times that never go back, each inside its window."""
    noise = np.random.default_rng(len(line)).standard_normal(round(seconds * RATE)).astype(np.float32) / 10
    waveform = Waveform.of(noise)
    said, now = [], 0.0
    for text, gap, length in line:
        start = min(waveform.duration, now + gap)
        said.append(Word(text, start, min(waveform.duration, start + length)))
        now = start + length
    aligned = CtcAligner(AlignerSettings(str(checkpoint))).align(
        waveform, tuple(said), "en", DeviceManager("cpu"), lambda *_: None
    )
    assert retimed(said, aligned, waveform.duration) == aligned
    times = [time for word in aligned for time in (word.start or 0.0, word.end or 0.0)]
    assert all(one <= other + 1e-9 for one, other in pairwise(times))
    looked = [window for window in windows(said, waveform.duration) for _ in window.words]
    for word, window in zip(aligned, looked, strict=True):
        assert window.start - 1e-9 <= (word.start or 0.0)
        assert (word.end or 0.0) <= window.end + 1e-9


def test_checkpoint_gives_probabilities(checkpoint: Path) -> None:
    """A frame every 20 ms, a probability for each letter, blank and separator as in the vocabulary."""
    from speakerplug_aligner.wav2vec2 import Wav2Vec2

    model = Wav2Vec2(checkpoint, "cpu")
    log_probs = model.log_probs(np.zeros(2 * RATE, np.float32))
    assert log_probs.shape == (pytest.approx(100, abs=2), 30)
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1, atol=1e-4)
    assert (model.blank, model.between, model.frame_s) == (0, 4, 0.02)
    assert model.symbols("Bee,") == [6, 9, 9]
    assert model.symbols("42") == model.symbols("мир") == []


@pytest.mark.parametrize("lacks", ["config.json", "vocab.json", "model.safetensors"])
def test_folder_without_a_checkpoint_is_rejected(lacks: str, checkpoint: Path, tmp_path: Path) -> None:
    """What is missing is in the message, before any work."""
    for path in checkpoint.iterdir():
        if path.name != lacks:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match=lacks):
        CtcAligner(AlignerSettings(str(tmp_path))).prepare(DeviceManager("cpu"), lambda *_: None)


def test_weights_of_another_shape_are_rejected(checkpoint: Path, tmp_path: Path) -> None:
    """A checkpoint that does not match its configuration is a ModelError that says so."""
    for path in checkpoint.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "config.json").write_text(json.dumps({**SMALL, "hidden_size": 32}))
    handle = CtcAligner(AlignerSettings(str(tmp_path))).prepare(DeviceManager("cpu"), lambda *_: None)
    with pytest.raises(ModelError, match="cannot be loaded"), DeviceManager("cpu").hold(handle):
        pass


def test_align_after_oom_keeps_finished_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """When memory runs out half way, finished windows are not aligned again."""
    done: list[str] = []

    class Model(ModelHandleBase):
        key, stage, batch_sizes = "imagined", "aligner", (2, 1)

        def load(self, placement: object) -> str:
            return "model"

        def unload(self, model: object) -> None: ...

    def aligned(window: Any, *_: object) -> Any:
        if len(done) == 1 and not failed:
            failed.append(True)
            raise MemoryError
        done.append(window.words[0].text)
        return window.words

    failed: list[bool] = []
    monkeypatch.setattr(module, "_aligned", aligned)
    monkeypatch.setattr(CtcAligner, "prepare", lambda *_: Model())
    said = tuple(Word(text, 3.0 * n, 3.0 * n + 1) for n, text in enumerate("abc"))
    devices, given = DeviceManager("cpu"), CtcAligner(AlignerSettings())
    assert given.align(Waveform.of(np.zeros(10 * RATE)), said, "en", devices, lambda *_: None) == said
    assert done == ["a", "b", "c"]


def test_plugin_registers_ctc() -> None:
    """It registers `ctc`, without a failure."""
    from speakerplug_aligner import plugin

    plugins = Plugins({"aligner": plugin}, discover=False)
    assert plugins.failures == ()
    assert list(plugins.aligners) == ["ctc"]
    assert plugins.aligners["ctc"].factory(AlignerSettings()).name == "ctc"


@pytest.fixture
def phonemes() -> Any:
    """Return the real phoneme model."""
    from speakerplug_aligner.phonemes import Phonemes

    return Phonemes()


@pytest.mark.models
def test_words_are_spelled_in_phonemes(phonemes: Any) -> None:
    """English words have phonemes; numbers and unknown scripts have none."""
    assert len(phonemes.symbols("hello,")) == 4
    assert phonemes.symbols("Don\u2019t") == phonemes.symbols("don't") != []
    assert phonemes.symbols("42") == phonemes.symbols("привет") == phonemes.symbols("...") == []


@pytest.mark.models
def test_real_model_improves_word_times() -> None:
    """Word times of the sample talk come nearer to the truth, and hardly any is off by more than 0.2 s."""
    from speakerplug.plugin.manager import load_plugins
    from speakerplug_aligner import plugin

    truth = json.loads((ROOT / "samples" / "talk.words.json").read_text())
    plugins = load_plugins()
    if "ctc" not in plugins.aligners:
        plugins.add("aligner", plugin)
    errors = {}
    for aligner in (None, "ctc"):
        with Transcriber(model="tiny.en", diarizer=None, aligner=aligner, device="cpu", plugins=plugins) as ready:
            found = ready.transcribe(ROOT / "samples" / "talk.mp4").words
        errors[aligner] = _errors(truth, found)
    assert np.mean(errors["ctc"]) < 0.75 * np.mean(errors[None])
    assert np.mean(errors["ctc"] > 0.2) < 0.06


def _errors(truth: list[dict[str, Any]], found: tuple[Word, ...]) -> np.ndarray:
    """Return how far the start and end of each correctly recognized word are off, in seconds."""
    off = []
    for i, j in paired([word["word"] for word in truth], [word.text for word in found]):
        off += [abs(truth[i]["start"] - (found[j].start or 0)), abs(truth[i]["end"] - (found[j].end or 0))]
    return np.array(off)


class Letters:
    """An acoustic model of two letters, every 100 ms, with a fixed output."""

    frame_s, late_s, blank, between = 0.1, 0.0, 0, None

    def __init__(self, path: list[int]) -> None:
        self._log_probs = np.full((len(path), 3), -10.0, np.float32)
        self._log_probs[np.arange(len(path)), path] = -0.01

    def log_probs(self, samples: np.ndarray) -> np.ndarray:
        """Return the fixed output."""
        return self._log_probs[: round(len(samples) / RATE / self.frame_s)]

    def symbols(self, word: str) -> list[int]:
        """Return the ids of the letters a and b."""
        return [" ab".index(letter) for letter in word if letter in "ab"]


def aligned_by(model: object, words: tuple[Word, ...], seconds: float, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Align words to silence of that length with this model."""

    class Handle(ModelHandleBase):
        key, stage = "letters", "aligner"

        def load(self, placement: object) -> object:
            return model

        def unload(self, model: object) -> None: ...

    monkeypatch.setattr(CtcAligner, "prepare", lambda *_: Handle())
    waveform = Waveform.of(np.zeros(round(seconds * RATE)))
    return CtcAligner(AlignerSettings()).align(waveform, words, "en", DeviceManager("cpu"), lambda *_: None)


def test_align_puts_words_at_their_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two words whose times overlap are at the frames of their letters, in order."""
    words = (Word("a", 0.5, 0.9), Word("b", 0.6, 1.2))
    path = [0, 0, 1, 1, 0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0]
    aligned = aligned_by(Letters(path), words, 2.0, monkeypatch)
    assert [(word.start, word.end) for word in aligned] == [
        (pytest.approx(0.2), pytest.approx(0.4)),
        (pytest.approx(0.7), pytest.approx(1.0)),
    ]


@pytest.mark.parametrize(("text", "seconds"), [("a", 0.1), ("!", 2.0), ("abababab", 0.5)])
def test_align_of_words_that_cannot_be_aligned_keeps_their_times(
    text: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little audio, or no symbol at all."""
    words = (Word(text, 0.0, seconds),)
    assert aligned_by(Letters([0] * 20), words, seconds, monkeypatch) == words


def test_prepare_without_a_model_returns_the_phoneme_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default or by its name; without its package, loading is a ModelError with the command that installs it."""
    handles = [
        CtcAligner(AlignerSettings(model)).prepare(DeviceManager("cpu"), lambda *_: None) for model in (None, "hama")
    ]
    assert {handle.key for handle in handles} == {"hama"}
    monkeypatch.setitem(sys.modules, "hama", None)
    with pytest.raises(ModelError, match="pip install hama"), DeviceManager("cpu").hold(handles[0]):
        pass


def test_phonemes_come_from_the_packages_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Known phonemes of letters in its scripts; words with digits or in other scripts have none."""
    session = SimpleNamespace(run=lambda names, feeds: (np.zeros((1, 9, 3)), np.array([4])))
    recognizer = SimpleNamespace(session=session, decoder_tokens=["<blank>", "a", "<wb>"], blank_id=0)
    spelled = SimpleNamespace(alignments=[SimpleNamespace(phoneme=phoneme) for phoneme in ("a", "x", " ")])
    speller = SimpleNamespace(predict=lambda letters: spelled)
    fake = SimpleNamespace(ASRModel=lambda: recognizer, G2PModel=lambda: speller)
    monkeypatch.setitem(sys.modules, "hama", fake)
    handle = CtcAligner(AlignerSettings()).prepare(DeviceManager("cpu"), lambda *_: None)
    with DeviceManager("cpu").hold(handle) as lease:
        assert lease.model.log_probs(np.zeros(RATE, np.float32)).shape == (4, 3)
        assert [lease.model.symbols(word) for word in ("It\u2019s", "4a", "мир", "!")] == [[1], [], [], []]
        assert (lease.model.blank, lease.model.between) == (0, 2)
