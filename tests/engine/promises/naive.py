"""The verdict rules of domain.md c4 and c5 once more, row by row in plain Python: the oracle the ledger is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from troth.terms.charter import Charter

Row = dict[str, Any]
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
VALUING_SURPLUS = {"price", "quality", "effort", "response_time"}
DEFAULTS: Row = {
    "source": "table",
    "customer": None,
    "subject": None,
    "stage": None,
    "segment": None,
    "persona": None,
    "tier": None,
    "due_at": None,
    "window_start": None,
    "promised": None,
    "promised_to": None,
    "quantifier": "exact",
    "received_at": None,
    "received": None,
    "final": True,
    "reversed_at": None,
    "tolerance": 0.0,
    "grace": 0.0,
    "confidence": 1.0,
    "bundle": None,
    "replaces": None,
    "change_cause": None,
    "notice_at": None,
    "void": False,
    "void_at": None,
    "void_reason": None,
    "broken": False,
    "broken_at": None,
    "recorded_at": None,
    "break_forecast_at_void": None,
}


@dataclass
class Judged:
    verdict: str
    rho: float | None
    in_cohort: bool
    eligible: bool
    void_suspect: bool = False
    reversed: bool = False
    warned: bool | None = None
    standard_kept: bool | None = None
    latest_kept: bool | None = None
    recorded_only: bool = False


@dataclass
class Case:
    """One promise while it is being judged."""

    row: Row
    now: datetime
    charter: Charter

    def __post_init__(self) -> None:
        r = self.row
        self.line = self.charter.match(
            {"promise": r["name"], "stage": r["stage"], "segment": r["segment"], "persona": r["persona"], "tier": r["tier"]}
        )
        agreed = self.line
        self.tolerance = agreed.tolerance if agreed and agreed.tolerance is not None else r["tolerance"]
        self.grace = agreed.grace if agreed and agreed.grace is not None else r["grace"]
        self.standard = agreed.standard if agreed else None
        self.fee_scale = agreed.fee_scale if agreed else None
        timed = r["type"] in {"deadline", "response_time"} or (r["type"] == "information" and r["direction"] == "min")
        window = r["type"] == "window"
        self.kind = "timed" if timed else "window" if window else "binary" if r["direction"] == "set" else "level"

    def known(self, name: str) -> bool:
        value = self.row[name]
        return value is not None and value <= self.now

    @property
    def receipt(self) -> bool:
        r = self.row
        if not r["final"] or (r["received"] is not None and r["received"] < 0):
            return False
        if r["received_at"] is None:
            return self.kind in {"binary", "level"} and r["received"] is not None
        if not r["made_at"] <= r["received_at"] <= self.now:
            return False
        return self.kind != "level" or r["received"] is not None

    @property
    def contradicted(self) -> bool:
        r = self.row
        if not self.receipt or not self.known("reversed_at"):
            return False
        return r["received_at"] is None or timedelta(0) <= r["reversed_at"] - r["received_at"] <= timedelta(days=7)

    @property
    def company_failed(self) -> tuple[bool, datetime | None]:
        r = self.row
        if r["broken"] and (r["broken_at"] is None or r["broken_at"] <= self.now):
            return True, r["broken_at"]
        if self.void_recorded and r["void_reason"] == "company":
            return True, r["void_at"]
        return False, None

    @property
    def void_recorded(self) -> bool:
        r = self.row
        listed = r["void_reason"] in {"customer", "duplicate", "error", "legal", "company"}
        return r["void"] and listed and (r["void_at"] is None or r["void_at"] <= self.now)

    @property
    def stands(self) -> bool:
        return self.receipt and not self.contradicted and not self.company_failed[0]

    @property
    def promised(self) -> float:
        """The end of the promise that binds."""
        r = self.row
        if self.kind == "timed":
            return float((r["due_at"] - r["made_at"]) / DAY)
        upper = r["promised"] if r["promised_to"] is None else r["promised_to"]
        return float(upper if r["direction"] == "min" else r["promised"])

    @property
    def level(self) -> float:
        r = self.row
        if self.kind == "timed":
            return float((r["received_at"] - r["made_at"]) / DAY)
        late = r["due_at"] is not None and r["received_at"] is not None and r["received_at"] > r["due_at"]
        return 0.0 if r["type"] == "quantity" and late else float(r["received"])

    @property
    def outside(self) -> float:
        r = self.row
        if r["window_start"] is not None and r["received_at"] < r["window_start"]:
            return float((r["window_start"] - r["received_at"]) / MINUTE)
        return max(0.0, float((r["received_at"] - r["due_at"]) / MINUTE))

    @property
    def broke(self) -> bool:
        r = self.row
        if self.kind == "timed":
            return bool(r["received_at"] - r["due_at"] > self.tolerance * DAY)
        if self.kind == "window":
            return self.outside > self.tolerance
        if self.kind == "binary":
            late = r["due_at"] is not None and r["received_at"] is not None and r["received_at"] > r["due_at"]
            if r["received"] is None:
                return late
            stated = 1.0 if r["promised"] is None else r["promised"]
            top = stated if r["promised_to"] is None else r["promised_to"]
            return bool(late or round(stated - r["received"], 9) > self.tolerance or round(r["received"] - top, 9) > self.tolerance)
        short = self.level - self.promised if r["direction"] == "min" else self.promised - self.level
        return round(short, 9) > self.tolerance

    @property
    def beat(self) -> bool:
        r = self.row
        if r["type"] not in VALUING_SURPLUS or self.kind in {"window", "binary"}:
            return False
        if self.kind == "timed":
            return bool(r["received_at"] < r["due_at"])
        upper = r["promised"] if r["promised_to"] is None else r["promised_to"]
        return bool(self.level < r["promised"] if r["direction"] == "min" else self.level > upper)

    @property
    def counts_at(self) -> datetime | None:
        r = self.row
        if r["due_at"] is not None:
            due: datetime = r["due_at"]
            return due + self.grace * DAY
        if self.receipt or self.company_failed[0] or self.void_recorded:
            at: datetime = r["received_at"] or r["made_at"]
            return at
        return None

    def broke_before(self, moment: datetime | None) -> bool:
        """Broken already at a moment; unknown moments count as before."""
        r = self.row
        failed, failed_at = self.company_failed
        return (
            (failed and (failed_at is None or moment is None or failed_at <= moment))
            or (self.receipt and self.broke and (r["received_at"] is None or moment is None or r["received_at"] <= moment))
            or (self.contradicted and (moment is None or r["reversed_at"] <= moment))
        )

    def void(self) -> tuple[bool, bool]:
        """Whether the promise is void, and whether that is suspect."""
        r = self.row
        if not self.void_recorded or r["void_reason"] == "company":
            return False, False
        at, reason = r["void_at"], r["void_reason"]
        after_due = at is not None and r["due_at"] is not None and at > r["due_at"]
        before = self.broke_before(at)
        if reason in {"duplicate", "legal"}:
            holds = True
        elif reason == "error":
            holds = at is None or at - r["made_at"] <= timedelta(hours=1)
        else:
            holds = not after_due and not before
        forecast = r["break_forecast_at_void"] is not None and r["break_forecast_at_void"] > 0.5
        return holds, holds and (at is None or forecast or after_due or before)

    def own(self) -> str:
        if self.void()[0]:
            return "VOID"
        if self.company_failed[0] or self.contradicted:
            return "BROKEN"
        if self.receipt:
            return "BROKEN" if self.broke else "EXCEEDED" if self.beat else "KEPT"
        return "BROKEN" if self.counts_at is not None and self.now > self.counts_at else "PENDING"

    def ratio(self, verdict: str) -> float | None:
        r = self.row
        if verdict in {"VOID", "PENDING"}:
            return None
        if self.company_failed[0]:
            return 0.0
        kept = verdict in {"KEPT", "EXCEEDED"}
        if self.kind == "binary":
            return float(kept)
        if self.kind == "window":
            start = r["window_start"] or r["due_at"]
            length = max((r["due_at"] - start) / MINUTE, 60.0)
            miss = self.outside if self.stands else max(0.0, (self.now - r["due_at"]) / MINUTE)
            return 1.0 if kept else float(length / (length + miss))
        if not self.stands:
            rho = min(1.0, self.promised / ((self.now - r["made_at"]) / DAY)) if self.kind == "timed" and self.now > r["made_at"] else 0.0
        elif r["direction"] == "max":
            rho = self.level / self.promised
        elif self.promised == 0:
            scale = self.fee_scale if self.kind != "timed" else None  # in money, so it says nothing of days
            rho = 1.0 if self.level == 0 else scale / (scale + self.level) if scale else 0.0
        else:
            rho = 2.0 if self.level == 0 else self.promised / self.level
        return min(2.0, max(rho, 1.0) if kept else rho)

    def standard_met(self, verdict: str) -> bool | None:
        if self.standard is None or verdict == "VOID" or self.kind == "binary":
            return None
        if not self.stands:
            if self.company_failed[0]:
                return False
            if self.kind == "timed":
                return False if self.now - self.row["made_at"] > self.standard * DAY else None
            return False if verdict == "BROKEN" else None
        if self.kind == "window":
            return self.outside <= self.standard
        if self.kind == "timed":
            received: datetime = self.row["received_at"]
            return bool(received - self.row["made_at"] <= self.standard * DAY)
        if self.row["direction"] == "min":
            return round(self.level - self.standard, 9) <= 0
        return round(self.standard - self.level, 9) <= 0


def naive_judge(rows: list[Row], as_of: datetime, charter: Charter | None = None) -> dict[Any, Judged]:
    """Verdict of every row by its key, as of a naive UTC instant."""
    cases = {}
    for given in rows:
        row = {**DEFAULTS, **given}
        if row["made_at"] <= as_of and (row["recorded_at"] is None or row["recorded_at"] <= as_of):
            cases[row["row"]] = Case(row, as_of, charter or Charter())
    judged: dict[Any, Judged] = {}
    for key, case in cases.items():
        r = case.row
        amends = honoured(key, cases)
        recorded_only = amends and r["change_cause"] != "customer"
        children = [one for k, one in cases.items() if one.row["replaces"] == key and honoured(k, cases)]
        verdict, suspect = case.own(), case.void()[1]
        wishes = [
            one.row["made_at"]
            for one in children
            if one.row["change_cause"] == "customer" and (r["due_at"] is None or one.row["made_at"] <= r["due_at"])
        ]
        if wishes and verdict != "VOID" and not case.broke_before(min(wishes)):
            verdict = "VOID"
            suspect = (r["break_forecast_at_void"] or 0) > 0.5
        by_company = [] if recorded_only else moved_by_company(key, cases)
        warned: bool | None = None
        if by_company:
            notices = [one.row["notice_at"] for one in by_company if one.known("notice_at")]
            warned = bool(notices) and r["due_at"] is not None and min(notices) < r["due_at"]
        elif case.known("notice_at") and r["replaces"] is None and r["due_at"] is not None:
            warned = r["notice_at"] < r["due_at"]
        latest = max(by_company, key=lambda one: (one.row["made_at"], one.row["row"])).own() if by_company else None
        judged[key] = Judged(
            verdict,
            case.ratio(verdict),
            in_cohort=False,
            eligible=r["confidence"] >= 0.8 and r["quantifier"] not in {"up_to", "from"} and not recorded_only,
            void_suspect=suspect,
            reversed=case.contradicted,
            warned=warned,
            standard_kept=case.standard_met(verdict),
            latest_kept=None if latest in {None, "PENDING", "VOID"} else latest in {"KEPT", "EXCEEDED"},
            recorded_only=recorded_only,
        )
    settle_bundles(cases, judged)
    for key, one in judged.items():
        counts_at = cases[key].counts_at
        one.in_cohort = counts_at is not None and counts_at <= as_of and one.verdict in {"KEPT", "EXCEEDED", "BROKEN"}
    return judged


def honoured(key: Any, cases: dict[Any, Case]) -> bool:
    """The row replaces one on record, of the same name and customer, made no later than itself, and is on no loop."""
    row = cases[key].row
    if row["replaces"] not in cases or cases[row["replaces"]].row["name"] != row["name"]:
        return False
    replaced = cases[row["replaces"]].row
    strangers = None not in {row["customer"], replaced["customer"]} and row["customer"] != replaced["customer"]
    if strangers or row["made_at"] < replaced["made_at"]:
        return False
    seen, above = set(), row["replaces"]
    while above in cases and above not in seen and cases[above].row["name"] == row["name"]:
        if above == key:
            return False
        seen.add(above)
        above = cases[above].row["replaces"]
    return True


def moved_by_company(key: Any, cases: dict[Any, Case]) -> list[Case]:
    """The company's changes to a promise, up to where the customer asked for another one."""
    found = []
    for k, case in cases.items():
        if case.row["replaces"] == key and case.row["change_cause"] != "customer" and honoured(k, cases):
            found += [case, *moved_by_company(k, cases)]
    return found


def settle_bundles(cases: dict[Any, Case], judged: dict[Any, Judged]) -> None:
    order = ["EXCEEDED", "KEPT", "PENDING", "BROKEN"]
    bundles: dict[Any, list[Any]] = {}
    for key, case in cases.items():
        if case.row["bundle"] is not None and judged[key].verdict != "VOID" and not judged[key].recorded_only:
            bundles.setdefault(case.row["bundle"], []).append(key)
    for members in bundles.values():
        worst = max((judged[key].verdict for key in members), key=order.index)
        ratios = [rho for key in members if (rho := judged[key].rho) is not None]
        for key in members:
            judged[key].verdict = worst
            judged[key].rho = None if worst == "PENDING" else min(ratios)
