"""Devices: which there are, and one manager that recognizer and diarizer share.

This room knows no model and no stage: a `Resident` says where it can live and how to load and unload it.
"""

from .device import CPU, Device, parse_device
from .manager import DeviceManager, Lease, Resident

__all__ = ["CPU", "Device", "DeviceManager", "Lease", "Resident", "parse_device"]
