"""Every forgery of another page's, one after the other, and what of it reached the app."""

from time import monotonic, sleep

from browsers.scene import Scene
from browsers.tab import Tab
from journeys.forgeries import FORGERIES
from journeys.scene import ATTACKERS
from journeys.wiretap import Heard

_ARRIVES_WITHIN_S = 10.0
"""What a browser forbids it sends never; every engine was seen to send all of them."""

_LOOK_EVERY_S = 0.01


_LEAVING = frozenset({"a form", "a link"})
"""Those that lead their own page away, to an answer at which no driver may be waiting."""


def attacked(scene: Scene, tab: Tab) -> dict[tuple[str, str], Heard | None]:
    """Let every attacker try every forgery in a victim's browser; return the requests."""
    return {
        (attacker, forgery): heard
        for attacker in ATTACKERS
        for forgery, heard in _tried(scene, tab, attacker).items()
    }


def _tried(scene: Scene, tab: Tab, attacker: str) -> dict[str, Heard | None]:
    found: dict[str, Heard | None] = {}
    scene.page_of(attacker, tab)
    for number, (forgery, (script, path)) in enumerate(FORGERIES.items()):
        mark = f"{path}{'&' if '?' in path else '?'}by={attacker}-{number}"
        leaving = forgery in _LEAVING
        page = tab.another() if leaving else tab
        if leaving:
            scene.page_of(attacker, page)
        # Later: a script that leaves its own page would never be heard of again.
        page.run(f"() => {{ setTimeout(() => {{ {script.replace(path, mark)} }}) }}")
        found[forgery] = _arrived(scene, mark)
        if leaving:
            page.close()
    return found


def _arrived(scene: Scene, mark: str) -> Heard | None:
    until = monotonic() + _ARRIVES_WITHIN_S
    while True:
        found = [heard for heard in scene.tap.heard if heard.path == mark]
        if found or monotonic() > until:
            return found[0] if found else None
        sleep(_LOOK_EVERY_S)
