"""Give memory back: how the C library is told to keep less of what a long-running process has freed."""

from __future__ import annotations

import ctypes

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""The names are those of mallopt(3)."""
LARGE_BYTES = 32 * 1024
"""A site's page is larger, as are most answers and long release notes; nearly everything else is smaller."""
ARENAS = 2


def keep_little() -> bool:
    """Let every large text go back to the system when it is freed; whether the C library can do so.

    Left to itself, glibc raises the size that it calls large to that of the largest text ever freed, up to
    32 MiB, and then keeps such texts' room in heaps, one for each thread, which fill with holes: a
    process that holds 60 MiB grows to twice as much within the hour.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False  # another C library, which has ways of its own
    return bool(mallopt(M_MMAP_THRESHOLD, LARGE_BYTES) and mallopt(M_ARENA_MAX, ARENAS))


def give_back() -> bool:
    """Let go of whole pages of memory that are free but lie between others; whether there were any."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (OSError, AttributeError, TypeError):
        return False
