"""The text estimator keeps scikit-learn's contract on sentences."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import mvl_classify as mvl
from mvl_classify.estimator import MvlClassifier

PARTS = {
    "management": ["controls the budget", "plans the rota", "checks every form", "enforces the procedure"],
    "leadership": [
        "inspires the crew",
        "sets a bold vision",
        "mentors new colleagues",
        "earns the trust of people",
    ],
    "neutral": ["sits near the window", "likes strong coffee", "works in Leeds", "drives a blue van"],
}
WHO = ("She", "Omar", "The new one")
SENTENCES = [f"{who} {what}." for parts in PARTS.values() for what in parts for who in WHO]
LABELS = [label for label, parts in PARTS.items() for _ in parts for _ in range(3)]


@pytest.fixture(scope="module")
def fitted():
    """Return a classifier fitted to all sentences."""
    return MvlClassifier().fit(SENTENCES, LABELS)


def test_nothing_is_set_in_init():
    """The constructor stores its parameters as they are and nothing else."""
    marks = {name: object() for name in inspect.signature(MvlClassifier).parameters}
    made = MvlClassifier(**marks)
    assert vars(made) == marks


def test_parameters_round_trip_and_clone():
    """A clone has the same parameters and is not fitted."""
    made = MvlClassifier(C=2.0, class_weight="balanced", thresholds=(0.4, 0.3))
    assert clone(made).get_params() == made.get_params()
    assert made.set_params(C=5.0).C == 5.0
    with pytest.raises(NotFittedError):
        clone(made).predict(["x"])


def test_predictions_are_the_most_probable_class(fitted):
    """Without thresholds `predict` is the argmax of `predict_proba`, whose rows add up to one."""
    chance = fitted.predict_proba(SENTENCES)
    assert chance.shape == (len(SENTENCES), 3)
    np.testing.assert_allclose(chance.sum(axis=1), 1.0)
    assert (fitted.predict(SENTENCES) == fitted.classes_[chance.argmax(axis=1)]).all()
    assert (fitted.decision_function(SENTENCES).argmax(axis=1) == chance.argmax(axis=1)).all()


def test_it_learns(fitted):
    """The sentences it was fitted to are told apart."""
    assert fitted.score(SENTENCES, LABELS) == 1.0


def test_fitting_twice_forgets_the_first_time():
    """A second fit is the fit of a new estimator, to the last bit."""
    twice = MvlClassifier().fit(SENTENCES[::2], LABELS[::2]).fit(SENTENCES, LABELS)
    once = MvlClassifier().fit(SENTENCES, LABELS)
    assert (twice.predict_proba(SENTENCES) == once.predict_proba(SENTENCES)).all()


def test_pickling_keeps_the_predictions(fitted):
    """A fitted estimator travels to another process whole."""
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict_proba(SENTENCES) == fitted.predict_proba(SENTENCES)).all()


def test_fit_does_not_change_its_input():
    """The sentences and labels are left as they were."""
    texts, gold = np.array(SENTENCES, dtype=object), np.array(LABELS)
    MvlClassifier().fit(texts, gold)
    assert texts.tolist() == SENTENCES and gold.tolist() == LABELS


def test_two_classes_give_one_decision_a_sentence():
    """With two labels the decision function is one log odds, above zero for the second class."""
    rows = [k for k, label in enumerate(LABELS) if label != "neutral"]
    made = MvlClassifier().fit([SENTENCES[k] for k in rows], [LABELS[k] for k in rows])
    decision = made.decision_function(SENTENCES)
    assert decision.shape == (len(SENTENCES),)
    assert ((decision > 0) == (made.predict(SENTENCES) == made.classes_[1])).all()


def test_class_weight_is_weight_on_the_rows():
    """A class weight of three is a sample weight of three on its rows."""
    heavy = MvlClassifier(class_weight={"management": 3.0, "leadership": 1.0, "neutral": 1.0}).fit(
        SENTENCES, LABELS
    )
    weight = [3.0 if label == "management" else 1.0 for label in LABELS]
    told = MvlClassifier().fit(SENTENCES, LABELS, sample_weight=weight)
    np.testing.assert_allclose(heavy.predict_proba(SENTENCES), told.predict_proba(SENTENCES))


def test_grid_search_and_pipeline():
    """The parameters can be searched over, inside a pipeline as well."""
    pipe = make_pipeline("passthrough", MvlClassifier())
    grid = {"mvlclassifier__C": [0.01, 3.0], "mvlclassifier__class_weight": [None, "balanced"]}
    found = GridSearchCV(pipe, grid, cv=2).fit(SENTENCES, LABELS)
    assert found.best_params_["mvlclassifier__C"] in (0.01, 3.0)
    assert set(found.predict(SENTENCES[:3])) <= set(LABELS)


def test_dimensions_are_learnt_where_they_are_told():
    """With the dimension of each sentence the table ranks it first."""
    about = [{"management": "method", "leadership": "relationship"}.get(label) for label in LABELS]
    made = MvlClassifier().fit(SENTENCES, LABELS, about=about)
    assert made.table_.dimensions == mvl.default_dimensions().ids
    with pytest.raises(mvl.InputError, match="none of the dimensions"):
        MvlClassifier().fit(SENTENCES, LABELS, about=["nonsense"] * len(LABELS))


def test_the_shipped_model_predicts_the_labels_that_score_sentences_gives():
    """With a model's thresholds `predict` equals `SentenceScore.label`."""
    shipped = MvlClassifier.from_model()
    texts = [*SENTENCES, "You will manage the budget and inspire the team.", "", "🙂"]
    assert shipped.thresholds is not None
    assert shipped.predict(texts).tolist() == [score.label for score in mvl.score_sentences(texts)]


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ("one string", ["neutral"], "found one string"),
        ([], [], "at least one sentence"),
        (["a", 7], ["neutral", "both"], r"X\[1\]: expected a string, found int"),
        (["a", None], ["neutral", "both"], r"X\[1\]"),
        (["a", "b"], ["neutral"], "1 entries for 2 sentences"),
        (["a", "b"], ["neutral", "nice"], r"y\[1\]: 'nice' is none of the labels"),
        (["a", "b"], ["neutral", "neutral"], "one class"),
        (np.array([["a"], ["b"]]), ["neutral", "both"], "one dimension"),
    ],
)
def test_bad_input_is_named(X, y, message):
    """Each mistake raises a ValueError that names the value and the place."""
    with pytest.raises(ValueError, match=message):
        MvlClassifier().fit(X, y)


def test_both_are_exported_lazily():
    """The package hands out the estimators, and the names are listed."""
    assert mvl.MvlClassifier is MvlClassifier
    assert {"MvlClassifier", "OrientationFeatures", "score_frame"} <= set(mvl.__all__)


def test_vectorisers_of_others_can_stand_beside_it(fitted):
    """Sentences as a pandas or numpy column are taken as well as a list."""
    column = np.array(SENTENCES, dtype=object)
    assert CountVectorizer().fit(column) and (fitted.predict(column) == fitted.predict(SENTENCES)).all()
