"""``troth demo``: an example, laid out, made where it is a made world, and run."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Command
from troth.project.examples import find


def lean(folder: Path) -> Path:
    """The shop with its orders' delivery dates alone: one promise is enough to see a study made of it."""
    find("shop").lay_out(folder)
    for source in (folder / "sources").iterdir():
        if source.name != "orders.toml":
            source.unlink()
    orders = folder / "sources" / "orders.toml"
    text = orders.read_text(encoding="utf-8")
    orders.write_text(text[: text.index("[[promises]]", text.index("[[promises]]") + 1)], encoding="utf-8")
    return folder


def test_the_shop_is_made_and_studied(tmp_path: Path, troth: Command) -> None:
    folder = lean(tmp_path / "shop")
    said = troth("demo", "shop", "--size", 1_000, "--folder", folder, "--no-serve")
    assert said.code == 0
    assert "Made 1,0" in said.out
    assert "Published study 1, as of 2024-12-31" in said.out
    again = troth("demo", "shop", "--folder", folder, "--no-serve")
    assert again.code == 0
    assert "Made" not in again.out
    assert "Nothing new: this is study 1 again" in again.out


def test_a_size_the_shop_cannot_have_is_refused_with_those_it_can(tmp_path: Path, troth: Command) -> None:
    said = troth("demo", "shop", "--size", 10, "--folder", tmp_path / "shop", "--no-serve")
    assert said.code == 5
    assert "ask for 1,000 to 100,000,000" in said.err
    assert "Its folder is" not in said.out
    assert not (tmp_path / "shop").exists()


def test_real_data_have_the_size_they_have(tmp_path: Path, troth: Command) -> None:
    said = troth("demo", "flights", "--size", 1_000, "--folder", tmp_path / "flights", "--no-serve")
    assert said.code == 5
    assert "as large as it is" in said.err
