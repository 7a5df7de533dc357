"""Load checkpoints of pyannote's networks without running arbitrary code.

A checkpoint is a pickle, which names functions to call, and it contains the module and the class of its network, which
must be imported. All names are checked against those in pyannote's own checkpoints before anything is imported.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import pickle
import pickletools
import re
import threading
import zipfile
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from .archives import ARCHIVE, check_checkpoint

_MODELS = "pyannote.audio.models"
_WESPEAKER = ("WeSpeakerResNet34", "WeSpeakerResNet152", "WeSpeakerResNet221", "WeSpeakerResNet293")
NETWORKS = frozenset(
    {
        f"{_MODELS}.segmentation.PyanNet.PyanNet",
        f"{_MODELS}.segmentation.SSeRiouSS.SSeRiouSS",
        f"{_MODELS}.segmentation.debug.SimpleSegmentationModel",
        f"{_MODELS}.embedding.debug.SimpleEmbeddingModel",
        f"{_MODELS}.embedding.xvector.XVectorMFCC",
        f"{_MODELS}.embedding.xvector.XVectorSincNet",
        f"{_MODELS}.separation.ToTaToNet.ToTaToNet",
        *(f"{_MODELS}.embedding.wespeaker.{name}" for name in _WESPEAKER),
    }
)
"""The networks of pyannote.audio 4."""
PICKLED = frozenset(
    {
        "torch.torch_version.TorchVersion",
        *(f"pyannote.audio.core.task.{name}" for name in ("Problem", "Resolution", "Specifications")),
        # What versions 1 and 2 wrote:
        "pyannote.audio.core.model.Introspection",
        "pyannote.core.segment.Segment",
        "pyannote.core.segment.SlidingWindow",
        *(
            f"{package}.callbacks.{name}"
            for package in ("pytorch_lightning", "lightning.pytorch")
            for name in ("early_stopping.EarlyStopping", "model_checkpoint.ModelCheckpoint")
        ),
        "pytorch_lightning.utilities.parsing.AttributeDict",
        "lightning.fabric.utilities.data.AttributeDict",
        *(f"omegaconf.{name}" for name in ("listconfig.ListConfig", "dictconfig.DictConfig", "nodes.AnyNode")),
        *(f"omegaconf.base.{name}" for name in ("ContainerMetadata", "Metadata")),
        "typing.Any",
        "collections.defaultdict",
        *(f"builtins.{name}" for name in ("bool", "dict", "float", "int", "list", "str", "tuple")),
    }
)
"""What pyannote's checkpoints contain in addition to tensors: values whose construction has no side effects."""
HYPER_PARAMETERS = ("hyper_parameters", "hparams", "module_arguments")
MAX_OPCODES = 1_000_000
"""Opcodes of a pickle that are searched for names."""

_lock = threading.RLock()


class UnknownNameError(Exception):
    """A checkpoint names something that pyannote's own checkpoints do not."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def load_network(file: Path, classes: Collection[str], strict: bool) -> Any:
    """Return the network of a checkpoint, on the CPU; `strict` as for `pyannote.audio.Model.from_pretrained`.

    A checkpoint may also name `classes`. Raises UnknownNameError for any other name, before it is imported, ModelError
    for a file that would unpack to all memory, and ValueError for one that is not a checkpoint.
    """
    import torch

    content = file.read_bytes()  # read once, so that what is checked is what is loaded
    check_checkpoint(content, file)
    known = PICKLED.union(classes)
    with _permitted(known.intersection(_names_in(content))):
        try:
            checkpoint = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            if name := _unknown_name(error, content, known):
                raise UnknownNameError(name) from error
            raise ValueError(f"{file.name} is not a checkpoint") from error
        except (MemoryError, ImportError, OSError):  # not the fault of the file
            raise
        except Exception as error:  # torch would advise to load it without any check
            raise ValueError(f"{file.name} is damaged or not a checkpoint") from error
        return _built(_network(checkpoint, file, classes), content, strict)


def _network(checkpoint: Any, file: Path, classes: Collection[str]) -> Any:
    """Return the class of a checkpoint's network; raises UnknownNameError if it must not be imported."""
    from pyannote.audio.utils.dependencies import check_dependencies

    try:
        about = checkpoint["pyannote.audio"]
        name = f"{about['architecture']['module']}.{about['architecture']['class']}"
        version = about["versions"]["pyannote.audio"]
    except (LookupError, TypeError) as error:
        raise ValueError(f"{file.name} is not a checkpoint of pyannote.audio") from error
    if name not in NETWORKS and name not in classes:
        raise UnknownNameError(name)
    for key in HYPER_PARAMETERS:  # Lightning would import and call it
        given = checkpoint.get(key)
        if isinstance(given, Mapping) and "_instantiator" in given:
            raise UnknownNameError(str(given["_instantiator"]))
    check_dependencies({"pyannote.audio": version}, "Model")
    return _resolved(name)


def _built(network: Any, content: bytes, strict: bool) -> Any:
    """Return the network with its weights, without the loss function that it may have been trained with."""
    try:
        return _loaded(network, content, strict)
    except RuntimeError as error:
        if "loss_func" not in str(error):
            raise
        return _loaded(network, content, strict=False)


def _loaded(network: Any, content: bytes, strict: bool) -> Any:
    return network.load_from_checkpoint(io.BytesIO(content), map_location="cpu", strict=strict, weights_only=True)


@contextlib.contextmanager
def _permitted(names: Collection[str]) -> Iterator[None]:
    """Let torch unpickle these names, in addition to those that the program has permitted."""
    from torch.serialization import get_safe_globals, safe_globals

    with _lock:  # all threads share torch's list
        wanted: list[Any] = [(_resolved(name), name) for name in names]
        before = get_safe_globals()
        with safe_globals([pair for pair in wanted if pair not in before]):
            yield


def _resolved(name: str) -> Any:
    """Import the object of a known name; Lightning has moved since old checkpoints were written."""
    module, _, attribute = name.rpartition(".")
    if module.startswith("pytorch_lightning."):
        module = f"lightning.pytorch.{module.partition('.')[2]}"
    return getattr(importlib.import_module(module), attribute)


def _unknown_name(error: pickle.UnpicklingError, content: bytes, known: Collection[str]) -> str | None:
    """Return the name for which torch refused a file; None if the file is damaged."""
    if match := re.search(r"GLOBAL (\S+)", str(error)):
        return match[1]
    plain = ("torch.", "collections.OrderedDict")
    return next((name for name in _names_in(content) if name not in known and not name.startswith(plain)), None)


def _names_in(content: bytes) -> dict[str, None]:
    """Return the names in the pickles of a file, in order, as far as they can be found without running them."""
    names: dict[str, None] = {}
    with contextlib.suppress(Exception):  # if it is damaged, torch reports it
        if content.startswith(ARCHIVE):
            archive = zipfile.ZipFile(io.BytesIO(content))
            inside = next(name for name in archive.namelist() if name.endswith("data.pkl"))
            names.update(dict.fromkeys(_named(archive.open(inside))))
        else:
            stream = io.BytesIO(content)
            for _ in range(4):  # old versions of torch wrote three others first
                names.update(dict.fromkeys(_named(stream)))
    return names


def _named(stream: Any) -> Iterator[str]:
    """Yield the names in one pickle; a STACK_GLOBAL takes the two strings before it."""
    texts = ["", ""]
    memo: dict[Any, str] = {}
    for number, (step, given, _) in enumerate(pickletools.genops(stream)):
        if number > MAX_OPCODES:
            return
        if step.name in ("GLOBAL", "INST"):
            module, _, name = str(given).partition(" ")
            # torch writes the names of Python 2, like pickle with protocol 2.
            module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
            yield f"{module}.{name}"
        elif step.name == "STACK_GLOBAL":
            yield ".".join(texts[-2:])
        elif step.name == "MEMOIZE":
            memo[len(memo)] = texts[-1]
        elif step.name in ("BINGET", "LONG_BINGET"):
            texts.append(memo.get(given, ""))
        elif isinstance(given, str):
            texts.append(given)
