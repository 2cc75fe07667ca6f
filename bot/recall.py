"""Turns of questions that were asked before, so that a crowd that asks the same costs little.

No emergency and nothing of a person is remembered: only turns of messages whose every word the knowledge uses itself, and
under a digest that nobody outside this process can make, not under the words. A new snapshot begins anew.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Hashable
from weakref import WeakKeyDictionary

from bot.knowledge import KnowledgeBase
from bot.lexicon import expand
from bot.text import words
from bot.types import Turn

MOST = 1000  # turns, some 2 MiB; when they are reached, all are forgotten


def is_familiar(kb: KnowledgeBase, text: str) -> bool:
    """Whether the knowledge uses every word of a message: such a message does not tell who wrote it."""
    return all(word in kb.index.vocabulary.stems for word in expand(words(text), kb.index.lexicon))


class Recall:
    """What one process remembers. Threads may share it: each reads and writes whole entries."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        # What a snapshot said goes with it, at once: what staff delete is kept by nothing.
        self._known: WeakKeyDictionary[KnowledgeBase, dict[Hashable, Turn]] = WeakKeyDictionary()

    def __len__(self) -> int:
        """How many turns are remembered."""
        return sum(map(len, self._known.values()))

    def turn(self, kb: KnowledgeBase, text: str, circumstances: Hashable, make: Callable[[], Turn]) -> Turn:
        """What `make` gives, or gave when the same was asked in the same circumstances."""
        known = self._known.setdefault(kb, {})
        if len(known) >= MOST:
            known.clear()
        asked = (hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16, key=self._key).digest(), circumstances)
        found = known.get(asked)
        if found is None:
            found = make()
            if found.familiar:
                known[asked] = found
        return found
