"""How many workers a cluster gets, and what Ray reserves for each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.plugin import UsageError
from speakerplug_ray.shape import Node, Shape, shape_of

NODES = st.lists(st.builds(Node, st.integers(0, 64), st.integers(0, 8)), max_size=6)


@pytest.mark.parametrize(
    ("nodes", "workers", "gpus", "shape"),
    [
        ([Node(8)], None, None, Shape(1, 8, 0.0)),
        ([Node(0), Node(4), Node(8)], None, None, Shape(2, 4, 0.0)),
        ([Node(8)], 3, None, Shape(3, 2, 0.0)),
        ([Node(1), Node(1)], 2, None, Shape(2, 1, 0.0)),
        ([Node(16, 2)], None, None, Shape(2, 8, 1.0)),
        ([Node(16, 2)], None, 0.5, Shape(4, 4, 0.5)),
        ([Node(16, 2)], None, 0, Shape(1, 16, 0)),
        ([Node(16, 4), Node(8)], None, 2, Shape(2, 8, 2)),
        ([Node(16, 1)], None, 0.3, Shape(3, 5, 0.3)),
        ([Node(2)], 5, None, Shape(5, 1, 0.0)),
        ([], 2, None, Shape(2, 1, 0.0)),
    ],
)
def test_shape_of_nodes_gives_a_worker_a_gpu_or_a_machine_and_shares_the_cpus(
    nodes: list[Node], workers: int | None, gpus: float | None, shape: Shape
) -> None:
    """One worker a GPU or its share, else one a machine; they share the CPUs so that all run at once."""
    assert shape_of(nodes, workers, gpus) == shape


@given(NODES, st.integers(1, 20), st.sampled_from([None, 0.0, 0.25, 0.5, 1.0, 2.0]))
def test_shape_of_any_nodes_lets_as_many_run_at_once_as_ever_fit(
    nodes: list[Node], workers: int, gpus: float | None
) -> None:
    """The CPUs of a worker never make fewer of the wanted workers fit, and one more CPU would, or nobody has it."""
    shape = shape_of(nodes, workers, gpus)
    room = sum(node.fits(shape.cpus, shape.gpus) for node in nodes)
    assert min(workers, room) == min(workers, sum(node.fits(1, shape.gpus) for node in nodes))
    more = sum(node.fits(shape.cpus + 1, shape.gpus) for node in nodes)
    assert not room or more < min(workers, room)


@pytest.mark.parametrize("gpus", [-1.0, 1.5, float("nan"), float("inf")])
def test_shape_of_a_share_that_ray_does_not_give_says_so(gpus: float) -> None:
    """Ray gives a share of one GPU, or whole ones."""
    with pytest.raises(UsageError, match=r"--gpus-per-worker .* a share such as 0\.5, or a whole number"):
        shape_of([Node(8, 2)], None, gpus)


@pytest.mark.parametrize(("nodes", "gpus"), [([], None), ([Node(0)], None), ([Node(8)], 1.0), ([Node(0, 1)], None)])
def test_shape_of_a_cluster_where_nothing_fits_says_what_it_has(nodes: list[Node], gpus: float | None) -> None:
    """It would wait for ever; the message names what there is."""
    with pytest.raises(UsageError, match=r"The Ray cluster has \d+ CPUs and \d+ GPUs in all, but a worker needs"):
        shape_of(nodes, None, gpus)
