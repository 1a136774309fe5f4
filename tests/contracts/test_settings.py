"""Every key of troth.toml, charter.toml and sources/*.toml stands in docs/settings.md as the code has it."""

from __future__ import annotations

from tests.contracts.documents import text_of
from tests.contracts.settings_page import PAGE, TABLE, rendered, row
from troth.intake.settings import SETTINGS


def test_every_key_is_documented_as_the_code_has_it() -> None:
    assert len(SETTINGS) > 100
    written = {found["table"]: found[0] for found in TABLE.finditer(text_of(PAGE))}
    assert written.keys() == rendered().keys()
    stale = [table for table, text in rendered().items() if written[table] != text]
    assert stale == [], "run make docs"


def test_a_changed_default_is_seen() -> None:
    setting = next(setting for setting in SETTINGS if setting.name == "grace")
    assert row(setting) in text_of(PAGE)
    assert row(setting).replace(setting.help, "something else") not in text_of(PAGE)
