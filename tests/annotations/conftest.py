"""Generated cases on a shared machine: no deadline per case, and few enough of them."""

from hypothesis import settings

settings.register_profile("annotations", deadline=None, max_examples=40)
settings.load_profile("annotations")
