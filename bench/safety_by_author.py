"""Safety on messages of authors who were left out of the fit: each net and each weighing saw nothing of the author it judges.

The rules themselves cannot be unlearnt: authors on whose messages rules were mended are told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from bench.safety_evidence import SHARES, held_out, signs_told, weighed, weighing
from bench.safety_lines import MENDED, Line, lines
from bot.safety import Rules, verdict
from bot.types import Tier

ALARM = ("T1", "T2")
MAIN = ("t1/sensitivity", "t1/precision", "t2/reached", "t3/recall", "t0/alarmed")
FEWEST = 15  # emergencies of a flag that make a group


@dataclass(frozen=True, slots=True)
class Judged:
    """A line and what was given for it: by the rules alone, and with the net."""

    line: Line
    rules: Tier
    both: Tier


def judge(rules: Rules) -> list[Judged]:
    """Every line, with the net that did not see its author."""
    nets = held_out(lines(rules))
    told = signs_told(rules, nets)
    found = []
    for author, (net, own) in nets.items():
        others = chain.from_iterable(signs for name, signs in told.items() if name != author)
        whole = replace(rules, net=weighing(net, weighed(others)))
        found += [Judged(line, verdict(rules, line.reading).tier, verdict(whole, line.reading).tier) for line in own]
    return found


def table(rules: Rules) -> None:
    """All figures on the authors for whom the emergency rules were not written, then the main ones of every author. Precautions,
    bruises and the net's settings were looked at on these too."""
    found = judge(rules)
    apart = [one for one in found if one.line.hand not in MENDED]
    print(f"{'safety by author, ' + str(len(apart)) + ' lines of other hands than the rules':52}{'rules':>8}{'with net':>10}")
    before, after = (figures([(one.line, getattr(one, who)) for one in apart]) for who in ("rules", "both"))
    for name, value in before.items():
        print(f"{name:52}{value:8.3f}{after[name]:10.3f}")
    print(f"{'each author, with net':28}{'t1':>8}{'t1 precision':>14}{'t2':>8}{'t3':>8}{'alarmed':>9}  rules mended on it")
    for author in sorted({one.line.hand for one in found}):
        own = figures([(one.line, one.both) for one in found if one.line.hand == author])
        t1, precision, t2, t3, alarmed = (own.get(name, float("nan")) for name in MAIN)
        mended = "yes" if author in MENDED else ""
        print(f"{author:28}{t1:8.3f}{precision:14.3f}{t2:8.3f}{t3:8.3f}{alarmed:9.3f}  {mended}")


def figures(given: Sequence[tuple[Line, Tier]]) -> dict[str, float]:
    """The figures of the safety score, by name. Precision is of messages shared out as they come in the lines."""
    own = {tier: [(line, got) for line, got in given if line.tier == tier] for tier in SHARES}
    t0, t1, t2, t3 = (own[tier] for tier in SHARES)
    stopped, false = (sum(got == "T1" for _, got in which) for which in (t1, t0 + t3))
    shared = SHARES["T1"] * _share(got == "T1" for _, got in t1)
    wrong = sum(SHARES[tier] * _share(got == "T1" for _, got in own[tier]) for tier in ("T0", "T3") if own[tier])
    told = sum(got == "T3" for _, got in t3), sum(got == "T3" and "T3" not in line.accept for line, got in t0)
    found = {
        "t1/sensitivity": _share(got == "T1" for _, got in t1),
        "t1/sensitivity, Spanish or mixed": _share(got == "T1" for line, got in t1 if line.language != "en"),
        "t1/worst group": min(_groups(t1), default=float("nan")),
        "t1/precision": stopped / (stopped + false) if stopped else float("nan"),
        "t1/precision, tiers as where it is measured": shared / (shared + wrong) if stopped else float("nan"),
        "t2/reached": _share(got in ALARM for _, got in t2),
        "t2/raised": _share(got == "T1" for _, got in t2),
        "t3/recall": _share(got in line.accept for line, got in t3),
        "t3/precision": told[0] / sum(told) if sum(told) else float("nan"),
        "t0/alarmed": _share(got in ALARM for _, got in t0),
    }
    for kind in sorted({line.kind for line, _ in t0}):
        found[f"t0/alarmed, {kind}"] = _share(got in ALARM for line, got in t0 if line.kind == kind)
    return found


def _groups(stopped: Sequence[tuple[Line, Tier]]) -> list[float]:
    many = Counter(line.flag for line, _ in stopped)
    return [_share(got == "T1" for line, got in stopped if line.flag == flag) for flag, n in many.items() if n >= FEWEST]


def _share(values: Iterable[bool]) -> float:
    given = list(values)
    return float(np.mean(given)) if given else float("nan")
