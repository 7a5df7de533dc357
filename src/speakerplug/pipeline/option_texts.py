"""Options from texts: what variables such as SPEAKERPLUG_MODEL hold, and what the user of another program types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import UsageError, shown

PREFIX = "SPEAKERPLUG_"
NEVER = frozenset({"trust_model", "token", "diarizer_params", "artifacts"})
"""Options that no text sets: trust and secrets are given in Python, and a dictionary is no text."""
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_READ: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "bool": (lambda text: _BOOLEANS[text.lower()], "true or false"),
}
"""How a text is read, and what it must be, by the annotation of the option's field; others stay texts."""


def variable_of(name: str) -> str:
    """Return the name of the variable that sets an option."""
    return f"{PREFIX}{name.upper()}"


def variables(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that the environment holds for these options, by name; empty ones count as not set."""
    texts = {name: environ.get(variable_of(name), "") for name in names if name not in NEVER}
    return {name: text for name, text in texts.items() if text}


def typed(texts: Mapping[str, str], kinds: Mapping[str, str], are_variables: bool = False) -> dict[str, Any]:
    """Return the values that texts stand for, by the annotations of their options.

    Names may have dashes, as on the command line; an unknown one is left for `Options` to refuse. Raises UsageError for
    an option that no text sets, and for a text of another type, which names the variable if they `are_variables`.
    """
    named = {name.replace("-", "_"): text for name, text in texts.items()}
    for name in sorted(NEVER & named.keys()):
        raise UsageError(f"{name} is not read from text; set it in Python.")
    shown_name = variable_of if are_variables else str
    return {name: _value(shown_name(name), text, kinds.get(name, "str")) for name, text in named.items()}


def _value(name: str, text: str, kind: str) -> Any:
    kind = kind.removesuffix(" | None")
    if kind not in _READ:
        return text
    read, accepted = _READ[kind]
    try:
        return read(text.strip())
    except (ValueError, KeyError):
        raise UsageError(f"{name} is {shown(text)}; it must be {accepted}.") from None
