"""From failures to issues (domain.md e1): disjoint, so that they add up."""
