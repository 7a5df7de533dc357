"""What all tests share."""

from hypothesis import settings

# A busy machine is slow at times, which says nothing about the property. `make thorough` tries more.
settings.register_profile("quick", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=400)
settings.load_profile("quick")
