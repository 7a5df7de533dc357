"""The line of requests."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from speakerplug_server.faults import Fault
from speakerplug_server.line import LONGEST_RETRY_S, Line


async def stand(line: Line, until: asyncio.Event, order: list[int], number: int, is_patient: bool = False) -> None:
    """Wait in line, and keep the turn until the event."""
    async with line.turn(is_patient):
        order.append(number)
        await until.wait()


async def settle() -> None:
    """Let all tasks get as far as they can."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_line_refuses_what_has_no_place_and_lets_the_patient_wait() -> None:
    """One runs, as many wait as there are places; in order of arrival."""

    async def tried() -> None:
        line, until, order = Line(2), asyncio.Event(), list[int]()
        tasks = [asyncio.ensure_future(stand(line, until, order, number)) for number in range(3)]
        await settle()
        assert (line.running, line.waiting) == (1, 2)
        with pytest.raises(Fault) as full:
            await stand(line, until, order, 9)
        assert full.value.status == 429
        assert 1 <= int(full.value.headers["retry-after"]) <= LONGEST_RETRY_S
        tasks.append(asyncio.ensure_future(stand(line, until, order, 3, is_patient=True)))
        await settle()
        assert (line.running, line.waiting) == (1, 3)
        until.set()
        await asyncio.gather(*tasks)
        assert (order, line.running, line.waiting) == ([0, 1, 2, 3], 0, 0)

    asyncio.run(tried())


def test_patient_requests_take_no_places_of_others() -> None:
    """Or a client of one API could be refused for as long as those of the other keep coming."""

    async def tried() -> None:
        line, until = Line(1), asyncio.Event()
        tasks = [asyncio.ensure_future(stand(line, until, [], 0, is_patient=True)) for _ in range(5)]
        await settle()
        tasks.append(asyncio.ensure_future(stand(line, until, [], 1)))
        await settle()
        assert line.waiting == 5
        until.set()
        await asyncio.gather(*tasks)

    asyncio.run(tried())


def test_stopped_line_refuses_what_waits_and_lets_finish_what_runs() -> None:
    """503, with a time to try again."""

    async def tried() -> None:
        line, until, order = Line(2), asyncio.Event(), list[int]()
        first, second = (asyncio.ensure_future(stand(line, until, order, number)) for number in range(2))
        await settle()
        line.stop()
        await settle()
        with pytest.raises(Fault) as stopped:
            await second
        assert (stopped.value.status, first.done()) == (503, False)
        until.set()
        await first
        assert order == [0]

    asyncio.run(tried())


@pytest.mark.parametrize("steps", range(6))
def test_canceled_turn_is_passed_on(steps: int) -> None:
    """At whichever moment its client goes, the next one gets its turn."""

    async def tried() -> None:
        line, until, order = Line(5), asyncio.Event(), list[int]()
        until.set()
        gone = asyncio.ensure_future(stand(line, until, order, 0))
        for _ in range(steps):
            await asyncio.sleep(0)
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone
        await asyncio.wait_for(stand(line, until, order, 1), 5)
        assert (line.running, line.waiting) == (0, 0)

    asyncio.run(tried())


def test_line_without_places_takes_one_at_a_time() -> None:
    """--queue 0."""

    async def tried() -> None:
        line, until = Line(0), asyncio.Event()
        task = asyncio.ensure_future(stand(line, until, [], 0))
        await settle()
        with pytest.raises(Fault):
            line.admit()
        until.set()
        await task
        line.admit()

    asyncio.run(tried())
