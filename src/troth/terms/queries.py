"""How queries are written. Imported for its effect by every room that writes any.

Ibis melts a projection into the one below it where it can, copying what the lower one computes to every place that uses it. Ours are laid
in layers, each of which uses the one below many times over: melted, a query grows without bound, and translating it costs more than
running it. Left as they are, every layer is computed once, by the database, under its own name (docs/decisions/0007-queries.md).
"""

from __future__ import annotations

import ibis

ibis.options.sql.fuse_selects = False
