"""Numbers, node ids, GUIDs and tokens: the same seed gives the same ones in the same order."""

from __future__ import annotations

import base64
import random
import string
import uuid

_ALPHABET = string.ascii_letters + string.digits


class Identifiers:
    """Hands out what GitHub would draw at random."""

    def __init__(self, seed: int, purpose: str) -> None:
        """Each purpose draws from a stream of its own, so that more of one changes nothing of another."""
        self._random = random.Random(f"{seed}:{purpose}")  # noqa: S311 - repeatable on purpose
        self._next = 10_000_000 + self._random.randrange(1_000_000)

    def number(self) -> int:
        """A database id; no two objects of any kind share one, so a confusion of kinds shows."""
        self._next += self._random.randint(1, 7)
        return self._next

    def guid(self) -> str:
        """The GUID of a delivery."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def text(self, length: int) -> str:
        """So many letters and digits."""
        return "".join(self._random.choices(_ALPHABET, k=length))

    def hexadecimal(self, length: int) -> str:
        """So many hexadecimal digits."""
        return f"{self._random.getrandbits(length * 4):0{length}x}"


def node_id(prefix: str, *parts: int | str) -> str:
    """A global node id: the kind's letters and the opaque rest, safe in a URL."""
    packed = ":".join(str(part) for part in parts).encode()
    return f"{prefix}_{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"
