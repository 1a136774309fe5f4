"""One command: ``make bench``, or ``python -m benchmarks``.

    python -m benchmarks                          all of scale at 1 and 10 million promises, peer, page and shop
    python -m benchmarks scale --sizes 1 10 100   floor, ledger and account, and the whole study at these millions
    python -m benchmarks peer                     ours and the peer, and whether their numbers are equal
    python -m benchmarks page                     from ``troth run`` on the flights to the first served page
    python -m benchmarks readers --sizes 10       twenty readers of a served study of these millions; --database adds PostgreSQL
    python -m benchmarks journeys --sizes 10      journeys of these millions of interactions; --pm4py PYTHON runs PM4Py beside them
    python -m benchmarks shop                     the made shop: made, studied, and its planted causes looked for
    python -m benchmarks attribute                marketing or service: planted shares recovered, beside what is done without us
    python -m benchmarks themes --banking77 DIR   themes and emerging themes against their peers, on test.csv and train.csv of Banking77
    python -m benchmarks locate                   where: our scan and Adtributor on made cubes, 200 with a cause and 200 without
    python -m benchmarks effect                   troth.effect on made data whose truth is known; DoubleML with --peer-python
    python -m benchmarks guard                    troth.guard on targets that hurt, help or do nothing, and on made shops
    python -m benchmarks split                    troth.split_change on months whose parts are known; DoWhy with --peer-python

Each thing is measured as a process of its own. Made orders stand in ``--folder`` and are removed afterwards unless ``--keep``.
The exit code is 1 where a target is missed or the peer's numbers differ.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks import report, shop
from benchmarks.journeys.run import main as journeys
from benchmarks.measure import run
from benchmarks.numbers import differences
from troth.engine.worlds.orders import Weeks, orders

MILLION = 1_000_000
WEEKS = 104
AS_OF = str(Weeks(WEEKS).last_day)
FLOOR_RUNS = 3
PAGE_SECONDS = 15.0
WHATS = ("scale", "peer", "page", "shop", "readers", "journeys", "locate", "attribute", "effect", "split", "themes", "guard")
"""What may be asked for by itself; the first four are all that ``all`` does."""


def main() -> int:
    """Measure what was asked for and print it."""
    asked = arguments()
    if asked.what == "journeys":
        return journeys(asked.folder, sorted(asked.sizes), asked.pm4py, keep=asked.keep)
    if asked.what in {"effect", "split", "guard"}:
        return against_truth(asked)
    asked.folder.mkdir(parents=True, exist_ok=True)
    rows: list[report.Row] = []
    unequal: list[str] = []
    targets: list[report.Target] = []
    alone = {"attribute": lambda: attribute(asked.worlds, asked.visits), "readers": lambda: readers(asked)}
    if asked.what in alone:
        return alone[asked.what]()
    if asked.what in {"all", "scale"}:
        for millions in sorted(asked.sizes):
            rows += scale(made(asked.folder, millions), millions)
            clear(asked.folder, millions, keep=asked.keep or (asked.what == "all" and millions == 1))
    if asked.what in {"all", "peer"}:
        measured, unequal = peer(made(asked.folder, 1), asked.peer_draws)
        rows += measured
        clear(asked.folder, 1, keep=asked.keep)
    if asked.what == "locate":
        from benchmarks.locate.compare import locate

        targets += locate(asked.cubes)
    if asked.what in {"all", "page"}:
        targets.append(page(asked.folder / "flights"))
    if asked.what in {"all", "shop"}:
        targets += shop.targets(asked.folder / "shop")
    targets = [*report.targets(rows, asked.peer_draws), *targets]
    if asked.what == "themes":
        from benchmarks.themes import measure

        targets += measure(asked.banking77, asked.cache, asked.streams)
    print(*([report.table(rows)] if rows else []), report.verdicts(targets), *unequal, sep="\n\n")
    if asked.json:
        document = {"rows": [asdict(row) for row in rows], "targets": [{**asdict(each), "met": each.met} for each in targets]}
        asked.json.write_text(json.dumps({**document, "differences": unequal}, indent=2) + "\n", encoding="utf-8")
    return 0 if all(each.met for each in targets) and not unequal else 1


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("all", *WHATS), default="all")
    parser.add_argument("--sizes", nargs="+", type=int, default=[1, 10], metavar="MILLIONS", help="sizes in millions of promises")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "troth-benchmarks", help="where made orders stand (100 million: 3 GB)"
    )
    parser.add_argument("--keep", action="store_true", help="leave the made orders, for the next run")
    parser.add_argument("--peer-draws", type=int, default=2, help="bootstrap draws the peer is timed with (ours always makes 50)")
    parser.add_argument("--pm4py", metavar="PYTHON", help="an interpreter that has PM4Py, for the journeys")
    parser.add_argument("--worlds", type=int, default=500, help="attribute: worlds of planted shares")
    parser.add_argument("--visits", type=int, default=6_000, help="attribute: visits in each")
    parser.add_argument("--banking77", type=Path, default=Path("banking77"), help="folder with test.csv and train.csv (CC-BY-4.0)")
    parser.add_argument("--cache", type=Path, help="where sentence vectors are kept between runs")
    parser.add_argument("--streams", type=int, default=10, help="streams of weeks with an emerging theme")
    parser.add_argument("--cubes", type=int, default=200, help="cubes of orders with a cause, and as many without (locate)")
    parser.add_argument("--replications", type=int, default=200, help="made worlds of each design (effect, split, guard)")
    parser.add_argument("--shops", type=int, default=20, help="made shops whose targets are judged (guard)")
    parser.add_argument("--peer-python", type=Path, help="interpreter that has the peer: DoubleML (effect), DoWhy (split)")
    parser.add_argument("--project", type=Path, help="readers: a project that has a study, in place of made orders")
    parser.add_argument("--database", help="readers: postgresql://... of an empty database, read beside SQLite")
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    return parser.parse_args()


def place(folder: Path, millions: int) -> Path:
    """The project folder of one size."""
    return folder / f"orders_{millions}m"


def made(folder: Path, millions: int) -> Path:
    """The project of one size, made unless it is there: ``truth.json`` is written last."""
    project = place(folder, millions)
    if not (project / "truth.json").is_file():
        print(f"making {millions} million orders", file=sys.stderr)
        orders(project, millions * MILLION, weeks=WEEKS)
    return project


def clear(folder: Path, millions: int, *, keep: bool) -> None:
    """Remove the studies of one size, and its orders unless they are kept."""
    project = place(folder, millions)
    shutil.rmtree(project / ".troth" if keep else project, ignore_errors=True)


def scale(project: Path, millions: int) -> list[report.Row]:
    """Floor, ours and the whole study at one size. The floor is the best of three runs; the first one also fills the cache of files."""
    size = millions * MILLION
    print(f"floor at {millions} million", file=sys.stderr)
    floors = [run(sys.executable, "-m", "benchmarks.floor", project) for _ in range(FLOOR_RUNS)]
    print(f"ledger and account at {millions} million", file=sys.stderr)
    with out_beside(project) as out:
        ours = run(sys.executable, "-m", "benchmarks.ours", project, AS_OF, out)
    print(f"the whole study at {millions} million", file=sys.stderr)
    shutil.rmtree(project / ".troth", ignore_errors=True)
    study = run(Path(sys.executable).with_name("troth"), "run", project, "--as-of", AS_OF)
    return [
        report.Row(
            "floor",
            size,
            min(float(floor.output) for floor in floors),
            min(floor.cpu for floor in floors),
            max(floor.peak for floor in floors),
        ),
        report.Row("ours", size, ours.seconds, ours.cpu, ours.peak),
        report.Row("study", size, study.seconds, study.cpu, study.peak),
    ]


def peer(project: Path, draws: int) -> tuple[list[report.Row], list[str]]:
    """Ours and the peer at a million, and where their numbers differ. Both write the ledger and print integrity and account.

    :param draws: bootstrap draws the peer is timed with, beside a run without any. Ours always makes all of its own, which the peer would
        take many minutes for; so what they would take it is reckoned from these.
    """
    print("ours, then the peer, at 1 million", file=sys.stderr)
    with out_beside(project) as out:
        ours = run(sys.executable, "-m", "benchmarks.ours", project, AS_OF, out, "ask")
        theirs, drawn = (run(sys.executable, "-m", "benchmarks.peer", project, AS_OF, out / "peer.parquet", str(n)) for n in (0, draws))
    rows = [
        report.Row("as peer", MILLION, ours.seconds, ours.cpu, ours.peak),
        report.Row("peer", MILLION, theirs.seconds, theirs.cpu, theirs.peak),
        report.Row(report.DREW, MILLION, drawn.seconds, drawn.cpu, drawn.peak),
    ]
    return rows, differences(last_line(ours.output), last_line(theirs.output))


@contextmanager
def out_beside(project: Path) -> Iterator[Path]:
    """A folder for tables on the disk the orders are on, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=project.parent) as folder:
        yield Path(folder)


def last_line(output: str) -> dict[str, dict[str, object]]:
    """The numbers a process printed last."""
    numbers: dict[str, dict[str, object]] = json.loads(output.strip().splitlines()[-1])
    return numbers


def attribute(worlds: int, visits: int) -> int:
    """Planted shares of marketing and service, ours and the peers'. Exits as the rest."""
    from benchmarks.attribute import run as recover

    told, targets = recover(worlds, visits)
    print(told, report.verdicts(targets), sep="\n\n")
    return 0 if all(each.met for each in targets) else 1


def against_truth(asked: argparse.Namespace) -> int:
    """What :func:`troth.effect`, :func:`troth.split_change` or :func:`troth.guard` finds of what is known to be true."""
    from benchmarks import effect, guard, split

    if asked.what == "guard":
        reached = guard.guard(asked.replications, asked.shops, asked.folder)
    else:
        reached = (effect if asked.what == "effect" else split).measure(asked.replications, asked.peer_python)
    print("", report.verdicts(reached), sep="\n")
    return 0 if all(each.met for each in reached) else 1


def studied(project: Path) -> Path:
    """The project, with a study."""
    run(Path(sys.executable).with_name("troth"), "run", project, "--as-of", AS_OF)
    return project


def readers(asked: argparse.Namespace) -> int:
    """Twenty readers at once, on SQLite and, where one is named, on PostgreSQL. Exits as the rest."""
    from benchmarks.readers import measure

    project = asked.project or studied(made(asked.folder, max(asked.sizes)))
    databases = {"SQLite": "", **({"PostgreSQL": asked.database} if asked.database else {})}
    reached = [target for name, url in databases.items() for target in measure(project, url, name)]
    print(report.verdicts(reached))
    return 0 if all(each.met for each in reached) else 1


def page(folder: Path) -> report.Target:
    """The first page of the flights, in a folder of its own."""
    from benchmarks.page import first_page

    print("the first page", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    study, seconds = first_page(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return report.Target(f"from troth run to the first page (the study took {study:.1f} s of it)", seconds, PAGE_SECONDS, " s")


if __name__ == "__main__":
    sys.exit(main())
