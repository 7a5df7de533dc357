"""The doctor: checks that everything that SpeakerPlug builds on is installed, compatible and working.

A check is a function that yields findings; `all_checks` lists them, `examine` runs them in a subprocess.
"""

from .finding import Check, Finding
from .process import examine

__all__ = ["Check", "Finding", "all_checks", "examine"]


def all_checks() -> tuple[Check, ...]:
    """Return every check, in the order in which they run; add yours here."""
    from . import computing, decoding, environment, models, network
    from .environment import MACHINE, PACKAGES, UPKEEP

    return (
        Check(MACHINE, "checking Python", environment.check_python),
        Check(MACHINE, "checking the system", environment.check_platform),
        *environment.package_checks(),
        Check(PACKAGES, "checking dependencies", environment.check_dependencies),
        Check(computing.TOPIC, "looking for CUDA", computing.check_cuda),
        Check(computing.TOPIC, "computing on the devices", computing.check_devices),
        Check(computing.TOPIC, "computing with onnxruntime", computing.check_onnxruntime),
        Check(decoding.TOPIC, "decoding", decoding.check_pyav),
        Check(network.TOPIC, "looking for a token", network.check_token),
        Check(network.TOPIC, "connecting to the hub", network.check_hub, needs_network=True),
        Check(network.TOPIC, "using the token", network.check_access, needs_network=True),
        Check(models.TOPIC, "recognizing", models.check_recognition, timeout_s=300.0),
        Check(models.TOPIC, "diarizing", models.check_diarization, timeout_s=300.0),
        Check(UPKEEP, "checking telemetry", environment.check_telemetry),
        Check(UPKEEP, "loading plugins", environment.check_plugins),
        Check(UPKEEP, "checking the cache", environment.check_cache),
    )
