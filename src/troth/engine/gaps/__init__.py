"""Whose is the gap? The exact split of every broken promise and every shortfall into parts (domain.md d).

settings    p at capability, at the median way-point and at the promise, for every setting that occurs, in both modes
draws       bootstrap draws of the same, for intervals
account     the break account by any slice: breaks, native units, score points
stages      the delivery part among the areas, stage by stage
"""
