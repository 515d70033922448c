"""Calls that are asked in one go."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import Any

from autograder.sandbox import frames


class Questions:
    """Calls that are asked in one go.  They are packed once, for every submission that is asked them."""

    _numbers = itertools.count(1 << 32)

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.asks: list[dict[str, Any]] = []

    def call(self, name: str, *args: Any, **layout: Any) -> None:
        """Add a call; the same as Sandbox.call."""
        self._add({"op": "call", "name": name, "args": list(args)} | layout)

    def refill(self, place: int, name: str, *args: Any) -> None:
        """Add a call that is given the very arrays of the call at this place, with these numbers in them."""
        self.call(name, *args, into=self.asks[place]["id"])

    def recall(self, place: int) -> None:
        """Add a look at what the call at this place of the list returned."""
        self._add({"op": "recall", "name": self.asks[place]["name"], "of": self.asks[place]["id"]})

    def _add(self, ask: dict[str, Any]) -> None:
        self.asks.append(ask | {"limit": self.limit, "id": next(self._numbers)})

    @cached_property
    def frame(self) -> bytes:
        """All of it, with every argument once: an ask takes its own from `shared` by their places."""
        places: dict[int, int] = {}
        shared: list[Any] = []
        asks = []
        for ask in self.asks:
            taken = []
            for value in ask.get("args", ()):
                if id(value) not in places:
                    places[id(value)] = len(shared)
                    shared.append(value)
                taken.append(places[id(value)])
            asks.append({name: value for name, value in ask.items() if name != "args"} | {"take": taken})
        return frames.pack({"op": "several", "shared": shared, "asks": asks})
