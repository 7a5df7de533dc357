"""Run stages in child processes: the same roles and model handles, with the work done in the child."""

from .isolated import IsolatedDiarizer as IsolatedDiarizer
from .isolated import IsolatedRecognizer as IsolatedRecognizer
