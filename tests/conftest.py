"""What holds for all tests: an example of Hypothesis's may take as long as the machine lets it."""

from hypothesis import settings

# Several processes share the processors: what takes 200 ms then says nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
