"""Which split of an issue counts: the agreed one where there is one, else the computed one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from troth.workspace.issues.models import AgreedSplit
from troth.workspace.issues.shares import as_shares


def agreed_at(issue_key: str, at: datetime) -> AgreedSplit | None:
    """What was last agreed or settled on an issue by an instant; ``None`` where nothing was."""
    found = AgreedSplit.objects.filter(issue__key=issue_key, at__lte=at)
    return found.select_related("proposed", "settled_by").order_by("-at", "-pk").first()


def split_in_force(issue_key: str, computed: Mapping[str, float], at: datetime) -> dict[str, float]:
    """Shares of one by area that funding uses, at an instant.

    :param computed: what the study computes, which is never overwritten.
    :returns: the split last agreed or settled by then; the computed one where there is none, or where it was settled that it stands.
    """
    agreed = agreed_at(issue_key, at)
    return dict(computed) if agreed is None or agreed.shares is None else as_shares(agreed.shares)
