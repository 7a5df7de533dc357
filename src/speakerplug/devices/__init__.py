"""Devices: which there are, and one manager that recognizer and diarizer share.

This room knows no model and no stage: a `ModelHandle` says where it can live, what it needs, and how to load and unload
it. `make_plan` decides, `DeviceManager` does it.
"""

from .device import CPU, Device, DeviceState, FixedProbe, Inventory, Probe, parse_device
from .manager import DeviceManager
from .model_handle import Lease, MemoryEstimate, ModelHandle, ModelHandleBase, Placement
from .options import DeviceOptions, StageOptions, read_device_options
from .planner import Plan, make_plan
from .torch_state import full_precision

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
    "StageOptions",
    "full_precision",
    "make_plan",
    "parse_device",
    "read_device_options",
]
