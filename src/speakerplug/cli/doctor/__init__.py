"""The doctor: looks whether everything that SpeakerPlug builds on is there, fits together and works.

A check is a function that gives findings; `all_checks` lists them, `examine` makes them in a process of their own.
"""

from .anonymous import anonymous
from .checks import all_checks
from .finding import Check, Finding
from .process import examine

__all__ = ["Check", "Finding", "all_checks", "anonymous", "examine"]
