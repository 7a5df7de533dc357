"""Evaluation of transcripts against recordings with a known reference; it knows no stages."""
