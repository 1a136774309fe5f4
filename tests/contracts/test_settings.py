"""Every key of troth.toml, charter.toml and sources/*.toml stands in docs/settings.md as the code has it."""

from __future__ import annotations

import re

from tests.contracts.documents import text_of
from tests.contracts.settings_page import PAGE, TABLE, rendered, row
from tests.contracts.source_tree import modules
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


def test_every_environment_variable_is_documented_and_every_documented_one_is_read() -> None:
    read = {
        name for module in modules().values() for name in re.findall(r"[\"'](TROTH_[A-Z_]+)[\"']", module.path.read_text(encoding="utf-8"))
    }
    documented = set(re.findall(r"(?m)^\| `(TROTH_[A-Z_]+)` \|", text_of(PAGE)))
    assert read == documented
