"""The engine alone, on plain tables in a notebook: what people type is understood, or refused in a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pytest

import troth
from tests.engine.gaps.studies import promises, spec
from troth.terms.errors import RequestError

AS_OF = datetime(2024, 7, 18, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.fixture(scope="module")
def ledger() -> ir.Table:
    """300 deliveries in 200 days from 1 January 2024, promised in five days, most of them kept."""
    generator = np.random.default_rng(3)
    made = np.sort(generator.uniform(0, 200, 300))
    return troth.judge(promises(spec(), made, 5.0, generator.lognormal(1.3, 0.4, 300)), as_of=AS_OF)


@pytest.mark.parametrize("as_of", ["2024-07-18", date(2024, 7, 18), "2024-07-18T23:59:59.999999", AS_OF])
def test_the_account_takes_a_day_as_its_end(ledger: ir.Table, as_of: Any) -> None:
    assert troth.break_account(ledger, as_of=as_of).rows == troth.break_account(ledger, as_of=AS_OF).rows


@pytest.mark.parametrize("as_of", ["18/07/2024", 20240718])
def test_the_account_refuses_what_is_no_date(ledger: ir.Table, as_of: Any) -> None:
    with pytest.raises(RequestError, match="is no date") as error:
        troth.break_account(ledger, as_of=as_of)
    assert error.value.place == "as_of"
