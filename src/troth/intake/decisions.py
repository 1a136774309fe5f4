"""What people decided on themes and on statements of expectation: curation.toml and review.toml, every key checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from troth.intake.settings import CURATION, DECISIONS, LEFT_OUT, MERGES, NAMES, REVIEW, RULES, Takes, checked, keys_of
from troth.terms.errors import MissingKeyError, SettingError

Tables = Mapping[str, tuple[Mapping[str, Any], ...]]

OF_CURATION = {"rules": RULES, "merges": MERGES, "names": NAMES}
OF_REVIEW = {"decisions": DECISIONS}


def read_curation(raw: Mapping[str, object], file: Path | str) -> Tables:
    """Rules, merges and names of themes, by kind.

    :raises SettingError: an unknown key, a missing one, a wrong value, a rule that fits nothing, a merge of one.
    """
    tables = _tables(raw, CURATION, OF_CURATION, file)
    for place, rule in enumerate(tables["rules"], start=1):
        if rule is not LEFT_OUT and not rule.get("pattern") and not any(word.strip() for word in rule.get("words", ())):
            at = f"rules[{place}]"
            raise MissingKeyError(
                "this rule fits nothing",
                table=at,
                keys=("words", "pattern"),
                file=file,
                place=f"{at}.words",
                mend="give it words, or a pattern.",
            )
    for place, merge in enumerate(tables["merges"], start=1):
        if merge is not LEFT_OUT and len(set(merge["themes"])) < 2:  # noqa: PLR2004 - one theme is no merge
            mend = "name the keys of two themes at least; `troth show themes` prints them."
            raise SettingError("this merges nothing", file=file, place=f"merges[{place}].themes", mend=mend)
    return tables


def read_review(raw: Mapping[str, object], file: Path | str) -> Tables:
    """Decisions on statements of expectation, in their order.

    :raises SettingError: an unknown key, a missing one, a wrong value.
    """
    return _tables(raw, REVIEW, OF_REVIEW, file)


def _tables(raw: Mapping[str, object], whole: str, kinds: Mapping[str, str], file: Path | str) -> Tables:
    top = checked(raw, whole, file=file)
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for kind, table in kinds.items():
        listed = cast("list[dict[str, object]]", top.get(kind, []))
        found[kind] = tuple(_checked(one, table, file, f"{kind}[{place}]") for place, one in enumerate(listed, start=1))
    return found


def _checked(one: Mapping[str, object], table: str, file: Path | str, at: str) -> Mapping[str, Any]:
    if one is LEFT_OUT:
        return one
    values = checked(one, table, file=file, at=at)
    for name, setting in keys_of(table).items():
        if setting.takes is Takes.TEXTS and name in values:
            values[name] = tuple(cast("list[str]", values[name]))
    return values
