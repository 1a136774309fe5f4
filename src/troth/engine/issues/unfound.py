"""What failed and is in no issue: that none was found does not mean that none is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from troth.engine.issues.cubes import OBSERVED, TRIALS, Cube
from troth.engine.issues.forming import LEAST


def no_issue_words(cubes: Sequence[Cube], found: Collection[str]) -> tuple[str, ...]:
    """A note on what failed without an issue of its own, with how often; none where there is nothing to say.

    :param cubes: one for each thing that failed. :param found: what there are issues of.
    """
    none = []
    for cube in cubes:
        failed, exposed = (sum(cube.leaves[name].to_pylist()) for name in (OBSERVED, TRIALS))
        if failed and cube.what not in found:
            none.append(f"“{cube.what}” ({failed:,} of {exposed:,})")
    if not none:
        return ()
    said = f"what any place there holds beyond its like, or beyond what is allowed, is within chance or below {LEAST:.0%} of all excess."
    return (f"There is no issue of {', '.join(none)}: {said} An excess too small for so few to tell may still be there.",)
