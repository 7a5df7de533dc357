"""Devices: which there are, and one manager that recognizer and diarizer share.

This room knows no model and no stage: a `Resident` says where it can live, what it needs, and how to load and unload
it. `make_plan` decides, `DeviceManager` does it.
"""

from .device import CPU, Device, parse_device
from .host import usable_cores
from .inventory import DeviceState, Inventory, Probe, StillProbe
from .manager import DeviceManager
from .places import Lease
from .plan import Plan, make_plan
from .resident import Need, Placement, Resident, ResidentBase
from .wishes import Wish, Wishes, read_wishes

__all__ = [
    "CPU",
    "Device",
    "DeviceManager",
    "DeviceState",
    "Inventory",
    "Lease",
    "Need",
    "Placement",
    "Plan",
    "Probe",
    "Resident",
    "ResidentBase",
    "StillProbe",
    "Wish",
    "Wishes",
    "make_plan",
    "parse_device",
    "read_wishes",
    "usable_cores",
]
