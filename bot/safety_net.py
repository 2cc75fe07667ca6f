"""A second net behind the rules: a small linear model over words, pairs of words and concepts. It may only raise.

Its weights stand in net.toml, one line a feature, made by `python -m bench.safety_net` from labelled messages. Without the
file triage works as before. It is asked only where no rule fires, and never against a context that took a sign back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bot.files import read_toml
from bot.safety_text import MARKS
from bot.text import stem
from bot.types import Problem, Tier, Verdict

FILE = "net.toml"
_TODAY = "urgent"  #: the class whose tier is T2; all others but "none" are T1


@dataclass(frozen=True, slots=True)
class Net:
    """Weights against the class "none"; the classes are names of fixed messages."""

    classes: tuple[str, ...] = ()
    start: tuple[float, ...] = ()
    weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    emergency: float = 1.0  #: probability of all emergencies together from which the net raises to T1
    today: float = 1.0  #: probability of anything to be seen, from which it raises to T2


def load_net(folder: Path) -> tuple[Net, tuple[Problem, ...]]:
    """The net of the folder; an empty one, which never raises, if there is no file or it is broken."""
    if not (folder / FILE).exists():
        return Net(), ()
    data = read_toml(folder / FILE, folder)
    if isinstance(data, Problem):
        return Net(), (data,)
    try:
        classes, start = tuple(map(str, data["classes"])), tuple(map(float, data["start"]))
        weights = {str(name): tuple(map(float, own)) for name, own in data["weights"].items()}
        if any(len(own) != len(classes) for own in (start, *weights.values())):
            raise ValueError("a line has too few or too many numbers")
        return Net(classes, start, weights, float(data["emergency"]), float(data["today"])), ()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        todo = "Make it again with python -m bench.safety_net; until then only the rules are used."
        return Net(), (Problem(f"safety/{FILE}", 0, f"The second net is not understood ({error}).", todo),)


def features(words: Sequence[str], concepts: Iterable[str]) -> list[str]:
    """What the net looks at: stems, pairs of neighbours, and concepts that no context takes back."""
    stems = [stem(word) for word in words if word not in MARKS]
    return [*stems, *(f"{a} {b}" for a, b in pairwise(stems)), *(f"#{name}" for name in concepts)]


def raised(net: Net, words: Sequence[str], concepts: Iterable[str]) -> Verdict:
    """T1 or T2 if the net is sure enough, else T0."""
    if not net.classes:
        return Verdict("T0")
    sums = list(net.start)
    for name in set(features(words, concepts)):
        for at, weight in enumerate(net.weights.get(name, ())):
            sums[at] += weight
    powers = [math.exp(min(value, 50.0)) for value in sums]
    shares = {name: power / (1 + sum(powers)) for name, power in zip(net.classes, powers, strict=True)}
    emergency = sum(share for name, share in shares.items() if name != _TODAY)
    if emergency >= net.emergency:
        likeliest = max((name for name in shares if name != _TODAY), key=lambda name: shares[name])
        return _verdict("T1", likeliest)
    return _verdict("T2", _TODAY) if emergency + shares.get(_TODAY, 0.0) >= net.today else Verdict("T0")


def _verdict(tier: Tier, message: str) -> Verdict:
    return Verdict(tier, "net", "net", message)
