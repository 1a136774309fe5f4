"""How a change in a KPI splits over what the KPI is made of (domain.md d5 splits a level; this splits a change).

asking     what is asked, and what cannot be
grid       the steps times are counted on
rows       rows counted in the database
identity   the KPI in worlds made of both sides
shapley    each mechanism's part
draws      how far chance reaches
grouping   sums by group
kitagawa   mix and rate, for a KPI that has no identity
result     what is returned
telling    it in words
splitting  all of it
of_promises  the same of a study's ledger
"""

from troth.engine.mechanisms.of_promises import change_of
from troth.engine.mechanisms.result import Split, SplitArea, SplitPart
from troth.engine.mechanisms.splitting import split_change

__all__ = ["Split", "SplitArea", "SplitPart", "change_of", "split_change"]
