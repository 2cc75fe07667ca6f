"""Makes the coefficients of the decision: `python -m bot.tuning [FOLDER]` writes `decision.toml`.

Each phrasing is judged by a classifier that has not seen it nor its neighbours (five folds, whole runs of lines), also with
a slip of the thumb and behind somebody else's background. The decision is then a logistic regression on what such
unseen lines look like; the threshold is where both kinds of error cost the same.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.decision import FILE, NAMES, confidence, load_decision
from bot.phrasings import Group
from bot.understanding import Index, build_index, judged, understand

FOLDS = 5
RUN = 4  # neighbouring lines go into the same fold: they are often variations of each other
_SEED = 7


@dataclass(frozen=True, slots=True)
class Line:
    """A phrasing and whether the articles answer it."""

    text: str
    covered: bool


def main(arguments: list[str]) -> int:
    """Writes the coefficients and says how the folds did."""
    from bot.knowledge import load

    folder = Path(arguments[0]) if arguments else Path("knowledge")
    kb = load(folder)
    rows, labels = [], []
    for index, lines in folds(kb.index):
        for line in [*lines, *_altered(lines)]:
            rows.append([values(index, line.text)[name] for name in NAMES])
            labels.append(line.covered)
    matrix, wanted = np.array(rows), np.array(labels)
    model = LogisticRegression(C=1.0, class_weight="balanced", fit_intercept=False, max_iter=500).fit(matrix, wanted)
    weights = dict(zip(NAMES, (round(float(w), 3) for w in model.coef_[0]), strict=True))
    text = "# How sure the assistant must be. Made by: python -m bot.tuning\nthreshold = 0.5\n\n[weights]\n"
    (folder / FILE).write_text(text + "".join(f"{name} = {value}\n" for name, value in weights.items()), encoding="utf-8")
    decision, _ = load_decision(folder)
    sure = np.array([confidence(decision, dict(zip(NAMES, row, strict=True))) for row in rows])
    answered, declined = float((sure[wanted] >= 0.5).mean()), float((sure[~wanted] < 0.5).mean())
    sys.stdout.write(f"{len(rows)} unseen lines: {answered:.3f} of the covered answered, {declined:.3f} of the others declined\n")
    return 0


def values(index: Index, text: str) -> dict[str, float]:
    """The decision's features of a message."""
    found = understand(index, text)
    return judged(index, found.terms, found.passages, found.groups)


def folds(index: Index) -> list[tuple[Index, list[Line]]]:
    """For each fold an index that was fitted without it, and its lines."""
    found = []
    for fold in range(FOLDS):
        kept, held = _without(index.groups, fold)
        found.append((build_index(index.passages, kept, index.lexicon, index.decision, None), held))
    return found


def _without(groups: tuple[Group, ...], fold: int) -> tuple[tuple[Group, ...], list[Line]]:
    kept: list[Group] = []
    held: list[Line] = []
    for group in groups:
        lines = {}
        for language, own in group.lines.items():
            out = [at for at in range(len(own)) if (at // RUN) % FOLDS == fold]
            lines[language] = tuple(text for at, text in enumerate(own) if at not in set(out))
            held.extend(Line(own[at], group.reply == "section") for at in out)
        kept.append(replace(group, lines=lines))
    return tuple(kept), held


def _altered(lines: list[Line]) -> list[Line]:
    """Some lines with two letters swapped, some behind another line's background."""
    dice = random.Random(_SEED)  # noqa: S311  (no secret: the same numbers at every run)
    altered = []
    for line in lines:
        if dice.random() < 0.3:
            altered.append(Line(_slip(line.text, dice), line.covered))
        if dice.random() < 0.25:
            told = dice.choice(lines).text.rstrip("?")
            altered.append(Line(f"{told}. {line.text}?", line.covered))
    return altered


def _slip(text: str, dice: random.Random) -> str:
    places = [i for i in range(1, len(text) - 2) if text[i : i + 2].isalpha()]
    if not places:
        return text
    at = dice.choice(places)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
