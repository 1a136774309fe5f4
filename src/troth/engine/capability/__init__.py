"""Demonstrated capability: what would have been received with probability tau, in this context, at this time (domain.md d4).

    scales     how a level becomes badness: a number that grows as things get worse for the customer
    cells      the tree of context cells, and the grid each cell's record is counted on
    record     the one pass over promise rows: counts per cell, week and bin
    training   which weeks a capability may learn from: as-of windows and cross-fitted folds
    curves     the estimator: shrunken location, re-centred residuals, mixture
    calibration  may the curves be believed?

Only ``cells`` and ``record`` speak to the database; everything after them works on counts.
"""
