"""The linear head: a feature matrix and classes in, weights out; every question that training asks is one.

It minimises `sum(weight * loss) + |coef|^2 / (2 C)` by L-BFGS, with the logistic loss for two classes and the
softmax's for more; intercepts are free. Two things it does that scikit-learn's `LogisticRegression` does not:
an `offset` is a logit known beforehand to which the fit only adds (Chelba and Acero 2004 adapt a model so),
and columns that are zero in every row cost nothing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from mvl_classify.engine import Floats, sigmoid, softmax

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # scikit-learn 1.5

    def validate_data(estimator: Any, X: Any, y: Any = "no_validation", **checks: Any) -> Any:
        """Check the input as scikit-learn 1.5 does it."""
        return estimator._validate_data(X, y, **checks)


_FLAT: Final = 64 * np.finfo(float).eps
"""The relative decrease of the loss at which L-BFGS stops in any case."""


class LinearHead(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A logistic classifier on a dense or sparse matrix, after scikit-learn's contract.

    `C` is the inverse strength of the penalty; `class_weight` is None, "balanced" or a weight per class;
    `tol` bounds the largest entry of the mean loss's gradient at which the fit stops.

    Fitted: `classes_` (k,), `coef_` (1, n) for two classes and (k, n) for more, `intercept_`, `n_iter_`.
    """

    def __init__(
        self, C: float = 3.0, *, class_weight: Any = None, max_iter: int = 400, tol: float = 1e-4
    ) -> None:
        self.C = C
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> LinearHead:
        """Fit to rows and classes; raise ValueError where there is one class only.

        `offset` is a logit known beforehand: (rows,) for two classes, (rows, k) as `classes_` for more.
        """
        if not self.C > 0:
            raise ValueError(f"C: expected a number above 0, found {self.C!r}.")
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)
        check_classification_targets(y)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        self.classes_, side = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y: expected at least two classes, found one class ({self.classes_[0]!r}).")
        if self.class_weight is not None:
            weight = weight * compute_class_weight(self.class_weight, classes=self.classes_, y=y)[side]
        known = np.zeros(()) if offset is None else np.asarray(offset, np.float64)
        self.coef_, self.intercept_, self.n_iter_ = self._solve(X, side, weight, known)
        return self

    def _solve(
        self, X: Any, side: Any, weight: Floats, known: Floats
    ) -> tuple[Floats, Floats, npt.NDArray[Any]]:
        used = np.unique(X.indices) if sparse.issparse(X) else np.arange(X.shape[1])
        narrow = X[:, used]
        heads = 1 if len(self.classes_) == 2 else len(self.classes_)
        aim = side.astype(float)[:, None] if heads == 1 else np.eye(heads)[side]
        known = known.reshape(-1, heads) if known.ndim else known
        loss = _Loss(narrow, aim, weight, known, self.C)
        found = optimize.minimize(
            loss,
            np.zeros(heads * (len(used) + 1)),
            method="L-BFGS-B",
            jac=True,
            options={"maxiter": self.max_iter, "maxls": 50, "gtol": self.tol, "ftol": _FLAT},
        )
        self._warn(found)
        solved = found.x.reshape(heads, -1)
        coefficients = np.zeros((heads, X.shape[1]))
        coefficients[:, used] = solved[:, :-1]
        return coefficients, solved[:, -1].copy(), np.array([max(int(found.nit), 1)], np.int32)

    def _warn(self, found: Any) -> None:
        import warnings

        if found.status == 1:
            text = f"the fit stopped at max_iter={self.max_iter} before it converged; allow more, or lower C."
            warnings.warn(text, ConvergenceWarning, stacklevel=4)

    def decision_function(self, X: Any) -> Floats:
        """Return logits: (rows,) for two classes, (rows, k) for more."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
        logits = np.asarray(X @ self.coef_.T) + self.intercept_
        return logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X: Any) -> Floats:
        """Return probabilities (rows, classes) in the order of `classes_`."""
        logits = self.decision_function(X)
        if logits.ndim == 2:
            return softmax(logits)
        second = sigmoid(logits)
        return np.stack([1 - second, second], axis=1)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the most probable class of each row."""
        logits = self.decision_function(X)
        chosen = logits.argmax(axis=1) if logits.ndim == 2 else (logits > 0).astype(int)
        return np.asarray(self.classes_[chosen])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class _Loss:
    """The penalised mean loss and its gradient, at weights (heads, columns + intercept) laid out flat."""

    def __init__(self, X: Any, aim: Floats, weight: Floats, known: Floats, c: float) -> None:
        self.X, self.turned, self.aim, self.known = X, X.T, aim, known
        total = max(float(weight.sum()), np.finfo(float).tiny)
        self.weight = (weight / total)[:, None]
        self.penalty = 1.0 / (c * total)

    def __call__(self, flat: Floats) -> tuple[float, Floats]:
        heads = self.aim.shape[1]
        solved = flat.reshape(heads, -1)
        coefficients = solved[:, :-1]
        logits = np.asarray(self.X @ coefficients.T) + solved[:, -1] + self.known
        if heads == 1:
            losses, given = np.logaddexp(0.0, logits) - self.aim * logits, sigmoid(logits)
        else:
            top = logits.max(axis=1, keepdims=True)
            norm = top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
            losses = norm - (self.aim * logits).sum(axis=1, keepdims=True)
            given = np.exp(logits - norm)
        slope = self.weight * (given - self.aim)
        gradient = np.empty_like(solved)
        gradient[:, :-1] = np.asarray(self.turned @ slope).T + self.penalty * coefficients
        gradient[:, -1] = slope.sum(axis=0)
        value = float((self.weight * losses).sum() + 0.5 * self.penalty * (coefficients * coefficients).sum())
        return value, gradient.ravel()
