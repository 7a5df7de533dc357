"""What holds for plans on any machine: more to compute on is never worse, and nothing is planned that is not there."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from speakerplug.devices import CPU, DeviceOptions, Inventory, Plan, make_plan
from speakerplug.devices.candidates import can_run, room_on
from speakerplug.devices.device import GB, MB
from speakerplug.testing import Card, SimulatedMachine
from tests.devices.machines import Stage

TYPES = {
    "cuda": ("float16", "int8_float16", "int8_float32", "float32"),
    "cpu": ("int8", "int8_float32", "float32"),
}
SIZES = (32, 16, 8, 4, 2, 1)
CAPABILITIES = ((6, 1), (7, 0), (7, 5), (8, 6), (9, 0))


def recognizer(weights: int, item: int) -> Stage:
    """A stage with the precisions and batches of Whisper."""
    return Stage("recognizer", weights, item, "ctranslate2", ("cuda", "cpu"), TYPES, SIZES)


cards = st.builds(
    Card,
    st.just("a GPU"),
    st.integers(2, 96).map(lambda quarters: quarters * GB // 4),
    st.sampled_from(CAPABILITIES),
    context_bytes=st.just(0),
)
stages = st.tuples(
    st.builds(
        lambda weights, item: recognizer(weights * GB // 4, item * 32 * MB),
        st.integers(1, 48),
        st.integers(1, 32),
    ),
    st.builds(
        lambda weights, item: Stage("diarizer", weights * GB // 8, item * 16 * MB, batch_sizes=SIZES),
        st.integers(1, 16),
        st.integers(1, 16),
    ),
)
Stages = tuple[Stage, Stage]


def planned(both: Stages, *present: Card, **options: object) -> tuple[Plan, Inventory]:
    inventory = SimulatedMachine(*present).inventory()
    return make_plan(both, inventory, DeviceOptions(**options)), inventory  # type: ignore[arg-type]


def rank(both: Stages, made: Plan) -> tuple[int, ...]:
    """How far a plan is from the best that any machine could do, by the planner's criteria in their order."""
    placed = list(zip(both, made.placements, strict=True))
    gpus = [one.device for one in made.placements if one.device != CPU]
    return (
        len(placed) - len(gpus),
        sum(TYPES[one.device.kind].index(one.compute_type) for stage, one in placed if stage.stage == "recognizer"),
        made.swaps,
        len(gpus) - len(set(gpus)),
        sum(stage.batch_sizes.index(one.batch_size) for stage, one in placed),
    )


@given(stages, st.lists(cards, min_size=1, max_size=3), st.integers(0, 2), st.integers(1, 96))
def test_plan_with_more_memory_is_never_worse(both: Stages, present: list[Card], index: int, more: int) -> None:
    """Whichever card grows."""
    index %= len(present)
    grown = [*present]
    grown[index] = replace(grown[index], total_bytes=grown[index].total_bytes + more * GB // 4)
    (before, _), (after, _) = planned(both, *present), planned(both, *grown)
    assert rank(both, after) <= rank(both, before)


@given(stages, st.lists(cards, min_size=1, max_size=3), st.sampled_from(CAPABILITIES))
@example(
    (recognizer(GB // 4, 32 * MB), Stage("diarizer", GB // 8, 16 * MB, batch_sizes=SIZES)),
    [Card("small and old", GB // 2, (6, 1), context_bytes=0), Card("larger", 3 * GB // 4, (7, 0), context_bytes=0)],
    (7, 0),
)
def test_plan_with_a_newer_card_is_never_worse(both: Stages, present: list[Card], capability: tuple[int, int]) -> None:
    """A card of the same memory that is at least as new takes the place of the first."""
    newer = replace(present[0], capability=max(capability, present[0].capability or capability))
    (before, _), (after, _) = planned(both, *present), planned(both, newer, *present[1:])
    assert rank(both, after) <= rank(both, before)


@given(stages, st.lists(cards, max_size=2), cards)
@example(
    (recognizer(4 * GB, GB // 8), Stage("diarizer")),
    [Card("RTX 4090", 24 * GB, (8, 9), context_bytes=0)],
    Card("GTX 1080", 8 * GB, (6, 1), context_bytes=0),
)
def test_plan_with_a_further_card_is_never_worse(both: Stages, present: list[Card], further: Card) -> None:
    """An old card next to a new one takes no stage that would be less precise there."""
    (before, _), (after, _) = planned(both, *present), planned(both, *present, further)
    assert rank(both, after) <= rank(both, before)


@given(stages, st.lists(cards, max_size=3), st.sampled_from([None, GB, 3 * GB]))
def test_plan_uses_the_cards_and_no_more_than_is_free(both: Stages, present: list[Card], limit: int | None) -> None:
    """Nothing is on the CPU that fits on a card that can compute it, and no card gives more than it has, or may."""
    made, inventory = planned(both, *present, memory_limit_bytes=limit)
    for stage, one in zip(both, made.placements, strict=True):
        for state in inventory.devices:
            least = [stage.need("cuda", name, 1).total_bytes for name in stage.compute_types(state)]
            if one.device == CPU and state.device != CPU and can_run(stage, state):
                assert min(least) > (room_on(state, limit) or 0)
    for state in inventory.devices:
        there = [one.need.total_bytes for one in made.placements if one.device == state.device]
        assert (max(there, default=0) if made.swaps else sum(there)) <= (room_on(state, limit) or 0)
        assert (room_on(state, limit) or 0) <= (state.free_bytes or 0)
