"""Tables in (Ibis), frozen findings out. Never imports intake, Django or the clock."""

from troth.terms import queries as queries
