"""Settings of all tests."""

import gc
import os
import shutil
import signal
import tempfile

import pytest
from hypothesis import settings

from speakerplug.devices.torch_state import prepare_import
from speakerplug.system.host import host_memory, usable_cores

from .logs import restored_logs  # noqa: F401

# A busy machine is slow at times, which says nothing about the property. `make test` draws the same examples every
# time, so that a red suite is red for everybody; `make random` draws new ones, and what it finds becomes an @example.
settings.register_profile("quick", deadline=None, derandomize=True, database=None, max_examples=12)
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=400)
settings.register_profile("random", deadline=None, print_blob=True, max_examples=400)
settings.load_profile("quick")

# Many tests import torch before SpeakerPlug does; its threads would spin while they wait: half of the time of models.
prepare_import()

# Processes of pytest-xdist inherit TMPDIR; folders within it would be too deep for the sockets of Ray.
_root = os.environ.setdefault("_TESTS_TMPDIR", tempfile.gettempdir())
_place = tempfile.mkdtemp(prefix="speakerplug-", dir=_root)


def pytest_configure() -> None:
    """Give the process and its children a home and a temporary folder of their own: libraries leave caches in both."""
    gc.disable()
    for name in ("HOME", "TMPDIR"):
        os.environ[name] = os.path.join(_place, name)
        os.mkdir(os.environ[name])
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ.pop(name, None)
    tempfile.tempdir = None
    # A shell starts background programs with Ctrl-C ignored, and nohup with SIGHUP; the tests' programs inherit that.
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return one process more than there are cores, as many tests wait; for models one a core, with 4 GB for each.

    Where there is a GPU, the tests of models have it to themselves, one after the other.
    """
    if config.option.markexpr == "models or gpu":
        from speakerplug.devices.probe import CudaDriver

        room = (host_memory()[1] or 0) // (4 << 30)
        return 1 if CudaDriver.status() == 0 else max(1, min(usable_cores(), room))
    return usable_cores() + 1


def pytest_collection_finish() -> None:
    """Keep what was imported out of every later collection of garbage: it was a sixth of the suite's time."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """Remove everything, except folders that a failed test made read-only."""
    shutil.rmtree(_place, ignore_errors=True)
