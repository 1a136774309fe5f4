"""The numbers the pages print: what each answers, how it is had, how to read it, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """One number, explained on its own page."""

    slug: str
    name: str
    letter: str
    question: str
    formula: str
    reading: tuple[str, ...]
    source: str


NUMBERS: tuple[About, ...] = (
    About(
        "issue-free",
        "Issue-free people",
        "F",
        "Of the people who had a promise fall due, how many had every one of them kept?",
        "F = people with at least one due promise and none of them broken ÷ people with at least one due promise",
        (
            "Everyone counts once, however many promises they had, so nobody’s bad month is averaged away by other people’s good ones.",
            (
                "The more promises a person has, the harder it is to keep them all. Compare only periods of equal length, and look at"
                " promises per person."
            ),
            "Where a study names nobody, each subject (a request, an order, a flight) stands for a person, and the page says so.",
        ),
        "domain c5",
    ),
    About(
        "kept",
        "Kept promises",
        "K",
        "Of the promises that fell due, what share was kept?",
        "K = promises kept or exceeded ÷ promises in the due cohort",
        (
            (
                "A promise counts in the period in which it falls due, never in the one in which somebody closed it. What is overdue "
                "and open is broken."
            ),
            "The interval treats each person as one witness, however many promises they had: Wilson’s interval on the effective number.",
            "It is always printed with its coverage: promises nobody wrote down cannot be counted as kept.",
        ),
        "domain c5, c6",
    ),
    About(
        "integrity",
        "Integrity",
        "I",
        "How much of what was promised did people get, when nothing is made up for by doing more elsewhere?",
        "I = mean of min(1, received ÷ expected), weighted by the charter",
        (
            "1.00 means that every promise was met in full. A promise missed by little costs little, one missed by a lot costs a lot.",
            "Doing better than promised does not raise it: that is surplus, and stands beside it.",
        ),
        "domain c5",
    ),
    About(
        "received-to-expected",
        "Received : expected",
        "B",
        "Taken together, did people receive as much as they were led to expect?",
        "B = I + U, exactly",
        (
            (
                "The seed articles’ brand integrity ratio. 1.00 or more does not show that promises were kept: over-delivery to some "
                "can hide failure to others."
            ),
            "So read it only beside integrity and surplus.",
        ),
        "domain c5",
    ),
    About(
        "surplus",
        "Surplus",
        "U",
        "How much did people get beyond what was promised?",
        "U = mean of max(0, received ÷ expected − 1), each at most 1",
        ("Surplus is pleasant and costs money. It never pays for a broken promise.",),
        "domain c5",
    ),
    About(
        "weightings",
        "Three weightings",
        "",
        "Whose vote counts: each promise, each customer, or each promise by its value?",
        "per promise w; per customer w ÷ the sum of that customer’s w; per value w × value at stake",
        (
            "Per promise, someone with ninety promises has ninety votes. Per customer, everyone has one, shared among their promises.",
            "Per value, dear promises weigh more. Promises without a value on record have no vote there, and n says how many have one.",
            "Received : expected is integrity + surplus in each of them. The issue-free share counts heads and has no weights.",
        ),
        "domain c5",
    ),
    About(
        "campaigns",
        "Campaigns",
        "",
        "Of those told “up to” or “from”, did as many get it as were to?",
        "share = buyers who got the level ÷ buyers whose promise fell due; the claim holds where it reaches the declared share",
        (
            "Such a promise is one to a share of its buyers, half of them where the charter declares nothing else. It stays out of K.",
            "The interval takes each buyer as one witness.",
        ),
        "domain c3",
    ),
    About(
        "bunching",
        "Just inside the limit",
        "",
        "Do more receipts lie just inside the limit than their neighbours let expect?",
        "excess = receipts in the two bins just inside − what a smooth curve through the other bins says of them",
        (
            "Too many say that something happens at the limit: the clock is managed, perhaps, or people hurry for it. It is no proof.",
            "Only promises on a clock are looked at. The limit is where the tolerance a customer can see ends.",
            "The interval draws the counts anew and fits the curve again; where the curve fits the other bins badly it is wider.",
        ),
        "domain c6, attack 9",
    ),
    About(
        "measures",
        "Measures",
        "",
        "Does a local target harm customers?",
        "made worse = share that saw an outcome under the target − the share those cases would have had without it",
        (
            "Cases without the target say how those under it would have fared: the same units before, and other units in the same months.",
            "Had the target begun earlier it ought to show nothing; where it shows as much, nothing is told.",
            "Harmful: limits of a harm lie above 0 and no gain shows. Neutral: all limits lie within what matters. Else unknown.",
            "A closed matter takes 1 ÷ (1 − share that come again) contacts. The company may save while the customer pays.",
        ),
        "domain e8",
    ),
    About(
        "ranges",
        "Windows and ranges",
        "",
        "Were ranges honest, or only wide?",
        "interval score = width + 20 × what was missed below or above the range (2 ÷ the tenth that may fall outside)",
        (
            "Less is better. A wider range with the same hits scores worse, and so does a narrow one that is often missed.",
            "It has the promise’s own unit. Read it beside the score of another period or area, never alone.",
        ),
        "domain c6, attack 12",
    ),
    About(
        "fixed-basket",
        "The fixed basket",
        "",
        "What would the kept rate be, had the mix of promises stayed as it was?",
        "sum over kinds of promise of (share among the base month’s promises × kept rate now)",
        (
            "Promising a thousand things that are sure to be kept lifts K. It does not lift the basket, which has no place for them.",
            "Kinds no longer promised have no rate; the page says how much of the basket is left.",
            "The base is the first month that the record covers whole.",
        ),
        "domain c6, attack 1",
    ),
    About(
        "coverage",
        "Coverage of the ledger",
        "",
        "Of the events that bear a promise, how many have one on record?",
        "coverage = promises recorded ÷ promise-bearing events (orders, requests, quotes)",
        (
            "Below 90% the numbers are read with care: whoever records only the promises that are easy to keep looks better than they are.",
            "It is known by promise name. It is a count, not a sample, so it has no interval.",
        ),
        "domain c6, attack 8",
    ),
    About(
        "break-account",
        "The break account",
        "",
        "Whose are the broken promises?",
        "broken = allowance + expectation-setting + standard + delivery (+ not decomposed), exactly",
        (
            "Allowance: what the keep target of the charter accepts. Both officers set it.",
            (
                "Expectation-setting: the promise went beyond both the agreement and the record. The officer of the area that made "
                "the promise owns it. Below zero, slower promises bought off breaks."
            ),
            (
                "Standard: the agreement asks more than the record shows can be done. The operating area owns it, with both officers "
                "as sponsors."
            ),
            (
                "Delivery: this time it went worse (or, below zero, better) than the record predicted. The area that has to keep the "
                "promise owns it."
            ),
            (
                "Intervals draw the record anew, unit by unit and week by week, and judge the promises again. Where fewer than ten such "
                "clusters were drawn of a slice there is no interval, and the page says so."
            ),
            "It is accounting, not causation: it says that a promise went beyond the record, not what another promise would have led to.",
            (
                "The diamond and the second figure of each part are the promise-aware reading: they differ where the promise itself "
                "carried knowledge the record lacks. The truth lies between the two."
            ),
        ),
        "domain d5, d7, d8",
    ),
    About(
        "promise-skill",
        "Promise skill",
        "",
        "Were the promises better informed than the record?",
        "skill = 1 − loss of the promises ÷ loss of the record’s own quantile (pinball loss at the keep target)",
        (
            "0 is as good as demonstrated capability; above 0 the promise used real knowledge; below 0 it was padded or rash.",
            "Always read expectation-setting with it.",
            "Its interval takes promises of one unit and week as one witness.",
        ),
        "domain c6",
    ),
    About(
        "at-risk",
        "Expected to break",
        "",
        "Of the promises still open, how many will break unless something changes?",
        "sum over open promises of P(break | still open) = (1 − F(time promised)) ÷ (1 − F(time waited)), F from the record",
        (
            (
                "The interval holds the number that breaks if the record goes on as it was: chance, and promises of one unit and week "
                "(or of one week) breaking together as far as they have so far."
            ),
            "A unit that changes its ways is outside it. That is what the number is for: to know before the customer tells.",
            "Promises whose context has no record yet have no chance. They are counted, and stay out of the sum.",
        ),
        "domain c5",
    ),
    About(
        "chasm",
        "Execution chasm",
        "",
        "Of what is at risk, how much lies beyond what whoever leads may decide?",
        "1 − Σ money × area share × (decision right × money × hours) ÷ Σ money, over issues and areas",
        (
            "Authority comes from grants alone: a title, or a place in the reporting lines, is in no number.",
            "What no area is named for is covered by nobody, so finding root causes narrows every chasm.",
            "0% is not the target: accountability wider than control is often intended.",
        ),
        "domain e7",
    ),
    About(
        "reach",
        "Reach and clout",
        "",
        "How much gets done, with authority or without?",
        "the chasm’s complement, with the larger of authority and clout in each area; clout = (kept + 2 m) ÷ (settled + 2)",
        (
            "Clout counts asks that were accepted and delivered by the committed day; m is that rate over all areas.",
            "An area nothing was asked of is unknown, and not 0: reach counts the grants alone there.",
        ),
        "domain e7",
    ),
    About(
        "calibration",
        "Calibration gate",
        "",
        "May the break account be believed?",
        "predicted breaks against observed breaks, and the spread of the record’s predictions against even",
        ("Where the record does not predict breaks well, the account says so in a banner before it shows a part.",),
        "domain d4",
    ),
    About(
        "row-accounting",
        "Row accounting",
        "",
        "What became of every row that was read?",
        "rows read = rows used + rows set aside, for every mapping of every source",
        ("Nothing is dropped in silence: each row set aside is kept with its file, line, column, value and reason.",),
        "domain b, integrity rules",
    ),
)

BY_SLUG = {number.slug: number for number in NUMBERS}
