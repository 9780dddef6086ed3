"""How seldom a server looks for garbage."""

import gc

_EVERY = (20_000, 20, 20)
"""After how many objects more, and how many smaller searches, one is made."""


def look_seldom() -> None:
    """Leave out what is here now, and look for garbage among the rest now and then.

    A request leaves next to nothing that refers to itself: to look for it every 700 objects, as
    Python does by default, takes a twentieth of all time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_EVERY)
