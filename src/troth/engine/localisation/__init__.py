"""Where does an excess lie? A scan over every slice of a cube, that can also answer “nowhere in particular” (domain.md e1).

slices     the lattice: every combination of values, and sums over it
leaves     a cube in memory
cube       one group-by in the database, or arrays at hand, into leaves
baseline   what was to be expected, learned from the time before
noise      how leaves and slices stray where nothing happened
evidence   how much likelier the leaves are if a slice has a ratio of its own
peeling    slice after slice taken off while one stands out
excess     how much each holds beyond what is normal, and how sure that is
causes     the results
rules      kept rules on new rows
locating   all of it
"""

from troth.engine.localisation.causes import Answer, Cause, Causes, Side
from troth.engine.localisation.locating import locate, locate_cube
from troth.engine.localisation.rules import assigned, matches

__all__ = ["Answer", "Cause", "Causes", "Side", "assigned", "locate", "locate_cube", "matches"]
