"""How much the net's leaning weighs against what the rules found.

Fitted on leanings of nets that saw nothing of the author, and only on authors on whose messages no rule was mended: to
their own lines both would seem surer than they are. An author is left out whole: lines of one hand resemble each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

from sklearn.linear_model import LogisticRegression

from bench.safety_fit import fit
from bench.safety_lines import EXAMPLES, MENDED, PHRASINGS, Line
from bot.safety import Rules, fires, signs_of, taken_back
from bot.safety_net import SIGNS, TIERS, Net, leaning
from bot.types import Tier

#: How many messages of each tier stand against each other where signs are weighed: about as where the project is measured.
SHARES: dict[Tier, float] = {"T0": 0.36, "T1": 0.43, "T2": 0.1, "T3": 0.11}
SURER: dict[Tier, float] = {"T1": -0.15, "T2": 0.0, "T3": -0.2}  # log-odds asked for beyond even ones
STANDS_FOR = 4
#: Whatever the fit says: a reviewed rule speaks clearly, what a context took back needs a surer net, and talk that the net
#: takes for a crisis is not raised on a guess.
BOUNDS = {
    "rule": (2.5, 9.0), "broad": (1.2, 9.0), "taken_back": (-9.0, -1.0),
    "self_harm": (-9.0, 0.9), "violence": (-9.0, 0.9), "overdose": (-9.0, 0.9),
}  # fmt: skip


def held_out(found: Sequence[Line], but: Collection[str] = ()) -> dict[str, tuple[Net, list[Line]]]:
    """For each author `but` some, a net that saw nothing of theirs, and their lines. Of the clinic's phrasings, which
    nobody is left out for, one stands for several."""
    written = [line for line in found if line.file not in (PHRASINGS, EXAMPLES)]
    plain = [line for line in found if line.file == PHRASINGS][::STANDS_FOR]
    given = [line for line in found if line.file == EXAMPLES] + [replace(p, weight=p.weight * STANDS_FOR) for p in plain]
    return {
        author: (
            fit([*given, *(line for line in written if line.hand != author)])[0],
            [line for line in written if line.hand == author],
        )
        for author in sorted({line.hand for line in written}.difference(but))
    }


def weighing(net: Net, weighs: Mapping[Tier, tuple[float, ...]]) -> Net:
    """The net with these weights of the signs."""
    own = copy(net)
    object.__setattr__(own, "weighs", weighs)
    return own


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of a line for each tier."""

    line: Line
    told: Mapping[Tier, tuple[float, ...]]


def signs_told(rules: Rules, nets: Mapping[str, tuple[Net, list[Line]]]) -> dict[str, list[Signs]]:
    """The signs of each author's lines."""
    return {author: [_signs(rules, net, line) for line in own] for author, (net, own) in nets.items()}


def _signs(rules: Rules, net: Net, line: Line) -> Signs:
    reading = line.reading
    lean, fired = leaning(net, reading.words, reading.told, reading.denied), fires(rules, reading)
    back = taken_back(rules, reading)
    return Signs(line, {tier: signs_of(lean, tier, fired, back) for tier in TIERS})


def weighed(told: Iterable[Signs]) -> dict[Tier, tuple[float, ...]]:
    """How much each sign speaks for each tier."""
    known = [one for one in told if one.line.hand not in MENDED]
    return {tier: _weighed(tier, known) for tier in TIERS}


def _weighed(tier: Tier, told: Sequence[Signs]) -> tuple[float, ...]:
    against: tuple[Tier, ...] = ("T0",) if tier == "T3" else ("T0", "T3")
    own = [one for one in told if one.line.tier == tier or (one.line.tier in against and tier not in one.line.accept)]
    many = Counter(one.line.tier for one in own)
    weights = [len(own) * SHARES[one.line.tier] / many[one.line.tier] for one in own]
    model = LogisticRegression(C=1.0, max_iter=1000)
    model.fit([one.told[tier][1:] for one in own], [one.line.tier == tier for one in own], sample_weight=weights)
    found = [float(model.intercept_[0]) - SURER[tier], *map(float, model.coef_[0])]
    bounds = (BOUNDS.get(sign, (-9.0, 9.0)) for sign in SIGNS)
    return tuple(round(min(max(value, low), high), 2) for value, (low, high) in zip(found, bounds, strict=True))
