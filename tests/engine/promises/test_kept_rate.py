"""The kept rate alone is the kept rate of integrity, slice by slice."""

from __future__ import annotations

import ibis.expr.types as ir
import pytest

from tests.engine.promises.tables import at, deadline, stored
from troth.engine.promises import integrity
from troth.engine.promises.kept_rate import kept_rates
from troth.terms.charter import Charter, Line

END = at(400)
CHARTER = Charter(lines=(Line(tier="gold", importance=3.0), Line()))


def ledger(charter: Charter) -> ir.Table:
    """Three months of promises: many customers and few, one area nobody named, some late, some not yet due."""
    rows = [
        deadline(
            day,
            day + 5,
            None if day % 13 == 0 else day + 3 + day % 4,
            customer=f"c{day % 17}",
            kept_by=("Fulfilment", "Service", None)[day % 3],
            tier="gold" if day % 5 == 0 else None,
        )
        for day in range(90)
    ]
    return stored(*rows, deadline(395, 410, None, kept_by="Service"), as_of=END, charter=charter)


@pytest.mark.parametrize("charter", [Charter(), CHARTER], ids=["alike", "weighted"])
@pytest.mark.parametrize("by", [(), ("month",), ("kept_by",), ("month", "kept_by")])
def test_it_is_what_integrity_says(by: tuple[str, ...], charter: Charter) -> None:
    rows = ledger(charter)
    whole = {tuple(one.where.values()): one for one in integrity(rows, by, as_of=END, charter=charter) if one.due}
    found = kept_rates(rows, by, charter=charter)
    assert list(found) == list(whole)
    for key, rate in found.items():
        assert (rate.due, rate.kept) == (whole[key].due, whole[key].kept + whole[key].exceeded)
        assert rate.K == whole[key].K
