"""Medians, ranges and paired ratios."""

import statistics


def median(values):
    return statistics.median(values)


def paired_ratios(values, peer_values):
    """One ratio a round; a peer value of zero has no ratio."""
    return [v / p for v, p in zip(values, peer_values) if p]


def with_range(values, digits=3):
    """'median (low..high)', or the bare value when there is one."""
    middle = number(median(values), digits)
    if len(values) == 1:
        return middle
    return f"{middle} ({number(min(values), digits)}..{number(max(values), digits)})"


def number(value, digits=3):
    """A number with thousands separators and about `digits` significant digits."""
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return f"{float(text):f}".rstrip("0").rstrip(".") if "e" in text else text
