"""Following the ontology files while people edit them."""

from kgzsl.watch.event import Event
from kgzsl.watch.watcher import Watcher

__all__ = ["Event", "Watcher"]
