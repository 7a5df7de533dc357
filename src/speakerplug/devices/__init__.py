"""Devices: which there are, and one manager that recognizer and diarizer share.

This room knows no model and no stage: a `ModelHandle` says where it can live, what it needs, and how to load and unload
it. `make_plan` decides, `DeviceManager` does it.
"""

from .device import CPU, Device, parse_device
from .host import usable_cores
from .inventory import DeviceState, FixedProbe, Inventory, Probe
from .manager import DeviceManager
from .model_handle import MemoryEstimate, ModelHandle, ModelHandleBase, Placement
from .options import DeviceOptions, Wish, read_device_options
from .places import Lease
from .planner import Plan, make_plan

__all__ = [
    "CPU",
    "Device",
    "DeviceManager",
    "DeviceOptions",
    "DeviceState",
    "FixedProbe",
    "Inventory",
    "Lease",
    "MemoryEstimate",
    "ModelHandle",
    "ModelHandleBase",
    "Placement",
    "Plan",
    "Probe",
    "Wish",
    "make_plan",
    "parse_device",
    "read_device_options",
    "usable_cores",
]
