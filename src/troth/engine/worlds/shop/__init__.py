"""A made shop with known truth: one year of a company that sells to all of Brazil, at any size, as the tables its systems would hold.

    people       who they are: region, tier, language, how often they want something
    visits       what a visitor meets on the way to an order, and whether it ends in one
    orders       packing, delivery, contacts, return, rating, cost; who comes back
    trials       thirty days of the shop's club
    history      a year of it, and the same year without a cause
    counting     what each cause did: counted with the same draws and the cause switched off
    texts        what customers write, in English and Portuguese
    tables       the company's tables, and what is true of their rows
    offices      areas, roles, grants, asks, changes
    making       all of it written as Parquet, block by block

Nine causes are planted (:mod:`~troth.engine.worlds.shop.causes`). ``examples/shop`` is the project that studies them.
"""
