"""The doctor: looks whether everything that SpeakerPlug builds on is there, fits together and works.

A check is a function that gives findings; `all_checks` lists them, `examine` makes them in a process of their own.
"""

from .finding import Check, Finding
from .process import examine

__all__ = ["Check", "Finding", "all_checks", "examine"]


def all_checks() -> tuple[Check, ...]:
    """Every check, in the order in which they are made and shown; add yours here."""
    from . import computing, decoding, environment, models, network
    from .environment import MACHINE, PACKAGES, UPKEEP

    return (
        Check(MACHINE, "asking Python", environment.look_at_python),
        Check(MACHINE, "asking the system", environment.look_at_platform),
        *environment.package_checks(),
        Check(PACKAGES, "looking at what packages ask of each other", environment.look_at_the_rest),
        Check(computing.TOPIC, "looking for CUDA", computing.look_at_cuda),
        Check(computing.TOPIC, "computing on the devices", computing.look_at_devices),
        Check(computing.TOPIC, "computing with onnxruntime", computing.look_at_onnxruntime),
        Check(decoding.TOPIC, "decoding with PyAV", decoding.look_at_pyav),
        Check(decoding.TOPIC, "decoding with torchcodec", decoding.look_at_torchcodec),
        Check(network.TOPIC, "looking for a token", network.look_at_token),
        Check(network.TOPIC, "asking the hub", network.look_at_hub, asks_network=True),
        Check(network.TOPIC, "showing the hub the token", network.look_at_access, asks_network=True),
        Check(models.TOPIC, "recognizing", models.look_at_recognition, patience_s=300.0),
        Check(models.TOPIC, "diarizing", models.look_at_diarization, patience_s=300.0),
        Check(UPKEEP, "looking at telemetry", environment.look_at_telemetry),
        Check(UPKEEP, "looking at plugins", environment.look_at_plugins),
        Check(UPKEEP, "looking at caches", environment.look_at_caches),
    )
