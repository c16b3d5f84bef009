"""Rows of the result table and the judgement on them."""

import dataclasses

from stats import median, number, paired_ratios, with_range

GANTRY = "gantry"


@dataclasses.dataclass
class Check:
    """A target. `peer` None: the bound is absolute; else it bounds gantry divided by the peer,
    round by round. `at_least`: whether more is better."""

    bound: float
    at_least: bool
    peer: str | None = None

    def target(self, unit):
        sign = "≥" if self.at_least else "≤"
        if self.peer is None:
            return f"{sign} {number(self.bound)} {unit}"
        return f"{sign} {number(self.bound)} × {self.peer}"

    def judge(self, row):
        """(ratio for the table or None, whether the target is met)."""
        values = row.values[GANTRY]
        if self.peer is None:
            measured = [median(values)]
        else:
            measured = paired_ratios(values, row.values[self.peer])
            if not measured:
                return "peer is zero", False
        middle = median(measured)
        met = middle >= self.bound if self.at_least else middle <= self.bound
        return (with_range(measured) if self.peer else None), met


def at_least(bound, peer=None):
    return Check(bound, True, peer)


def at_most(bound, peer=None):
    return Check(bound, False, peer)


@dataclasses.dataclass
class Row:
    """One line: `values` maps a server's name to one figure a round; no checks: shown only."""

    what: str
    unit: str
    values: dict
    checks: list = dataclasses.field(default_factory=list)
    note: str = ""
    failure: str = ""  # why it could not be measured

    def verdict(self):
        if self.failure:
            return "NOT MEASURED"
        if GANTRY not in self.values:
            return "peers only"
        if not self.checks:
            return "–"
        return "pass" if all(check.judge(self)[1] for check in self.checks) else "FALLS SHORT"

    def good(self):
        return self.verdict() not in ("NOT MEASURED", "FALLS SHORT")

    def cells(self):
        """what, gantry, peers, ratio, target, verdict."""
        if self.failure:
            return [self.what, self.failure, "", "", "", self.verdict()]
        own = self.values.get(GANTRY)
        peers = [f"{name} {with_range(figures)}" for name, figures in self.values.items()
                 if name != GANTRY]
        ratios = []
        if own:
            for check in self.checks:
                ratio = check.judge(self)[0]
                if ratio:
                    ratios.append(f"{ratio} × {check.peer}")
        return [self.what, f"{with_range(own)} {self.unit}" if own else "not run",
                "; ".join(peers) + (f" {self.unit}" if peers else ""), "; ".join(ratios),
                "; ".join(check.target(self.unit) for check in self.checks), self.verdict()]


HEADINGS = ["what", GANTRY, "peers", "ratio", "target", "verdict"]


def text_table(rows):
    """One block a row: readable at any width of the terminal."""
    lines = []
    for row in rows:
        what, own, peers, ratio, target, verdict = row.cells()
        lines.append(f"{verdict:<12} {what}")
        lines.append(f"{'':13}gantry  {own}")
        for label, value in (("peers", peers), ("ratio", ratio), ("target", target),
                             ("note", row.note)):
            if value:
                lines.append(f"{'':13}{label:<7} {value}")
    return "\n".join(lines)


def markdown_table(rows):
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    for row in rows:
        cells = row.cells()
        if row.note:
            cells[0] += f" ({row.note})"
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)
