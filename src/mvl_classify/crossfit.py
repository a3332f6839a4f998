"""Soft labels by cross-fitting: every row of the corpus is read by a teacher that was not taught it.

In each fold a teacher is fine-tuned on the other folds, with near duplicates kept together, so that no soft label
repeats what the teacher learnt by heart. Needs the extra [teacher].
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from mvl_classify import corpus
from mvl_classify.corpus import Row
from mvl_classify.dimensions import DimensionSet
from mvl_classify.engine import sigmoid, softmax
from mvl_classify.masking import hide_roles
from mvl_classify.model import Targets, targets_of
from mvl_classify.soft import SOFT_FILE, write_soft
from mvl_classify.teacher import CROSS_FIT, PACKAGE, SEED, Array, Progress, Teacher, settings

FOLDS: Final = 2


def write_soft_labels(folder: Path, dimensions: DimensionSet, progress: Progress) -> None:
    """Fine-tune by cross-fitting and write `soft_labels.jsonl` beside the corpus."""
    rows = corpus.read_corpus(folder)
    logits = cross_fit(rows, corpus.taught(folder, rows), dimensions, progress)
    about = {"encoder": PACKAGE, "folds": FOLDS, **settings(CROSS_FIT)}
    write_soft(folder / SOFT_FILE, rows, dimensions, sigmoid(logits[:, :2]), softmax(logits[:, 2:]), about)


def cross_fit(
    rows: Sequence[Row], taught: Sequence[bool], dimensions: DimensionSet, progress: Progress
) -> Array:
    """Return the logits (rows, 2 + dimensions) that teachers give to rows they were not trained on.

    A row that is not `taught` is labelled by all folds' teachers, and gets the mean of their logits.
    """
    from joblib import Parallel, delayed
    from sklearn.model_selection import GroupKFold

    texts = hide_roles([row.text for row in rows])
    targets = targets_of(rows, dimensions.ids)
    read, unread = np.flatnonzero(taught), np.flatnonzero(~np.array(taught))
    groups = np.array(corpus.groups(list(rows)))
    folds = GroupKFold(n_splits=FOLDS, shuffle=True, random_state=SEED).split(read, groups=groups[read])
    parts = [(read[fitted], np.concatenate([read[held], unread])) for fitted, held in folds]
    progress(f"teacher: {FOLDS} folds of about {len(parts[0][0])} sentences, {CROSS_FIT.epochs} epochs each")
    jobs = (
        delayed(_taught_and_asked)([texts[k] for k in fitted], targets.part(fitted), [texts[k] for k in asked])
        for fitted, asked in parts
    )
    out = np.zeros((len(rows), 2 + len(dimensions)))
    for number, answer in enumerate(Parallel(n_jobs=-1, return_as="generator")(jobs)):
        asked = parts[number][1]
        share = np.where(np.isin(asked, unread), 1 / FOLDS, 1.0)
        out[asked] += answer * share[:, None]
        progress(f"teacher: fold {number + 1} of {FOLDS} done")
    return out


def _taught_and_asked(texts: list[str], targets: Targets, asked: list[str]) -> Array:
    teacher = Teacher(targets.dimensions.shape[1])
    teacher.fit(texts, targets)
    return teacher.predict(asked)
