"""The tables of docs/settings.md, as ``intake/settings.py`` has them. ``make docs`` writes them; a contract test compares."""

from __future__ import annotations

import re
from itertools import groupby

from tests.contracts.documents import DOCS, text_of
from troth.intake.settings import SETTINGS, Setting, Takes

PAGE = DOCS / "settings.md"
TABLE = re.compile(r"(?ms)^<!-- keys of (?P<table>.+?) -->\n.*?^<!-- end -->$")


def takes(setting: Setting) -> str:
    """What the key takes, with the words it may be or what its SQL gives."""
    words = ", ".join(f"`{word}`" for word in setting.words)
    if setting.takes is Takes.WORD:
        return words
    if setting.takes is Takes.SQL_OR_WORD:
        return f"SQL, or {words}"
    return f"{setting.takes}: {setting.gives}" if setting.gives else str(setting.takes)


def row(setting: Setting) -> str:
    """One line of a table."""
    shown = str(setting.default).lower() if isinstance(setting.default, bool) else setting.default
    default = "required" if setting.required else "" if shown is None else f"`{shown}`"
    cells = (f"`{setting.name}`", takes(setting), default, setting.help)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def rendered() -> dict[str, str]:
    """The table of each file or ``[[table]]``, between its markers."""
    return {
        table: "\n".join(
            [f"<!-- keys of {table} -->", "| key | takes | default | means |", "|---|---|---|---|", *map(row, settings), "<!-- end -->"]
        )
        for table, settings in groupby(SETTINGS, key=lambda setting: setting.table)
    }


if __name__ == "__main__":
    tables = rendered()
    PAGE.write_text(TABLE.sub(lambda found: tables[found["table"]], text_of(PAGE)), encoding="utf-8")
