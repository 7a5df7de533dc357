"""The workers of speakerplug batch on a Ray cluster."""
