"""Recordings in which each channel is one speaker."""
