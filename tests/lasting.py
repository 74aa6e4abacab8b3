"""What is made once and stays: the garbage collector need not look through it time and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """Make something large that lasts as long as the process.

    A million objects of GitHub's descriptions would be walked by each full collection otherwise, in a
    quarter of a second.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()
