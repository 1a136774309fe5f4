"""Tables in (Ibis), frozen findings out. Never imports intake, Django or the clock."""
