"""Fitting, in a short-lived child process: scikit-learn in, plain arrays out.

Importing scikit-learn costs some 170 MB and most of a second, and a fit would stall every visitor. So the serving process
never imports it: it hands the lines over on standard input and reads arrays back from a file. The file is kept under the
digest of what went in, so that an unchanged folder starts at once; it holds numbers and text only (no pickle).

`python -m bot.fitting OUT < spec.json`
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.committee import learned
from bot.errors import KnowledgeError

CHAR_WEIGHT = 1.0  # of the letter-group block against the word block; found on held-out phrasings
BUILT = Path(sys.prefix) / "share" / "pinpoint"  # filled by `make env`, so that a first start is quick
ROUNDS = 10
SMALL = 1000  # lines; below that every word counts, and there is too little to share
# One core, for it runs beside visitors; memory is kept, for large arrays come and go and new pages cost a fifth of the time.
_QUIET = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
          "MALLOC_MMAP_THRESHOLD_": "1000000000", "MALLOC_TRIM_THRESHOLD_": "2000000000"}  # fmt: skip
COMMON_WORDS = {"en": 38_000, "es": 17_000}


@dataclass(frozen=True, slots=True)
class Lines:
    """Phrasings to fit: line i has the features `features[i]`, the folded text `texts[i]`, the class `classes[i]` and the
    chapter `chapters[i]`, what it is about in the large."""

    features: list[list[str]]
    texts: list[str]
    classes: list[str]
    chapters: list[str]
    weights: list[float]
    ordinary: list[int]  #: see `ordinary_words`


@dataclass(frozen=True, slots=True)
class Rows:
    """Views of passages to fit: one list of terms a row."""

    terms: list[list[str]]


Spec = Lines | Rows


@lru_cache(maxsize=1)
def ordinary_words() -> NDArray[np.uint32]:
    """Sorted CRC-32 of the most common English and Spanish words, folded."""
    from bot.text import fold

    codes: set[int] = set()
    for language, most in COMMON_WORDS.items():
        data = files("spellchecker").joinpath("resources", f"{language}.json.gz").read_bytes()
        counts: dict[str, int] = json.loads(gzip.decompress(data))
        for word in sorted(counts, key=lambda w: -counts[w])[:most]:
            codes.add(zlib.crc32(fold(word).encode()))
    return np.array(sorted(codes), np.uint32)


def fitted(key: object, make: Callable[[], Spec], cache: Path | None) -> dict[str, NDArray[Any]]:
    """The arrays of `fit(make())`: from `cache`, from what `python -m bot fit` left in the environment, or from a child
    process (seconds). `key` is all that the spec is made from, as JSON can tell. Raises KnowledgeError if the child fails."""
    told = json.dumps([_code(), key], ensure_ascii=False, sort_keys=True).encode()
    name = f"{hashlib.sha256(told).hexdigest()[:32]}.npz"
    for folder in (cache, BUILT):
        found = _kept(folder / name) if folder else None
        if found:
            return found
    if cache is None:
        with tempfile.TemporaryDirectory() as passing:
            return _from_child(make, Path(passing) / name)
    cache.mkdir(parents=True, exist_ok=True)
    arrays = _from_child(make, cache / name)
    _prune(cache)
    return arrays


@lru_cache(maxsize=1)
def _code() -> str:
    """A digest of the code that a fit depends on: an older program's numbers are not used by a newer one."""
    folder = Path(__file__).resolve().parent
    names = ("text", "terms", "lexicon", "passages", "slots", "learning", "likeness", "committee", "fitting")
    return hashlib.sha256(b"".join((folder / f"{name}.py").read_bytes() for name in names)).hexdigest()


def said(words: Iterable[str]) -> int:
    """A 64-bit digest of the words of a line: what `exact` holds instead of thousands of lines."""
    return int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=8).digest(), "big")


def _kept(path: Path) -> dict[str, NDArray[Any]] | None:
    with contextlib.suppress(OSError):
        os.utime(path)  # the least used go first
    try:
        return _read(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None  # not there, or cut off while it was written by a machine that died


def _from_child(make: Callable[[], Spec], path: Path) -> dict[str, NDArray[Any]]:
    """The arrays that a child fits; it loads its libraries while the spec is made."""
    child = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        [sys.executable, "-m", "bot.fitting", str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        cwd=Path(__file__).resolve().parent.parent,
        env={**os.environ, **_QUIET},
    )  # fmt: skip
    with child:
        try:
            spec = make()
            told = json.dumps([type(spec).__name__, {slot: getattr(spec, slot) for slot in spec.__slots__}]).encode()
            _, errors = child.communicate(told, timeout=300)
        except BaseException:
            child.kill()
            raise
    if child.returncode:
        last = errors.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise KnowledgeError(f"The phrasings could not be fitted: {last[0]}", str(path))
    return _read(path)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def _prune(cache: Path, keep: int = 8) -> None:
    """Old fits go: a folder edited for a year must not fill the disk."""
    kept = sorted(cache.glob("*.npz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in kept[keep:]:
        path.unlink(missing_ok=True)


# --- the child --------------------------------------------------------------------------------------------------------


def fit(spec: Spec) -> dict[str, NDArray[Any]]:
    """The fitted numbers as arrays.

    Of lines: words, word_idf, chars, char_idf: the vocabularies (joined by newlines) and their idf; weight: (features,
    middle + chapters) float16, words first, then letter groups; outer: (middle, classes); bias: (classes + chapters,);
    classes; chapter_of: (classes,) the chapter of each; ordinary: see `ordinary_words`; exact, exact_class: sorted digests of
    the lines and their classes.
    Of rows: terms, term_idf, and the TF-IDF matrix by column (view_data, view_rows, view_starts).
    """
    if isinstance(spec, Rows):
        return _views(spec.terms)
    arrays = _classifier(spec) if len(set(spec.classes)) > 1 else _no_classifier()
    return {"ordinary": np.array(spec.ordinary, np.uint32), **arrays, **_exact(spec, names(arrays["classes"]))}


def _exact(spec: Lines, classes: list[str]) -> dict[str, NDArray[Any]]:
    at = {name: i for i, name in enumerate(classes)}
    found = {
        said([text]): at[name] for text, name in zip(reversed(spec.texts), reversed(spec.classes), strict=True) if name in at
    }
    lines = sorted(found)
    return {"exact": np.array(lines, np.uint64), "exact_class": np.array([found[line] for line in lines], np.int32)}


def _classifier(spec: Lines) -> dict[str, NDArray[Any]]:
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import TfidfVectorizer

    large = len(spec.texts) > SMALL
    seen = 2 if large else 1  # a word of one line among thousands only costs time and memory
    word = TfidfVectorizer(analyzer=list, sublinear_tf=True, dtype=np.float32, min_df=seen)
    chars, char_idf, char_rows = _spelt(spec.texts, seen + 1)
    rows = sp.hstack([word.fit_transform(spec.features), CHAR_WEIGHT * char_rows]).tocsr()
    weights = np.array(spec.weights)
    classes, inner, outer, bias = (_narrow if large else _direct)(rows, spec.classes, weights)
    chapters = dict(zip(spec.classes, spec.chapters, strict=True))
    if len(set(spec.chapters)) > 1:
        found, chapter_coef, chapter_bias = _wide(rows, spec.chapters, weights)
        inner, bias = np.hstack([inner, chapter_coef]), np.concatenate([bias, chapter_bias])
        chapter_of = [found.index(chapters[name]) for name in classes]
    else:
        chapter_of = []
    return {
        "words": _joined(word.get_feature_names_out()), "word_idf": word.idf_.astype(np.float32),
        "chars": _joined(chars), "char_idf": char_idf.astype(np.float32),
        "weight": np.ascontiguousarray(inner, np.float16), "outer": outer.astype(np.float32), "bias": bias.astype(np.float32),
        "classes": _joined(classes), "chapter_of": np.array(chapter_of, np.int32),
    }  # fmt: skip


def _spelt(texts: list[str], seen: int) -> tuple[list[str], NDArray[Any], Any]:
    """(letter groups of at least `seen` lines, their idf, TF-IDF rows): what `TfidfVectorizer(analyzer="char_wb")` gives, each
    word cut only once."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

    by_word = CountVectorizer(analyzer=str.split, dtype=np.float32)
    by_group = CountVectorizer(analyzer="char_wb", ngram_range=(3, 4), lowercase=False, dtype=np.float32)
    words = by_word.fit_transform(texts)
    counts = (words @ by_group.fit_transform(by_word.get_feature_names_out())).tocsr()
    counts.sort_indices()
    often = np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]) >= seen)
    idf = TfidfTransformer(sublinear_tf=True)
    rows = idf.fit_transform(counts[:, often])
    return list(by_group.get_feature_names_out()[often]), idf.idf_, rows


def _wide(rows: Any, labels: list[str], weights: NDArray[Any]) -> tuple[list[str], NDArray[Any], NDArray[Any]]:
    """(names, weights of shape (features, names), bias) of a logistic regression over the rows."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    # Ten rounds of stochastic average gradient: as good on held-out phrasings as L-BFGS to convergence, twenty times faster.
    model = LogisticRegression(solver="sag", C=5, max_iter=ROUNDS, tol=1e-4, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is meant: it also keeps the weights small
        model.fit(rows, labels, sample_weight=weights)
    coef, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        coef, bias = np.vstack([-coef[0], coef[0]]), np.array([-bias[0], bias[0]])
    return list(map(str, model.classes_)), coef.T, bias


def _direct(rows: Any, labels: list[str], weights: NDArray[Any]) -> tuple[list[str], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """(names, inner, outer, bias) where each class has a weight of its own for each feature."""
    found, coef, bias = _wide(rows, labels, weights)
    return found, coef, np.eye(len(found)), bias


def _narrow(rows: Any, labels: list[str], weights: NDArray[Any]) -> tuple[list[str], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """(names, inner, outer, bias) where the classes share what they know of words."""
    found, classes = np.unique(labels, return_inverse=True)
    committee = learned(rows, classes, weights)
    return list(map(str, found)), committee.inner, committee.outer, committee.bias


def _no_classifier() -> dict[str, NDArray[Any]]:
    empty = np.zeros(0, np.float32)
    names = {name: _joined([]) for name in ("words", "chars", "classes")}
    return {**names, "word_idf": empty, "char_idf": empty, "weight": np.zeros((0, 0), np.float32), "bias": empty,
            "outer": np.zeros((0, 0), np.float32), "chapter_of": np.zeros(0, np.int32)}  # fmt: skip


def _views(views: list[list[str]]) -> dict[str, NDArray[Any]]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(views):
        return {"terms": _joined([]), "term_idf": np.zeros(0, np.float32), "view_data": np.zeros(0, np.float32),
                "view_rows": np.zeros(0, np.int32), "view_starts": np.zeros(1, np.int32)}  # fmt: skip
    vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True, dtype=np.float32)
    matrix = vectorizer.fit_transform(views).tocsc()
    return {
        "terms": _joined(vectorizer.get_feature_names_out()), "term_idf": vectorizer.idf_.astype(np.float32),
        "view_data": matrix.data.astype(np.float32), "view_rows": matrix.indices.astype(np.int32),
        "view_starts": matrix.indptr.astype(np.int32),
    }  # fmt: skip


def _joined(names: Any) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(map(str, names)).encode(), np.uint8)


def names(array: NDArray[np.uint8]) -> list[str]:
    """The inverse of how the child writes a list of names."""
    text = array.tobytes().decode()
    return text.split("\n") if text else []


def main() -> int:
    """Reads a spec on standard input, writes the arrays to the path given, whole or not at all."""
    import sklearn.linear_model  # noqa: F401  (nearly a second, while the spec is still made)

    kind, content = json.loads(sys.stdin.buffer.read())
    target = Path(sys.argv[1])
    partial = target.with_suffix(f".{os.getpid()}.part")
    arrays = fit({"Lines": Lines, "Rows": Rows}[kind](**content))
    with partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy types **kwds as its own flag
    partial.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
