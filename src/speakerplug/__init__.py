"""Tells an ASR stack who said each word."""
