"""The list of checks, in the order in which they are made and shown."""

from __future__ import annotations

from . import computing, machine, media, models, network, packages, upkeep
from .finding import Check

REST = Check(packages.TOPIC, "looking at what packages ask of each other", packages.look_at_the_rest)
BEFORE = (
    Check(machine.TOPIC, "asking Python", machine.look_at_python),
    Check(machine.TOPIC, "asking the system", machine.look_at_platform),
)
AFTER = (
    REST,
    Check(computing.TOPIC, "looking for CUDA", computing.look_at_cuda),
    Check(computing.TOPIC, "computing on the devices", computing.look_at_devices),
    Check(computing.TOPIC, "computing with onnxruntime", computing.look_at_onnxruntime),
    Check(media.TOPIC, "decoding with PyAV", media.look_at_pyav),
    Check(media.TOPIC, "decoding with torchcodec", media.look_at_torchcodec),
    Check(network.TOPIC, "looking for a token", network.look_at_token),
    Check(network.TOPIC, "asking the hub", network.look_at_hub, asks_network=True),
    Check(network.TOPIC, "showing the hub the token", network.look_at_access, asks_network=True),
    Check(models.TOPIC, "recognizing", models.look_at_recognition, patience_s=300.0),
    Check(models.TOPIC, "diarizing", models.look_at_diarization, patience_s=300.0),
    Check(upkeep.TOPIC, "looking at telemetry", upkeep.look_at_telemetry),
    Check(upkeep.TOPIC, "looking at plugins", upkeep.look_at_plugins),
    Check(upkeep.TOPIC, "looking at caches", upkeep.look_at_caches),
)


def all_checks() -> tuple[Check, ...]:
    """Every check; add yours to one of the lists above."""
    return (*BEFORE, *packages.package_checks(), *AFTER)
