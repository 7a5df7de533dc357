"""What is said about a Ray cluster that cannot be used; without Ray."""

from __future__ import annotations

import os
import socket

import pytest

from speakerplug.plugin import UsageError
from speakerplug_ray import cluster
from speakerplug_ray.cluster import ClusterError, checked, host_and_port


@pytest.mark.parametrize("address", ["auto", "local", "head:6379", "10.0.0.1:6379", "[::1]:6379"])
def test_checked_address_of_a_cluster_is_itself(address: str) -> None:
    """These are all ways to name a cluster."""
    assert checked(address) == address


@pytest.mark.parametrize("address", ["head", "head:0", "head:70000", "http://head:8265", "ray://head:10001", "a b:1"])
def test_checked_address_of_anything_else_says_what_it_must_be(address: str) -> None:
    """Ray itself would try for a while, or take it for something else."""
    with pytest.raises(UsageError, match="it must be auto, local or HOST:PORT"):
        checked(address)


def test_host_and_port_of_ipv6_leaves_the_brackets_out() -> None:
    """A socket takes the address without brackets."""
    assert host_and_port("[fe80::1]:6379") == ("fe80::1", 6379)


@pytest.mark.parametrize("by_variable", [False, True])
def test_reachable_address_where_nothing_listens_says_so_at_once(
    by_variable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray would try for 40 s, and then end the process."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(ClusterError, match=f"No Ray cluster answers at {address}; .* ray start --head"):
        cluster._reachable("auto" if by_variable else address)


MISMATCH = """Version mismatch: The cluster was started with:
    Ray: 2.59.0
    Python: 3.12.1
This process on 10.0.0.2 was started with:
    Ray: 2.60.0
    Python: 3.11.7
"""


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError(MISMATCH), "The Ray cluster has Ray 2.59.0 and Python 3.12.1, and this machine Ray 2.60.0 and"),
        (ConnectionError("Could not find any running Ray instance."), "No Ray cluster runs on this machine; start one"),
        (RuntimeError("This node has an IP address of 10.0.0.2, but"), "This machine is not a node of the Ray cluster"),
        (ValueError("first\nsecond"), "Ray cannot be used (first); look into"),
    ],
)
def test_explained_error_of_ray_is_one_sentence_with_a_remedy(error: Exception, message: str) -> None:
    """What Ray says takes many lines."""
    text = cluster._explained("head:6379", error)
    assert text.startswith(message)
    assert "\n" not in text


def test_telemetry_of_ray_is_off_before_it_is_imported() -> None:
    """Ray reports by default; importing speakerplug, and so the plugin, switches it off."""
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
