"""From the parsed SQL of a mapping to an Ibis expression, node by node.

Every node and function that may appear stands in a table of its own module, with its meaning in Ibis; anything else is refused with
its name. So an expression means the same on every engine Ibis speaks, and no text of a user ever reaches a database as SQL.

Text columns take the kind they are used as: compared with a number they are read as numbers, compared with a date as dates, in the
way the source writes them. A text that cannot be read so leaves a :class:`Doubt`, and the row is set aside with its value;
``try_cast`` says that NULL is fine.
"""

from __future__ import annotations

import ibis.expr.types as ir
from sqlglot import exp

from troth.intake.translation import dates, operators, texts
from troth.intake.translation.dates import COUNTED, bare_interval, by_days, part_named
from troth.intake.translation.translator import As, Doubt, Grammar, Held, Hoist, Reading, Translator, Unknown, constant_text, find_column
from troth.terms.errors import did_you_mean

__all__ = ["GRAMMAR", "KNOWN", "As", "Doubt", "Held", "Hoist", "Reading", "Translator", "by_days", "find_column"]


def _anonymous(self: Translator, node: exp.Anonymous) -> ir.Value:
    name = node.name.lower()
    if name == "date_part":
        if len(node.expressions) != 2:  # noqa: PLR2004
            raise Unknown("date_part takes a part and a date", "write date_part('hour', made).")
        return part_named(self, constant_text(node.expressions[0]), node.expressions[1])
    if name in COUNTED:
        bare_interval(node)
    raise Unknown(f"the function “{name}” is not known on every engine", did_you_mean(name, KNOWN))


KNOWN: tuple[str, ...] = (
    "abs", "ceil", "coalesce", "concat", "contains", "date_add", "date_diff", "date_part", "date_trunc", "day", "dayofweek",
    "dayofyear", "ends_with", "epoch_ms", "extract", "floor", "greatest", "hour", "if", "ifnull", "isodow",
    "least", "left", "length", "ln",
    "lower", "lpad", "ltrim", "make_date", "make_timestamp", "minute", "month", "nullif", "power", "quarter", "regexp_extract",
    "regexp_matches", "replace", "right", "round", "rpad", "rtrim", "second", "sign", "split_part", "sqrt", "starts_with", "strpos",
    "strptime", "substr", "substring", "to_days", "to_hours", "to_minutes", "to_months", "to_seconds", "to_timestamp", "to_weeks",
    "to_years",
    "trim", "try_cast", "upper", "week", "year",
)  # fmt: skip
"""The functions of expressions, by the names people write."""

GRAMMAR = Grammar({**operators.RULES, **texts.RULES, **dates.RULES, exp.Anonymous: _anonymous}, KNOWN)
"""Everything an expression may hold."""
