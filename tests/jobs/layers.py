"""A picture of the layers: rooms by floor, the imports between them, cycles, files and lines.

    python -m tests.jobs.layers [PACKAGE]       with the PYTHONPATH of another checkout: that one's

A room is one floor above the highest of those that it imports; rooms of one cycle are together.
"""

from __future__ import annotations

import importlib.util
import sys
from collections import defaultdict
from pathlib import Path

import grimp

Arrows = dict[str, set[str]]

EXCEPTED = "speakerplug.transcript"
"""`transcript.save(...)` forwards to `speakerplug.save`: the one upward import that pyproject.toml names."""


def main(package: str = "speakerplug") -> None:
    """Print the floors of `package`, from the top down."""
    graph = grimp.build_graph(package, cache_dir=None)
    rooms = sorted(graph.find_children(package))
    arrows: Arrows = {room: set() for room in rooms}
    count = 0
    for module in graph.modules - {package}:
        for imported in graph.find_modules_directly_imported_by(module) - {package}:
            ours, theirs = room_of(module), room_of(imported)
            if ours == EXCEPTED and theirs in ("speakerplug.formats", "speakerplug.subtitles"):
                continue
            count += ours != theirs
            arrows[ours] |= {theirs} - {ours}
    circles = [circle for circle in together(arrows) if len(circle) > 1]
    floors = floors_of(arrows)
    for floor in sorted(set(floors.values()), reverse=True):
        print(f"{floor:3}  {' | '.join(name(room) for room in rooms if floors[room] == floor)}")
    files = [path for room in rooms for path in files_of(room)]
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    folders = sum(len(files_of(room)) > 1 for room in rooms)
    named = "".join(f" ({', '.join(map(name, circle))})" for circle in circles)
    print(
        f"\n{len(rooms)} names ({folders} folders), {len(set(floors.values()))} floors, "
        f"{sum(map(len, arrows.values()))} arrows between rooms ({count} imports), "
        f"{len(circles)} circles{named}, "
        f"{len(files)} files, {lines} lines"
    )


def together(arrows: Arrows) -> list[set[str]]:
    """Return the rooms in sets: those of one cycle together, each other alone."""
    reach = {room: reached(room, arrows) for room in arrows}
    found = {frozenset({room} | {other for other in reach[room] if room in reach[other]}) for room in arrows}
    return [set(circle) for circle in sorted(found, key=sorted)]


def reached(room: str, arrows: Arrows) -> set[str]:
    """Return every room that is imported by `room`, directly or not."""
    seen: set[str] = set()
    waiting = [room]
    while waiting:
        new = arrows[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen


def floors_of(arrows: Arrows) -> dict[str, int]:
    """Return the floor of each room, 0 for those that import none."""
    circle = {room: number for number, rooms in enumerate(together(arrows)) for room in rooms}
    below: dict[int, set[int]] = defaultdict(set)
    for room, others in arrows.items():
        below[circle[room]] |= {circle[other] for other in others} - {circle[room]}

    def height(number: int) -> int:
        """Return the floor of a cycle."""
        return max((height(other) + 1 for other in below[number]), default=0)

    return {room: height(circle[room]) for room in arrows}


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def name(room: str) -> str:
    return room.partition(".")[2]


def files_of(room: str) -> list[Path]:
    found = importlib.util.find_spec(room)
    assert found is not None
    assert found.origin is not None
    origin = Path(found.origin)
    return sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]


if __name__ == "__main__":
    main(*sys.argv[1:])
