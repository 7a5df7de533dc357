"""Environment variables that begin like ours, but that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

import click

from .authority import NEVER
from .files import VARIABLE
from .layers import PREFIX, capitals, options_of

ALIKE = 0.8
"""How alike a variable and a known one must be for a misspelling: one of another program may begin like ours."""


def unknown_variables(group: click.Group, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables that begin like ours but that nothing reads, each with the known one most like it."""
    ours = [name for name in environ if name.startswith(PREFIX)]
    known = {name.removeprefix(PREFIX) for name in _known(group)} if ours else set()
    unknown = sorted({name.removeprefix(PREFIX) for name in ours} - known)
    close = {name: get_close_matches(name, sorted(known), n=1, cutoff=ALIKE) for name in unknown}
    return {PREFIX + name: PREFIX + alike[0] if alike else None for name, alike in close.items()}


def _known(group: click.Group) -> Iterator[str]:
    from ...devices.options import variables_of
    from ...pipeline.options import STAGES

    yield VARIABLE
    yield from variables_of(STAGES)
    for command, each in group.commands.items():
        for name in options_of(each):
            if name not in NEVER:
                yield from (f"{PREFIX}{capitals(name)}", f"{PREFIX}{capitals(command)}_{capitals(name)}")
