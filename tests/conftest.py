"""What all tests share."""

from hypothesis import settings

# A busy machine is slow at times, which says nothing about the property.
settings.register_profile("speakerplug", deadline=None, max_examples=40)
settings.load_profile("speakerplug")
