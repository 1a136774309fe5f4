"""``troth init`` writes a project that runs at once."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import ibis
import pytest

from tests.intake.projects import taken
from troth.intake import TO_DECIDE, Kind, check, init, read_folder
from troth.intake.settings import keys_of
from troth.terms.errors import ProjectError, SettingError, UnreadableFileError
from troth.terms.vocabulary import PromiseType

OLIST = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
    "order_delivered_customer_date,order_estimated_delivery_date,customer_state\n"
    "a1,c1,delivered,2017-10-02 10:56:33,2017-10-02 11:07:15,2017-10-04 19:55:00,2017-10-10 21:25:13,2017-10-18 00:00:00,SP\n"
    "a2,c2,delivered,2018-07-24 20:41:37,2018-07-26 03:24:27,2018-07-26 14:31:00,2018-08-07 15:27:45,2018-08-13 00:00:00,BA\n"
    "a3,c3,canceled,2018-08-08 08:38:49,2018-08-08 08:55:23,,,2018-09-04 00:00:00,SP\n"
)
TICKETS = (
    "Case Id;Opened;SLA Target;Closed;Team;Product Category\n"
    "1;2024-03-01 10:00;2024-03-02 10:00;2024-03-01 18:00;A;x\n2;2024-03-01 11:00;2024-03-02 11:00;;B;y\n"
)


def test_the_starter_project_runs_at_once(tmp_path: Path) -> None:
    files = init(tmp_path / "shop")

    assert {file.relative_to(tmp_path / "shop").as_posix() for file in files} == {
        "troth.toml",
        "charter.toml",
        "journeys.toml",
        "roles.toml",
        "measures.toml",
        "sources/orders.toml",
        "data/orders.csv",
    }
    assert Kind.PROBLEM not in {remark.kind for remark in check(tmp_path / "shop", ibis.duckdb.connect())}
    one = taken(tmp_path / "shop")
    assert (one.tally.used, one.reasons) == (6, {})
    assert read_folder(tmp_path / "shop").charter.lines[0].standard == 5.0


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "orders.csv",
            OLIST,
            {
                "id": "order_id",
                "customer": "customer_id",
                "made_at": "order_purchase_timestamp",
                "due": "cast(order_estimated_delivery_date as date)",
                "received_at": "order_delivered_customer_date",
            },
        ),
        (
            "tickets 2024.csv",
            TICKETS,
            {"id": '"Case Id"', "made_at": '"Opened"', "due": '"SLA Target"', "received_at": '"Closed"', "kept_by": '"Team"'},
        ),
    ],
    ids=["a shop's orders", "a desk's tickets"],
)
def test_a_data_file_is_proposed_as_promises(tmp_path: Path, name: str, content: str, expected: dict[str, str]) -> None:
    (tmp_path / name).write_text(content)
    init(tmp_path / "project", from_file=tmp_path / name)
    (file,) = (tmp_path / "project" / "sources").glob("*.toml")
    written = tomllib.loads(file.read_text())
    flat = {key: value for key, value in {**written, **written["promises"][0]}.items() if key in expected}

    assert flat == expected
    one = taken(tmp_path / "project")
    assert one.tally.used == one.tally.read > 0
    assert one.intake.specs[0].type is PromiseType.DEADLINE


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("who,when seen\nana,2024-03-01\n", "interactions"),
        ("client,score\nana,3\n", "customers"),
        ("x\n\n", "customers"),
        ('select,"a ""b"""\n1,2\n', "customers"),
    ],
    ids=["one date", "no date", "no rows", "odd names"],
)
def test_any_table_gives_a_project_that_runs(tmp_path: Path, content: str, kind: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    init(tmp_path / "project", from_file=tmp_path / "t.csv")

    assert taken(tmp_path / "project").tally.kind == kind


GERMAN = """\
Bestellnummer;Kunde;Bestelldatum;Zugesagter Termin;Geliefert am;Region;Betrag
1001;Müller;01.03.2024 10:15;06.03.2024;05.03.2024 16:40;Nord;1.234,56
1002;Schäfer;02.03.2024 11:02;12.03.2024;13.03.2024 09:12;Süd;80,00
1003;Öztürk;13.03.2024 09:30;18.03.2024;;Nord;2.000,00
"""
BRITISH = "order id,client,ordered,due,delivered\n1,ana,28/03/2024,02/04/2024,01/04/2024\n2,ben,29/03/2024,03/04/2024,\n"
AMERICAN = (
    "Order ID,Client,Ordered,Promised,Delivered,Total\n"
    '1,ana,3/28/2024 2:15 PM,4/2/2024,4/1/2024 9:00 AM,"1,234.50"\n2,ben,3/29/2024 11:05 AM,4/13/2024,,12.00\n'
)
SHORT = "order,client,ordered,due,delivered\n1,ana,28.03.24,02.04.24,01.04.24\n2,ben,29.03.24,03.04.24,\n"
COMPACT = "ticket;user;opened;target;closed\n1;ana;20240328;20240402;20240401\n2;ben;20240329;20240403;\n"
SWEDISH = "nyckel;skapad;lovad;klar\n1;2024-03-28;2024-04-02;2024-04-01\n2;2024-03-29;2024-04-03;\n"


@pytest.mark.parametrize(
    ("content", "keys", "expected"),
    [
        (
            GERMAN,
            {"dayfirst": True, "decimal": ",", "id": '"Bestellnummer"'},
            {
                "customer": '"Kunde"',
                "made_at": '"Bestelldatum"',
                "due": 'cast("Zugesagter Termin" as date)',
                "received_at": '"Geliefert am"',
                "value": '"Betrag"',
            },
        ),
        (BRITISH, {"dayfirst": True}, {"made_at": "ordered", "due": "cast(due as date)", "received_at": "delivered"}),
        (
            AMERICAN,
            {"thousands": ","},
            {
                "made_at": "strptime(\"Ordered\", '%m/%d/%Y %I:%M %p')",
                "due": "cast(strptime(\"Promised\", '%m/%d/%Y') as date)",
                "received_at": "strptime(\"Delivered\", '%m/%d/%Y %I:%M %p')",
                "value": '"Total"',
            },
        ),
        (SHORT, {"date_format": "%d.%m.%y"}, {"made_at": "ordered", "due": "cast(due as date)", "received_at": "delivered"}),
        (COMPACT, {"date_format": "%Y%m%d"}, {"made_at": "opened", "due": "cast(target as date)", "received_at": "closed"}),
        (SWEDISH, {}, {"made_at": "skapad", "due": "cast(lovad as date)", "received_at": "klar"}),
    ],
    ids=["German", "British", "American", "two-digit years", "digits alone", "names in another language"],
)
def test_dates_and_numbers_are_read_as_the_file_writes_them(
    tmp_path: Path, content: str, keys: dict[str, object], expected: dict[str, str]
) -> None:
    (tmp_path / "t.csv").write_text(content)
    init(tmp_path / "project", from_file=tmp_path / "t.csv")
    written = tomllib.loads((tmp_path / "project" / "sources" / "t.toml").read_text())
    (promise,) = written["promises"]

    styles = ("dayfirst", "date_format", "decimal", "thousands")
    assert {key: written[key] for key in written if key in styles} == {key: value for key, value in keys.items() if key in styles}
    assert {key: promise[key] for key in expected} == expected
    assert Kind.PROBLEM not in {remark.kind for remark in check(tmp_path / "project", ibis.duckdb.connect())}
    one = taken(tmp_path / "project")
    assert one.tally.used == one.tally.read == content.count("\n") - 1
    assert one.column("received_at").count(None) == 1
    if "value" in expected:
        assert one.column("value")[0] == pytest.approx(1234.5, abs=0.1)


@pytest.mark.parametrize(
    ("content", "question"),
    [
        ("order,ordered,due\n1,03/04/2024,05/04/2024\n", "ordered: is 03/04/2024 3 Apr or 4 Mar?"),
        ("order,ordered,due,price\n1,2024-03-28,2024-04-02,1.234\n", "price: are the last digits of 1.234 thousands, or decimals?"),
        ('order,ordered,due,price\n1,2024-03-28,2024-04-02,"1,234"\n', "price: are the last digits of 1,234 thousands, or decimals?"),
        ('order,ordered,due,price,fee\n1,2024-03-28,2024-04-02,"1,5",2.5\n', "price: decimal commas; fee: decimal points"),
        (SWEDISH, "which date is which?"),
        ("order,ordered,due\n1,2024-03-28,2024-04-02\n1,2024-03-29,2024-04-02\n", "what is the row key?"),
    ],
    ids=["day or month", "a point", "a comma", "both", "names", "repeated keys"],
)
def test_what_the_values_leave_open_is_a_question_in_the_file(tmp_path: Path, content: str, question: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    init(tmp_path / "project", from_file=tmp_path / "t.csv")

    text = (tmp_path / "project" / "sources" / "t.toml").read_text()
    assert f"{TO_DECIDE} {question}" in text
    assert taken(tmp_path / "project").tally.used >= 1


NO_DUE = "case,client,opened,closed\n1,ana,2024-03-01 10:00,2024-03-01 18:00\n2,ben,2024-03-01 11:00,\n"
NO_DUE_BRITISH = "order id,client,ordered,delivered\n1,ana,28/03/2024,01/04/2024\n2,ben,29/03/2024,\n"
NO_DUE_AMERICAN = "Order ID,Client,Ordered,Delivered\n1,ana,3/28/2024 2:15 PM,4/1/2024 9:00 AM\n2,ben,3/29/2024 11:05 AM,\n"
NO_MADE = "case,client,target,closed\n1,ana,2024-03-01 10:00,2024-03-01 18:00\n2,ben,2024-03-01 11:00,\n"
NO_RECEIPT = "case,client,created,updated\n1,ana,2024-03-01 10:00,2024-03-01 18:00\n2,ben,2024-03-01 11:00,\n"


@pytest.mark.parametrize(
    ("content", "question", "asked", "held"),
    [
        (NO_DUE, "until when was each due? opened and closed are dates", "due", {"made_at": "opened", "received_at": "closed"}),
        (NO_DUE_BRITISH, "until when was each due? ordered and delivered", "due", {"made_at": "ordered", "received_at": "delivered"}),
        (NO_DUE_AMERICAN, "until when was each due? Ordered and Delivered", "due", {"received_at": '"Delivered"'}),
        (NO_MADE, "when was each promise made? target and closed are dates", "made_at", {"due": "target", "received_at": "closed"}),
        (NO_RECEIPT, "until when was each due? created and updated are dates", "due", {"made_at": "created"}),
    ],
    ids=["no due date", "days alone", "American", "no made date", "made and another"],
)
def test_where_one_date_is_missing_the_promise_waits_for_it_alone(
    tmp_path: Path, content: str, question: str, asked: str, held: dict[str, str]
) -> None:
    (tmp_path / "t.csv").write_text(content)
    init(tmp_path / "project", from_file=tmp_path / "t.csv")
    file = tmp_path / "project" / "sources" / "t.toml"
    text = file.read_text()
    assert f"{TO_DECIDE} {question}" in text
    assert "One date column" not in text
    assert (taken(tmp_path / "project").tally.kind, "promises" in tomllib.loads(text)) == ("interactions", False)

    before, start, rest = text.partition("# [[promises]]")
    block, end, after = rest.partition("\n\n")
    uncommented = (start + block).replace("\n# ", "\n").removeprefix("# ")
    such_as = re.search(r"such as (.+)$", uncommented, re.MULTILINE)
    filled = uncommented.replace(f'{asked} = "..."', f"{asked} = {such_as[1]}" if such_as else f"{asked} = 'target - interval 1 day'", 1)
    file.write_text(before + filled + end + after)
    (promise,) = tomllib.loads(file.read_text())["promises"]
    assert {key: promise[key] for key in held} == held
    found = check(tmp_path / "project", ibis.duckdb.connect())
    assert Kind.PROBLEM not in {remark.kind for remark in found}
    (fact,) = [remark for remark in found if remark.kind is Kind.FACT and remark.place == "promises[1]"]
    assert "2 rows read, 2 used" in fact.text


def test_a_day_that_is_no_month_in_one_column_decides_for_all(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("order,ordered,due,delivered\n1,03/04/2024,13/04/2024,05/04/2024\n2,04/04/2024,25/04/2024,06/04/2024\n")
    init(tmp_path / "project", from_file=tmp_path / "t.csv")

    text = (tmp_path / "project" / "sources" / "t.toml").read_text()
    assert "dayfirst = true" in text
    assert TO_DECIDE not in text


def test_where_nothing_says_what_was_received_that_is_left_to_decide(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("order,ordered,due\n1,2024-03-01,2024-03-04\n2,2024-03-02,2024-03-07\n")
    init(tmp_path / "project", from_file=tmp_path / "t.csv")

    lines = (tmp_path / "project" / "sources" / "t.toml").read_text().splitlines()
    (place,) = [position for position, line in enumerate(lines) if line.startswith(TO_DECIDE)]
    assert "when was each received?" in lines[place]
    assert lines[place + 1].startswith("# received_at = ")


def test_a_file_in_another_encoding_is_read_in_the_one_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(GERMAN.encode("cp1252"))
    with pytest.raises(UnreadableFileError) as caught:
        init(tmp_path / "project", from_file=tmp_path / "t.csv")
    assert "--encoding" in (caught.value.mend or "")
    with pytest.raises(SettingError, match="no text encoding"):
        init(tmp_path / "project", from_file=tmp_path / "t.csv", encoding="utf-7.5")

    init(tmp_path / "project", from_file=tmp_path / "t.csv", encoding="cp1252")
    assert taken(tmp_path / "project").column("customer") == ["Müller", "Schäfer", "Öztürk"]


def taken_up(file: Path) -> str:
    """The file with what it says further taken up, but for what is left to fill in."""
    before, start, after = file.read_text().partition("# What happened" if file.parent.name == "sources" else "# The journey")
    told = [line.removeprefix("# ") if re.match(r"# (\[|[a-z_]+ = )", line) else line for line in (start + after).splitlines()]
    return before + "\n".join(line for line in told if '"..."' not in line) + "\n"


CALLED_OFF = (
    "order id,client,ordered,due,delivered,cancelled by\n1,ana,28/03/2024,02/04/2024,01/04/2024,\n2,ben,29/03/2024,03/04/2024,,us\n"
)
SHOPS_OWN = "order_id,customer,ordered,promised,delivered,returned_at,country\n" + "".join(
    f"{number},c{number % 7},2024-03-{1 + number % 20:02d} 10:00,2024-03-{4 + number % 20:02d},2024-03-{3 + number % 20:02d} 11:00,,no\n"
    for number in range(30)
)


@pytest.mark.parametrize(
    ("content", "question", "steps"),
    [
        (None, "returned the order", ["order", "delivery"]),
        (SHOPS_OWN, "returned the order", ["ordered", "delivered"]),
        (GERMAN, "did not come back", ["Bestelldatum", "Geliefert am"]),
        (BRITISH, "did not come back", ["ordered", "delivered"]),
        (AMERICAN.replace("Total", "Complaint"), "complained", ["Ordered", "Delivered"]),
        (CALLED_OFF, "cancelled the order", ["ordered", "delivered"]),
        (OLIST, "did not come back", ["order purchase timestamp", "order delivered customer date"]),
    ],
    ids=["the starter", "a shop with returns", "German", "British", "American", "cancelled", "Olist"],
)
def test_journeys_and_occasions_are_laid_out_to_be_taken_up(tmp_path: Path, content: str | None, question: str, steps: list[str]) -> None:
    """Every comment taken up as it stands is a project that checks out."""
    if content is None:
        init(tmp_path / "project")
    else:
        (tmp_path / "t.csv").write_text(content)
        init(tmp_path / "project", from_file=tmp_path / "t.csv")
    (file,) = (tmp_path / "project" / "sources").glob("*.toml")
    wall = tmp_path / "project" / "journeys.toml"
    assert tomllib.loads(wall.read_text()) == {}
    assert "occasions" not in tomllib.loads(file.read_text())
    text = taken_up(file)
    if question == "did not come back":  # nothing in the file is its event: that is left to fill in
        text = text.replace('question = "did', 'event = "false"\nquestion = "did')
    if "late = {" not in text:
        text += 'faulty = { when = "true", area = "Shop", means = "so" }\n'
    file.write_text(text)
    wall.write_text(taken_up(wall))
    (told,) = tomllib.loads(file.read_text())["occasions"]
    assert told["question"] == question
    assert [step["name"] for step in tomllib.loads(wall.read_text())["steps"]] == [*steps, "contact"]
    problems = [str(remark) for remark in check(tmp_path / "project", ibis.duckdb.connect()) if remark.kind is Kind.PROBLEM]
    assert problems == []
    assert [one.name for one in read_folder(tmp_path / "project").journeys.steps] == [*steps, "contact"]


def test_every_key_of_journeys_and_occasions_has_a_word_in_what_is_laid_out(tmp_path: Path) -> None:
    init(tmp_path / "project")
    text = "".join((tmp_path / "project" / name).read_text() for name in ("journeys.toml", "sources/orders.toml"))
    spared = {"steps", "scenarios", "means", "event"}  # tables of their own; a known question has its words; event_at stands for event
    for table in ("journeys.toml", "[[steps]]", "[[scenarios]]", "[[occasions]]"):
        for key in keys_of(table):
            if key in spared:
                continue
            if key == "exposures":
                assert re.search(r"^# \[occasions.exposures\] +# \w", text, re.MULTILINE)
            else:
                assert key == "stage" or re.search(rf"^# {key} = .* +# \w", text, re.MULTILINE), key


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "charter.toml").write_text("# mine\n")
    init(tmp_path)
    assert (tmp_path / "charter.toml").read_text() == "# mine\n"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "charter.toml").write_text("# mine\n")

    with pytest.raises(ProjectError, match="a project here already"):
        init(tmp_path)
    assert (tmp_path / "charter.toml").read_text() == "# mine\n"


def test_a_missing_data_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        init(tmp_path / "project", from_file=tmp_path / "none.csv")
    assert not (tmp_path / "project").exists()


def guessed(tmp_path: Path, content: str) -> tuple[dict[str, str], str]:
    """What the first mapping of a file says of made, due and received, and its text."""
    file = tmp_path / "rows.csv"
    file.write_text(content, encoding="utf-8")
    init(tmp_path / "project", file)
    text = (tmp_path / "project" / "sources" / "rows.toml").read_text(encoding="utf-8")
    (promise,) = tomllib.loads(text)["promises"]
    return {key: promise[key].removeprefix("cast(").removesuffix(" as date)").strip('"') for key in ("made_at", "due", "received_at")}, text


def twelve(header: str, *days: int) -> str:
    """Twelve rows, a day after another; each column so many days after the first."""
    rows = (";".join([f"A{n}", *(f"{1 + n + day:02}.03.2024" for day in days)]) for n in range(12))
    return "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize(
    ("header", "days", "made", "due", "received"),
    [
        ("Nr;Zugesagt am;Liefern bis;Geliefert am", (0, 4, 5), "Zugesagt am", "Liefern bis", "Geliefert am"),
        ("Nr;Zugesagt am;Bestellt am;Geliefert am", (4, 0, 5), "Bestellt am", "Zugesagt am", "Geliefert am"),
        ("Nr;Entrega prometida;Data do pedido;Recebido em", (4, 0, 5), "Data do pedido", "Entrega prometida", "Recebido em"),
        ("Nr;Fecha de compra;Plazo;Fecha de entrega", (0, 4, 5), "Fecha de compra", "Plazo", "Fecha de entrega"),
        ("Nr;Date de livraison;Date limite;Date de commande", (5, 4, 0), "Date de commande", "Date limite", "Date de livraison"),
        ("Nr;Prometido em;Prazo;Entregue em", (0, 4, 5), "Prometido em", "Prazo", "Entregue em"),
        ("Nr;Promised;Wanted;Delivered", (4, 0, 5), "Wanted", "Promised", "Delivered"),
    ],
)
def test_made_and_due_are_told_apart_by_their_names_and_their_order(
    tmp_path: Path, header: str, days: tuple[int, ...], made: str, due: str, received: str
) -> None:
    found, text = guessed(tmp_path, twelve(header, *days))
    assert found == {"made_at": made, "due": due, "received_at": received}
    assert f"{TO_DECIDE} is " not in text


def test_where_the_rows_contradict_the_names_the_rows_decide_and_it_is_left_to_decide(tmp_path: Path) -> None:
    found, text = guessed(tmp_path, twelve("Nr;Due;Created;Delivered", 0, 4, 5))
    assert (found["made_at"], found["due"]) == ("Due", "Created")
    assert f"{TO_DECIDE} is Due when each was made, and Created when it was due?" in text


def test_where_the_rows_are_in_no_order_that_is_left_to_decide(tmp_path: Path) -> None:
    mixed = "Nr;Created;Due;Delivered\n" + "".join(f"A{n};{(3, 7)[n % 2]:02}.03.2024;05.03.2024;2{n % 10}.03.2024\n" for n in range(12))
    found, text = guessed(tmp_path, mixed)
    assert (found["made_at"], found["due"]) == ("Created", "Due")
    assert (
        f"{TO_DECIDE} is Created when each was made, and Due when it was due? Only 50% of the rows that have both are in this order."
        in text
    )
