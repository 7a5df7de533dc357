"""Evaluation: how wrong transcripts are, against recordings whose truth is known; the stages are not its business."""
