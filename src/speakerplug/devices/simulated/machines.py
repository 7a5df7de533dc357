"""Common machines by name, with nothing else on them.

The memory of a card is about the total that torch reports, a little less than it is sold with.
"""

from __future__ import annotations

from ..device import GB
from .machine import Card, SimulatedMachine


def _gb(size: float) -> int:
    return round(size * GB)


_DESKTOP = Card("GeForce RTX 3060", _gb(11.75))
_LARGE = Card("GeForce RTX 4090", _gb(23.65), (8, 9))
_NO_CUBLAS = 'libcublas.so.12 is missing; install it with: pip install "speakerplug[cuda]"'  # finding 1
_NO_CUDA = "this build of CTranslate2 sees no GPU"  # finding 4

CARDS: dict[str, tuple[Card, ...]] = {
    "CPU": (),
    "MX450": (Card("GeForce MX450", _gb(1.96), (7, 5)),),
    "GTX 1650": (Card("GeForce GTX 1650", _gb(3.82), (7, 5)),),
    "GTX 1080": (Card("GeForce GTX 1080", _gb(7.92), (6, 1)),),
    "RTX 3060 laptop 6 GB": (Card("GeForce RTX 3060 Laptop", _gb(5.8)),),
    "RTX 3060 without cuBLAS": (Card(_DESKTOP.name, _DESKTOP.total_bytes, unavailable={"ctranslate2": _NO_CUBLAS}),),
    "RTX 3070 in WSL": (Card("GeForce RTX 3070", _gb(7.77), spills=True),),
    "T4": (Card("Tesla T4", _gb(14.75), (7, 5)),),
    "4090": (_LARGE,),
    "4090 + 3060": (_LARGE, _DESKTOP),
    "H100": (Card("H100", _gb(79.1), (9, 0)),),
    "H100 MIG 1g.10gb": (Card("H100 MIG 1g.10gb", _gb(9.75), (9, 0), identity="MIG-0"),),
    "RX 7900 XTX": (Card("Radeon RX 7900 XTX", _gb(23.98), None, unavailable={"ctranslate2": _NO_CUDA}),),
    "M2": (Card("Apple M2", _gb(10.67), None, "mps"),),  # two thirds of its 16 GB
}


def machine_named(name: str) -> SimulatedMachine | None:
    """Return a machine of `CARDS` by its name, in any case, with 8 cores and 16 GB; None for an unknown one."""
    cards = next((cards for known, cards in CARDS.items() if known.lower() == name.strip().lower()), None)
    return None if cards is None else SimulatedMachine(*cards, cores=8, host_bytes=16 * GB)
