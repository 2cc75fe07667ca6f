"""Makes the coefficients of the decision: `python -m bot.tuning [FOLDER]` writes `decision.toml`.

Each phrasing is judged by a classifier that has not seen it nor its neighbours (folds of whole runs of lines), also with a
slip of the thumb and behind somebody else's background. The decision is then a logistic regression on what such unseen
lines look like; the threshold is where the errors, weighed by what they cost a visitor, are fewest. What finds a section
that nobody has written phrasings for is weighed in the same way: the phrasings of each section are left out in turn.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bot.classifier import logits
from bot.decision import FILE, NAMES
from bot.knowledge import load
from bot.learning import learn
from bot.lexicon import Lexicon
from bot.likeness import likeness
from bot.phrasings import Group
from bot.slots import filled
from bot.terms import analyse
from bot.types import Language
from bot.understanding import Index, build_index, understand

FOLDS = 5
BESIDE = 1.4  # an answer beside the point costs more than a "not covered" too many
RUN = 4  # neighbouring lines go into the same fold: they are often variations of each other
CAUTION = 0.12  # weight of all lines that an unphrased section should take against all that it should leave to others
_SEED = 7


@dataclass(frozen=True, slots=True)
class Line:
    """A phrasing, its group, and whether the articles answer it."""

    text: str
    group: str
    covered: bool


def main(arguments: list[str]) -> int:
    """Writes the coefficients and says how the folds did."""
    folder = Path(arguments[0]) if arguments else Path("knowledge")
    index = load(folder).index
    cold = _cold_weights(index)
    rows, wanted = _decision_rows(index)
    model = LogisticRegression(C=1.0, class_weight="balanced", fit_intercept=False, max_iter=500).fit(rows, wanted)
    weights = dict(zip(NAMES, (round(float(w), 3) for w in model.coef_[0]), strict=True))
    sure = model.predict_proba(rows)[:, 1]
    threshold = min(np.arange(0.3, 0.9, 0.01), key=lambda at: (sure[wanted] < at).mean() + BESIDE * (sure[~wanted] >= at).mean())
    (folder / FILE).write_text(
        f"# How sure the assistant must be. Made by: python -m bot.tuning\nthreshold = {threshold:.2f}\n\n"
        "# A section without phrasings: constant; nearest question form, nearest sentence, share of the subject that it names\n"
        f"cold = {cold}\n\n[weights]\n" + "".join(f"{name} = {value}\n" for name, value in weights.items()),
        encoding="utf-8",
    )
    answered, declined = float((sure[wanted] >= threshold).mean()), float((sure[~wanted] < threshold).mean())
    sys.stdout.write(f"{len(rows)} unseen lines: {answered:.3f} of the covered answered, {declined:.3f} of the others declined\n")
    return 0


def _decision_rows(index: Index) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    rows, wanted = [], []
    for fold in range(FOLDS):
        kept, held = _without(index.groups, fold, index.learned.lexicon)
        known, strange = _halved(index.learned.lexicon.background, fold)
        part = _rebuilt(index, kept, known)
        held.extend(Line(text, "", False) for text in strange)
        for line in [*held, *_altered(held)]:
            found = understand(part, line.text)
            rows.append([found.features[name] for name in NAMES])
            wanted.append(line.covered)
    return np.array(rows), np.array(wanted)


def _cold_weights(index: Index) -> list[float]:
    """The weights of `bot.likeness`, such that an unphrased section takes its share of the softmax and no more: a logistic
    regression beside the log of the sum of all other scores, divided by that sum's own coefficient."""
    rows, mine = [], []
    for at, passage in enumerate(index.passages):
        section = (passage.article, passage.heading)
        own = [line for g in index.groups if (g.article, g.heading) == section for ls in g.lines.values() for line in ls][::3]
        kept, held = _without(tuple(g for g in index.groups if (g.article, g.heading) != section), 0, index.learned.lexicon)
        part = _rebuilt(index, kept, index.learned.lexicon.background)
        for text in [*own, *(line.text for line in held)]:
            terms = analyse(text, part.vocabulary, part.lexicon)
            scores = logits(part.learned.model, terms).astype(np.float64)
            rows.append([*likeness(part.views, terms, part.lexicon)[:, at], np.logaddexp.reduce(scores)])
        mine.extend([True] * len(own) + [False] * len(held))
    label = np.array(mine)
    weight = np.where(label, CAUTION * (~label).sum() / label.sum(), 1.0)
    model = LogisticRegression(C=10, max_iter=2000).fit(np.array(rows), label, sample_weight=weight)
    scale = -float(model.coef_[0][-1])
    return [round(float(v) / scale, 2) for v in (model.intercept_[0], *model.coef_[0][:-1])]


def _rebuilt(index: Index, groups: tuple[Group, ...], background: tuple[str, ...]) -> Index:
    lexicon = replace(index.learned.lexicon, background=background)
    return build_index(index.passages, learn(groups, lexicon, None), index.decision, None)


def _halved(lines: tuple[str, ...], fold: int) -> tuple[tuple[str, ...], list[str]]:
    """The lines that stay and those that are held out of a fold."""
    out = {at for at in range(len(lines)) if (at // RUN) % FOLDS == fold}
    return tuple(text for at, text in enumerate(lines) if at not in out), [lines[at] for at in sorted(out)]


def _without(groups: tuple[Group, ...], fold: int, lexicon: Lexicon) -> tuple[tuple[Group, ...], list[Line]]:
    kept: list[Group] = []
    held: list[Line] = []
    for group in groups:
        lines: dict[Language, tuple[str, ...]] = {}
        for language, own in group.lines.items():
            lines[language], out = _halved(own, fold)
            held.extend(Line(text, group.id, group.reply == "section") for text in out)
        patterns: dict[Language, tuple[str, ...]] = {}
        for language, own in group.patterns.items():
            patterns[language], out = _halved(own, fold)
            held.extend(Line(text, group.id, False) for pattern in out for text in filled(pattern, lexicon))
        kept.append(replace(group, lines=lines, patterns=patterns))
    return tuple(kept), held


def _altered(lines: list[Line]) -> list[Line]:
    """Some lines with two letters swapped, some behind another line's background."""
    dice = random.Random(_SEED)  # noqa: S311  (no secret: the same numbers at every run)
    altered = []
    for line in lines:
        if dice.random() < 0.3:
            altered.append(replace(line, text=_slip(line.text, dice)))
        if dice.random() < 0.25:
            told = dice.choice(lines).text.rstrip("?")
            altered.append(replace(line, text=f"{told}. {line.text}?"))
    return altered


def _slip(text: str, dice: random.Random) -> str:
    places = [i for i in range(1, len(text) - 2) if text[i : i + 2].isalpha()]
    if not places:
        return text
    at = dice.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
