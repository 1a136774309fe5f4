"""The design page shows what the pages are made of, and every page has its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.workspace.conftest import Shop
from tests.workspace.pictures import addresses
from tests.workspace.test_pages import data, visible

if TYPE_CHECKING:
    from django.test import Client


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21; #767676 is the darkest grey that fails nobody on white."""
    from troth.workspace.desks.design import contrast

    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#777777", "#ffffff") < 4.5


def test_every_colour_has_the_contrast_its_use_needs_in_both_schemes(reader: Client) -> None:
    schemes = data(reader, "/design/")["schemes"]
    assert [scheme["name"] for scheme in schemes] == ["light", "dark"]
    for scheme in schemes:
        assert [f"{pair['colour']} on {pair['on']}: {pair['words']}" for pair in scheme["pairs"] if not pair["enough"]] == []


def test_colours_are_those_of_the_style_sheet(workspace: Shop) -> None:
    from troth.workspace.desks.design import TOKENS, colours

    light, dark = colours()
    text = TOKENS.read_text(encoding="utf-8")
    assert light.keys() == dark.keys() >= {"paper", "ink", "owner-brand"}
    assert f"--ink: {light['ink']};" in text.partition("@media")[0]
    assert light["paper"] != dark["paper"]


def test_the_components_are_those_of_the_pages(reader: Client) -> None:
    """Whatever a template of a component writes, the page shows."""
    shown = reader.get("/design/").text
    for part in ("figure-value", "no-data", "banner calm", "chip", "controls", "entry-known", "stage-cell vacant", "stage-cell unowned",
                 "account-parts", "swatch", "share", "bars", "quiet-button", "state good", "state bad", "empty", "pages"):  # fmt: skip
        assert f'class="{part}' in shown or f" {part}" in shown, part
    assert "Every figure on this page is invented" in visible(shown)


def test_the_page_can_be_read_before_the_first_study(workspace: Shop, reader: Client, tmp_path_factory: pytest.TempPathFactory) -> None:
    from django.test import override_settings

    from tests.projects import write_shop

    with override_settings(TROTH_PROJECT=write_shop(tmp_path_factory.mktemp("unrun") / "shop")):
        assert reader.get("/design/").status_code == 200


def test_every_field_of_the_document_is_explained(reader: Client) -> None:
    helps = reader.get("/design/", {"format": "json"}).json()["help"]
    assert [field for field, sentence in helps.items() if not sentence] == []


def test_every_page_has_its_picture(shop: Shop, workspace: Shop) -> None:
    from django.urls import resolve

    from troth.workspace.desks.urls import urlpatterns

    forms = {"issue-state", "issue-shares", "issue-agree", "issue-settle"}  # answered on the page
    named = {pattern.name for pattern in urlpatterns} - {"healthz"} - forms
    taken = {resolve(path.partition("?")[0]).url_name for path in addresses(shop.study).values()}
    assert named - taken == set()
