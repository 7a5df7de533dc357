"""Machines without GPUs that behave as if they had some, for tests and for `speakerplug devices --simulate`."""
