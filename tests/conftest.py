"""What holds for all tests."""

from hypothesis import settings

# Timings are never asserted.
settings.register_profile("prilavok", deadline=None)
settings.load_profile("prilavok")
