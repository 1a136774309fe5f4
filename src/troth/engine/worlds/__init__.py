"""Made data with known truth. One world a module, or a folder where it takes several; each function's seed fixes every row.

- :mod:`~troth.engine.worlds.lanes`: a campaign, an incident and a slow lane among 60 lanes (domain.md i.2, d5).
- :mod:`~troth.engine.worlds.knowledge`: promises made with knowledge the context lacks (d4 rule 2, d9 test 8).
- :mod:`~troth.engine.worlds.slowdown`: the whole network becomes slower from one week on (d4, the two training modes).
- :mod:`~troth.engine.worlds.customers`: customers who differ in how often we keep our word to them (i.6).
- :mod:`~troth.engine.worlds.setters`: promises set too tight, right or too wide (c6 attacks 2 and 3).
- :mod:`~troth.engine.worlds.unwanted`: visits that end unwanted, with the exposures that brought it about (e6).
- :mod:`~troth.engine.worlds.targets`: calls under a target that hurts, helps or does nothing (e8).
- :mod:`~troth.engine.worlds.confounded`: rows in which who is let down is no accident, with the true effect of it (e3).
- :mod:`~troth.engine.worlds.mechanisms`: two months of orders, with the true part of each mechanism that changed between them (d5).
- :mod:`~troth.engine.worlds.orders`: orders at any size, in Parquet, with a project folder around them.
- :mod:`~troth.engine.worlds.shop`: a company's whole year at any size, as the tables its systems hold, with nine causes planted in it.
"""
