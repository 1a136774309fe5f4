"""How many processors linear algebra is spread over."""

from __future__ import annotations

from typing import Any


def one_thread() -> Any:
    """A context in which sums do not depend on how many processors share them.

    The matrices of a study are small: handing them round costs more than it saves, and many times more where others use the processors
    too. Only a pool that is loaded is limited.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)
