"""Stages in processes of their own: the same roles, and the same model handles, with the work done in a child."""

from .isolated import IsolatedDiarizer as IsolatedDiarizer
from .isolated import IsolatedRecognizer as IsolatedRecognizer
