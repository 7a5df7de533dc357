"""The connection to a Ray cluster: what may go wrong is said in one sentence, within a bounded time."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from speakerplug.plugin import SpeakerPlugError, UsageError, first_line

AUTO, LOCAL = "auto", "local"
OBJECT_STORE_BYTES = 100_000_000
"""The object store of a cluster that we start: only paths and numbers pass through it."""
CONNECT_S = 5.0
"""Seconds within which a machine has to answer."""


class ClusterError(SpeakerPlugError, RuntimeError):
    """A Ray cluster that cannot be used."""


def checked(address: str | None) -> str:
    """Return the address; raises UsageError if it is none of auto, local and HOST:PORT."""
    address = (address or AUTO).strip()
    if address not in (AUTO, LOCAL) and host_and_port(address) is None:
        hint = " of a node; Ray Client (ray://) cannot run a batch" if address.startswith("ray://") else ""
        raise UsageError(f"--ray is {address!r:.80}; it must be auto, local or HOST:PORT{hint}.")
    return address


def host_and_port(address: str) -> tuple[str, int] | None:
    """Return the two parts of HOST:PORT, or [HOST]:PORT for IPv6; None for anything else."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/\[\]]+)):(\d{1,5})", address)
    if match is None or not 0 < int(match[3]) < 65536:
        return None
    return match[1] or match[2], int(match[3])


def connect(address: str, is_verbose: bool = False) -> bool:
    """Connect this process to the cluster at `address`, or start one; return whether the connection is ours to end.

    Raises ClusterError where there is none, or one of another version.
    """
    import ray

    if ray.is_initialized():  # the host is a Ray program
        return False
    logging.getLogger("ray").setLevel(logging.INFO if is_verbose else logging.ERROR)
    common: dict[str, Any] = {"log_to_driver": is_verbose, "logging_level": logging.INFO if is_verbose else "ERROR"}
    try:
        with _signals_kept():
            if address == LOCAL:
                ray.init(address="local", include_dashboard=False, object_store_memory=OBJECT_STORE_BYTES, **common)
            else:
                ray.init(address=_reachable(address), **common)
    except (Exception, SystemExit) as error:
        if isinstance(error, SpeakerPlugError):
            raise
        raise ClusterError(_explained(address, error)) from error
    _silence(is_verbose)
    return True


def answers(host: str, port: int, timeout_s: float = CONNECT_S) -> bool:
    """Return whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout_s):
            return True
    except OSError:
        return False


def _reachable(address: str) -> str:
    """Return the address; raises ClusterError if nothing answers: Ray would try for 40 s, then end the process."""
    named = os.environ.get("RAY_ADDRESS", AUTO) if address == AUTO else address
    found = host_and_port(named)
    if found is not None and not answers(*found):
        raise ClusterError(
            f"No Ray cluster answers at {named}; check the address and the firewall, or start one there: "
            f"ray start --head --port={found[1]}."
        )
    return named


def _explained(address: str, error: BaseException) -> str:
    """Return one sentence on why Ray could not connect or start."""
    text = str(error)
    versions = re.findall(r"Ray: (\S+)\s+Python: (\S+)", text)
    if "ersion mismatch" in text and len(versions) == 2:
        theirs, ours = (f"Ray {ray} and Python {python}" for ray, python in versions)
        return f"The Ray cluster has {theirs}, and this machine {ours}; all machines need the same versions of both."
    if isinstance(error, ConnectionError):
        return (
            "No Ray cluster runs on this machine; start one with ray start --head, name one with --ray HOST:PORT or "
            "RAY_ADDRESS, or let --ray local start one for this run."
        )
    if "IP address" in text or "Can't find a" in text:
        return (
            f"This machine is not a node of the Ray cluster at {address}; run the command on one of its nodes, or with "
            "ray job submit."
        )
    if "uthenticat" in type(error).__name__ or "uthentication token" in text:
        return "The Ray cluster asks for a token; set RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH."
    return f"Ray cannot be used ({first_line(error)}); look into /tmp/ray/session_latest/logs."


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Keep the handlers of signals, which Ray replaces; only the main thread may set any."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        with suppress(ValueError):
            for number, handler in kept.items():
                signal.signal(number, handler)


def _silence(is_verbose: bool) -> None:
    """Keep Ray from printing on standard output what its daemons say about workers and nodes that died."""
    with suppress(Exception):  # there is no public way
        from ray._private import worker

        worker._worker_logs_enabled = is_verbose
