"""The linear head keeps scikit-learn's contract whole, and adds to an offset."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from mvl_classify.heads import LinearHead

RNG = np.random.default_rng(7)
X = RNG.normal(size=(120, 6))
NOISE = RNG.normal(size=120)


@parametrize_with_checks([LinearHead()])
def test_scikit_learns_conformance_suite(estimator, check):
    """Every check that scikit-learn has for a classifier passes."""
    check(estimator)


@pytest.mark.parametrize("classes", [2, 3])
def test_agrees_with_logistic_regression(classes):
    """Without an offset the head is penalised logistic regression."""
    y = np.digitize(X[:, 0] + NOISE, [0.0] if classes == 2 else [-0.5, 0.5])
    weight = RNG.uniform(0.5, 2, len(y))
    ours = LinearHead(C=2.0, tol=1e-7).fit(X, y, weight)
    theirs = LogisticRegression(C=2.0, tol=1e-7, max_iter=1000).fit(X, y, weight)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-4)


def test_an_offset_is_added_to_and_not_learnt_again():
    """A head whose offset already explains the classes needs weights near zero."""
    y = (3 * X[:, 0] + NOISE > 0).astype(int)
    free = LinearHead(C=1.0).fit(X, y)
    told = LinearHead(C=1.0).fit(X, y, offset=free.decision_function(X))
    assert abs(told.coef_[0, 0]) < 0.5 * abs(free.coef_[0, 0])


def test_columns_without_entries_get_no_weight():
    """A column that is zero in every row keeps the weight zero, and the others what they would have alone."""
    y = (X[:, 0] + NOISE > 0).astype(int)
    wide = sparse.hstack(
        [sparse.csr_matrix(X[:, :3]), sparse.csr_matrix((len(X), 4)), sparse.csr_matrix(X[:, 3:])]
    ).tocsr()
    found = LinearHead().fit(wide, y).coef_[0]
    assert not found[3:7].any()
    np.testing.assert_allclose(np.delete(found, range(3, 7)), LinearHead().fit(X, y).coef_[0], atol=1e-6)


def test_one_class_is_an_error():
    """A target of one class cannot be fitted, and the message says so."""
    with pytest.raises(ValueError, match="one class"):
        LinearHead().fit(X, np.ones(len(X)))


def test_a_penalty_of_zero_strength_is_an_error():
    """C must be above zero."""
    with pytest.raises(ValueError, match="C: expected"):
        LinearHead(C=0.0).fit(X, X[:, 0] > 0)
