"""Stages in processes of their own: the same roles, and the same model handles, with the work done in a child."""

from .stages import IsolatedDiarizer as IsolatedDiarizer
from .stages import IsolatedRecognizer as IsolatedRecognizer
