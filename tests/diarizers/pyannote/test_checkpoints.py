"""Checkpoints and configurations of unknown origin run nothing: real hostile ones, and real benign ones."""

from __future__ import annotations

import contextlib
import copy
import io
import pickle
import re
import sys
import tracemalloc
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakerplug.diarizers.pyannote.archives import MAX_ARRAY_BYTES, check_arrays
from speakerplug.diarizers.pyannote.checkpoints import UnknownNameError, load_network
from speakerplug.diarizers.pyannote.components import COMMUNITY
from speakerplug.diarizers.pyannote.diarizer import prepare_import
from speakerplug.diarizers.pyannote.load import load_pipeline
from speakerplug.diarizers.pyannote.pretrained import pretrained
from speakerplug.diarizers.pyannote.trust import Trust
from speakerplug.errors import ModelError
from speakerplug.plugin.roles import DiarizerSettings
from tests.diarizers.pyannote import untrusted
from tests.diarizers.pyannote.untrusted import CONFIG, checkpoint, hostile, save_pipeline, save_plda, saved
from tests.hub.test_hub import is_one_sentence
from tests.standins.hub import TOKEN, StandInHub, connect

pytestmark = pytest.mark.models  # most load no model, but importing pyannote.audio and torch takes time

KINDS = (
    "a plain pickle",
    "an old plain pickle",
    "a pickle that torch wrote",
    "hyper-parameters",
    "hyper-parameters in torch's old form",
    "hyper-parameters in a newer pickle",
    "specifications",
    "a function of Python",
)
ADVICE = "weights_only|PyTorch|trusted source|report|miniz"


@pytest.fixture(autouse=True, scope="module")
def pyannote() -> None:
    """Import it as SpeakerPlug does."""
    prepare_import()


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Return the path of the file that a hostile program creates."""
    return tmp_path / "trace"


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Serve a hub without any repository yet."""
    with StandInHub({}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


@pytest.fixture
def touching(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trace: Path) -> Iterator[str]:
    """Return the name of a module that can be imported, and creates the trace when it is."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "touching.py").write_text(f"open({str(trace)!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path / "modules")
    yield "touching"
    sys.modules.pop("touching", None)


def loaded(folder: Path, trust: Trust = Trust()) -> Any:  # noqa: B008 - it is frozen
    return load_pipeline(folder, str(folder), None, offline=True, trust=trust)


def resaved(folder: Path, repo: str, standin: StandInHub) -> None:
    """Publish a folder on the hub."""
    standin.repositories[repo] = {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_load_pipeline_with_a_hostile_checkpoint_refuses_it(
    tmp_path: Path, trace: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has the file, the name in it, and --trust-model; with trust, the checkpoint runs its program."""
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")  # torch's own switch gives no trust either
    content, named = hostile(trace)[kind]
    folder = save_pipeline(tmp_path / "pipeline", segmentation=content)
    with pytest.raises(ModelError) as caught:
        loaded(folder)
    assert not trace.exists()
    assert is_one_sentence(caught.value)
    for part_of_message in (str(folder / "segmentation" / "pytorch_model.bin"), repr(named), "--trust-model"):
        assert part_of_message in str(caught.value)
    with contextlib.suppress(ModelError):  # some contain no network, but they run
        loaded(folder, Trust(everything=True))
    assert trace.exists()


def test_hostile_checkpoints_are_all_covered(trace: Path) -> None:
    """All kinds are in the list above."""
    assert tuple(hostile(trace)) == KINDS


@pytest.mark.parametrize("part", ["segmentation", "embedding"])
def test_load_pipeline_with_an_unknown_module_refuses_it_before_the_import(
    tmp_path: Path, trace: Path, touching: str, part: str
) -> None:
    """The pickle contains only strings, but pyannote would import the module that they name."""
    content = checkpoint()
    content["pyannote.audio"]["architecture"] = {"module": touching, "class": "Network"}
    folder = save_pipeline(tmp_path / "pipeline", **{part: saved(content)})
    with pytest.raises(
        ModelError, match=r"pytorch_model\.bin names 'touching\.Network', .* add --trust-model"
    ) as caught:
        loaded(folder)
    assert is_one_sentence(caught.value)
    assert not trace.exists()
    with pytest.raises(ModelError):
        loaded(folder, Trust(everything=True))
    assert trace.exists()


def test_load_network_with_an_instantiator_raises(tmp_path: Path, trace: Path, touching: str) -> None:
    """Older versions of Lightning import and call what `_instantiator` names."""
    content = checkpoint()
    content["hyper_parameters"]["_instantiator"] = f"{touching}.build"
    (tmp_path / "model.bin").write_bytes(saved(content))
    with pytest.raises(UnknownNameError, match=r"touching\.build"):
        load_network(tmp_path / "model.bin", (), strict=True)
    assert not trace.exists()


@pytest.mark.parametrize("made", [b"", b"not weights", b"PK\x03\x04 and no archive", pickle.dumps({"a": 1})])
def test_load_pipeline_with_a_file_that_is_no_checkpoint_says_damaged(tmp_path: Path, made: bytes) -> None:
    """The hint is to fetch it again, not to trust it."""
    folder = save_pipeline(tmp_path / "pipeline", segmentation=made)
    with pytest.raises(ModelError, match=r"cannot be loaded as a pipeline .*; its files may be damaged") as caught:
        loaded(folder)
    assert "--trust-model" not in str(caught.value)


def test_load_pipeline_with_torchscript_refuses_it(tmp_path: Path) -> None:
    """torch.load would run a TorchScript archive by another function."""
    import torch

    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), str(tmp_path / "script.bin"))
    folder = save_pipeline(tmp_path / "pipeline", segmentation=(tmp_path / "script.bin").read_bytes())
    with pytest.raises(ModelError, match=r"cannot be loaded as a pipeline .*TorchScript") as caught:
        loaded(folder)
    assert is_one_sentence(caught.value)
    assert not re.search(ADVICE, str(caught.value))


def _damaged(how: str) -> bytes:
    """Return a checkpoint that is damaged in one of several places."""
    whole = saved({"state_dict": {"a": np.zeros(3)}})
    return {
        "cut": whole[:300],
        "no text": whole.replace(b"state_dict", b"\xff\xfe\xfd\xfc_\xfadict"),
        "no pickle": whole.replace(b"data.pkl", b"none.pkl"),
        "no step": b"\x80\x02\xff.",
        "no archive": b"PK\x03\x04 and no archive",
    }[how]


@pytest.mark.parametrize("how", ["cut", "no text", "no pickle", "no step", "no archive"])
def test_load_pipeline_with_a_damaged_checkpoint_has_our_message(tmp_path: Path, how: str) -> None:
    """Messages of torch advise to disable its check, or to report a bug."""
    folder = save_pipeline(tmp_path / "pipeline", segmentation=_damaged(how))
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is [a-z ]+\); its files may be damaged") as caught:
        loaded(folder)
    assert is_one_sentence(caught.value)
    assert not re.search(ADVICE, str(caught.value))


def _bomb(entry: str) -> bytes:
    """Return a checkpoint of some KB that unpacks to 64 MB: in one entry, or in many that share their bytes."""
    if entry == "shared":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("archive/data/0", bytes(100_000))
            archive.filelist.extend(archive.filelist * 640)
        return stream.getvalue()
    stream = io.BytesIO(saved({"state_dict": {}}))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(entry, bytes(64_000_000), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("entry", ["archive/data.pkl", "archive/data/0", "shared"])
def test_load_network_with_an_archive_bomb_raises_before_unpacking(tmp_path: Path, entry: str) -> None:
    """Neither torch nor the search for names reads any of it into memory."""
    content = _bomb(entry)
    assert len(content) < 300_000
    folder = save_pipeline(tmp_path / "pipeline", segmentation=content)
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=r"pytorch_model\.bin unpacks to more bytes than it has") as caught:
            load_network(folder / "segmentation" / "pytorch_model.bin", (), strict=True)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert is_one_sentence(caught.value)
    with pytest.raises(ModelError, match="unpacks to more bytes than it has"):
        loaded(folder)


@pytest.mark.parametrize(
    "array",
    [np.zeros((4096, 4096)), np.zeros((1, 50_000)), np.zeros((100, 100, 200)), np.zeros(10_000_000, np.int8)],
    ids=lambda array: str(array.shape),
)
@pytest.mark.parametrize("file", ["plda.npz", "xvec_transform.npz"])
def test_load_pipeline_with_a_huge_plda_refuses_it_before_reading(tmp_path: Path, file: str, array: Any) -> None:
    """A compressed file of some KB, and a row that pyannote would multiply with itself to 20 GB."""
    folder = save_pipeline(tmp_path / "pipeline")
    np.savez_compressed(folder / "plda" / file, none=np.zeros(2), tr=array, lda=array)
    with pytest.raises(
        ModelError, match=f"{re.escape(file)} contains arrays of a type or size that no PLDA has"
    ) as caught:
        loaded(folder)
    assert is_one_sentence(caught.value)


def test_check_arrays_with_a_damaged_array_still_finds_a_huge_one(tmp_path: Path) -> None:
    """Each array is checked; so are a single array in a file named like an archive, and text."""
    np.savez(tmp_path / "a.npz", tr=np.zeros((1, 50_000)))
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive, zipfile.ZipFile(tmp_path / "a.npz") as huge:
        archive.writestr("mu.npy", b"no array")
        archive.writestr("tr.npy", huge.read("tr.npy"))
    (tmp_path / "c.npz").write_bytes(zipfile.ZipFile(tmp_path / "a.npz").read("tr.npy"))
    with zipfile.ZipFile(tmp_path / "d.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mu", bytes(MAX_ARRAY_BYTES + 1))
    for name in "abcd":
        with pytest.raises(ModelError, match=f"{name}.npz contains arrays"):
            check_arrays(tmp_path / f"{name}.npz")


def test_load_pipeline_of_pyannotes_own_files_needs_no_trust(tmp_path: Path) -> None:
    """segmentation-3.0 as published, and a WeSpeaker network as pyannote writes it."""
    from pyannote.audio.models.embedding import WeSpeakerResNet34
    from pyannote.audio.models.segmentation import PyanNet

    pipeline = loaded(save_pipeline(tmp_path / "pipeline"))
    assert isinstance(pipeline._segmentation.model, PyanNet)
    assert isinstance(pipeline._embedding.model_, WeSpeakerResNet34)
    assert not pipeline._segmentation.model.training


def test_load_network_returns_the_same_as_pyannote(tmp_path: Path) -> None:
    """All weights and the specifications are equal."""
    import torch
    from pyannote.audio import Model

    folder = save_pipeline(tmp_path / "pipeline")
    for part in ("segmentation", "embedding"):
        file = folder / part / "pytorch_model.bin"
        ours, theirs = load_network(file, (), strict=True), Model.from_pretrained(file)
        assert ours.specifications == theirs.specifications
        assert ours.hparams == theirs.hparams
        assert ours.state_dict().keys() == theirs.state_dict().keys()
        assert all(torch.equal(ours.state_dict()[name], value) for name, value in theirs.state_dict().items())


def _trained() -> bytes:
    """Return what Lightning's trainer writes of pyannote's PyanNet, with the callbacks that pyannote trains with."""
    from lightning.pytorch import Trainer
    from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet

    network = PyanNet()
    network.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=10.0,
        classes=["a", "b", "c"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    network.setup()
    trainer = Trainer(
        logger=False, accelerator="cpu", callbacks=[EarlyStopping("loss"), ModelCheckpoint(monitor="loss")]
    )
    trainer.strategy.connect(network)
    network.trainer = trainer
    trainer.strategy.setup_optimizers(trainer)
    return saved(trainer._checkpoint_connector.dump_checkpoint(weights_only=False))


def _of_version_2() -> bytes:
    """Return what version 2 wrote: callbacks by class, an introspection, and the types of its settings."""
    from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
    from pyannote.audio.core.model import Introspection

    content = checkpoint()
    content |= {"pytorch-lightning_version": "1.2.7", "epoch": 1, "global_step": 2}
    content["kinds"] = [bool, dict, float, int, list, str, tuple, Any, defaultdict(list)]
    content["callbacks"] = {EarlyStopping: {"wait_count": 0}, ModelCheckpoint: {"best_model_score": 1.0}}
    content["pyannote.audio"]["introspection"] = Introspection()
    content["pyannote.audio"]["versions"]["pyannote.audio"] = "2.0"
    return saved(content)


@pytest.mark.parametrize("write", [_trained, _of_version_2])
def test_load_network_of_a_lightning_checkpoint_succeeds(tmp_path: Path, write: Callable[[], bytes]) -> None:
    """One of a trainer, with the states of callbacks, loops and optimizers; and one of older versions."""
    (tmp_path / "model.ckpt").write_bytes(write())
    assert load_network(tmp_path / "model.ckpt", (), strict=True).specifications is not None


def test_load_network_leaves_torchs_safe_globals_unchanged(tmp_path: Path) -> None:
    """What the program has permitted stays permitted, and nothing else is; torch.load is not patched."""
    import torch
    from pyannote.audio.core.task import Problem

    theirs: list[Any] = [Problem, (Problem, "pyannote.audio.core.task.Problem")]
    load = torch.load
    (tmp_path / "model.bin").write_bytes(saved(checkpoint()))
    with torch.serialization.safe_globals(theirs):
        before = set(torch.serialization.get_safe_globals())
        load_network(tmp_path / "model.bin", (), strict=True)
        assert set(torch.serialization.get_safe_globals()) == before
    assert torch.load is load


def test_load_network_with_a_registered_class_succeeds(tmp_path: Path, trace: Path, touching: str) -> None:
    """A checkpoint may name it then; the module is that of the plugin, so that its import is safe."""
    from pyannote.audio.models import embedding

    content = checkpoint()
    content["pyannote.audio"]["architecture"] = {"module": touching, "class": "Network"}
    (tmp_path / "model.bin").write_bytes(saved(content))
    source = tmp_path / "modules" / "touching.py"
    source.write_text(f"{source.read_text()}from {embedding.__name__} import WeSpeakerResNet34 as Network\n")
    assert isinstance(load_network(tmp_path / "model.bin", {"touching.Network"}, True), embedding.WeSpeakerResNet34)
    assert trace.exists()


def test_load_pipeline_with_python_objects_in_a_plda_refuses_it(tmp_path: Path, trace: Path) -> None:
    """As an array of objects, and as a pickle named like an archive, whatever the trust."""
    folder = save_pipeline(tmp_path / "pipeline")
    objects = np.array([untrusted.Payload(trace)], dtype=object)
    save_plda(folder / "plda", psi=objects)
    for trust in (Trust(), Trust(everything=True), Trust(published=True)):
        with pytest.raises(ModelError, match="a PLDA that contains Python objects") as caught:
            loaded(folder, trust)
        assert is_one_sentence(caught.value)
    (folder / "plda" / "plda.npz").write_bytes(pickle.dumps(objects))
    with pytest.raises(ModelError, match="a PLDA that contains Python objects"):
        loaded(folder)
    assert not trace.exists()


def test_load_pipeline_with_a_hostile_checkpoint_on_the_hub_refuses_it(
    tmp_path: Path, trace: Path, standin: StandInHub
) -> None:
    """A pipeline of another organization is treated like a folder."""
    content, named = hostile(trace)["hyper-parameters"]
    resaved(save_pipeline(tmp_path / "pipeline", segmentation=content), "stranger/pipeline", standin)
    handle = pretrained("stranger/pipeline", DiarizerSettings(token=TOKEN)).prepare(None, lambda *report: None)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=f"names '{named}'"):
        handle.load_pipeline()  # type: ignore[union-attr]
    assert not trace.exists()


@pytest.mark.parametrize("repo", [COMMUNITY, "pyannote/speaker-diarization-next"])
def test_load_pipeline_with_an_unknown_name_in_pyannotes_files_warns(
    tmp_path: Path, standin: StandInHub, caplog: pytest.LogCaptureFixture, repo: str
) -> None:
    """Not all of its files can be tested beforehand, so unknown names are logged, and the pipeline is loaded."""
    from fractions import Fraction

    content = checkpoint()
    content["epoch"] = Fraction(1, 2)
    resaved(save_pipeline(tmp_path / "pipeline", embedding=saved(content)), repo, standin)
    diarizer = pretrained(repo, DiarizerSettings(token=TOKEN))
    pipeline = diarizer.prepare(None, lambda *report: None).load_pipeline()  # type: ignore[union-attr,arg-type]
    assert pipeline._embedding.model_.dimension == 256
    assert "names 'fractions.Fraction', which SpeakerPlug does not know; it is loaded as pyannote.audio" in caplog.text
    local = save_pipeline(tmp_path / "local", embedding=saved(content))
    with pytest.raises(ModelError, match=r"names 'fractions\.Fraction'"):
        loaded(local)


@pytest.mark.parametrize("revision", [None, "c0" * 20])
def test_load_pipeline_with_a_pyannote_part_trusts_it_only_without_a_revision(
    tmp_path: Path, trace: Path, standin: StandInHub, revision: str | None
) -> None:
    """Anyone can propose a commit to a repository, and another configuration could name that one."""
    repo = "pyannote/segmentation-next"
    content, named = hostile(trace)["hyper-parameters"]
    standin.repositories[repo] = {"pytorch_model.bin": content}
    config = copy.deepcopy(CONFIG)
    config["pipeline"]["params"]["segmentation"] = {"checkpoint": repo, "revision": revision}
    folder = save_pipeline(tmp_path / "pipeline", config)
    if revision is None:
        load_pipeline(folder, str(folder), TOKEN, offline=False)
    else:
        with pytest.raises(ModelError, match=f"names '{named}'"):
            load_pipeline(folder, str(folder), TOKEN, offline=False)
    assert trace.exists() == (revision is None)


def test_load_pipeline_with_a_folder_named_like_a_repository_does_not_trust_it(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyannote would use it in place of the repository if a configuration leaves a part out."""
    content, named = hostile(trace)["hyper-parameters"]
    (tmp_path / "pyannote" / "segmentation").mkdir(parents=True)
    (tmp_path / "pyannote" / "segmentation" / "pytorch_model.bin").write_bytes(content)
    (tmp_path / "config.yaml").write_text("pipeline: {name: pyannote.audio.pipelines.VoiceActivityDetection}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=f"names '{named}'"):
        loaded(tmp_path)
    assert not trace.exists()


def test_load_pipeline_with_a_program_as_preprocessor_runs_it_only_with_trust(tmp_path: Path, trace: Path) -> None:
    """pyannote would call what a preprocessor names."""
    config = copy.deepcopy(CONFIG)
    config["preprocessors"] = {"a": {"name": "subprocess.Popen", "params": {"args": ["touch", str(trace)]}}}
    folder = save_pipeline(tmp_path / "pipeline", config)
    with pytest.raises(ModelError, match=r"config\.yaml names 'subprocess\.Popen', .* add --trust-model"):
        loaded(folder)
    assert not trace.exists()
    loaded(folder, Trust(everything=True)).preprocessors["a"].wait()
    assert trace.exists()


def test_load_pipeline_of_an_unknown_class_refuses_it_before_the_import(
    tmp_path: Path, trace: Path, touching: str
) -> None:
    """The check whether a class uploads imports it, so the name is checked first."""
    (tmp_path / "config.yaml").write_text(f"pipeline: {{name: {touching}.Pipeline}}")
    with pytest.raises(ModelError, match=r"config\.yaml names 'touching\.Pipeline'"):
        loaded(tmp_path)
    assert not trace.exists()
    with pytest.raises(ModelError):
        loaded(tmp_path, Trust(classes=frozenset({"touching.Pipeline"})))
    assert trace.exists()


def test_load_pipeline_of_a_plugin_replaces_only_named_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints in the configuration are loaded safely for it, too; its own defaults are untouched."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "owned.py").write_text(
        "from pyannote.audio import Pipeline\n"
        "class OwnSpeakerDiarization(Pipeline):\n"
        "    def __init__(self, segmentation, embedding=None, plda=None, token=None, cache_dir=None):\n"
        "        super().__init__()\n"
        "        self.given = (segmentation, embedding, plda)\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "modules")
    name = "owned.OwnSpeakerDiarization"
    config = {"pipeline": {"name": name, "params": {"segmentation": "$model/segmentation"}}}
    pipeline = loaded(save_pipeline(tmp_path / "pipeline", config), Trust(classes=frozenset({name})))
    segmentation, embedding, plda = pipeline.given
    assert type(segmentation).__name__ == "PyanNet"
    assert (embedding, plda) == (None, None)
