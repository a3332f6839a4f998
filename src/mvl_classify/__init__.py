"""mvl_classify tags job ads and reviews as management- or leadership-oriented, and shows why."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mvl_classify.api import score, score_many, score_sentences
    from mvl_classify.dimensions import Dimension, DimensionSet, default_dimensions
    from mvl_classify.errors import CorpusError, EncodingError, InputError, ModelError, MvlClassifyError
    from mvl_classify.estimator import MvlClassifier
    from mvl_classify.frames import score_frame
    from mvl_classify.orientation_features import OrientationFeatures
    from mvl_classify.pooling import combine
    from mvl_classify.results import CombinedScore, DimensionScore, DocumentScore, SentenceScore, Span
    from mvl_classify.scorer import Scorer

__version__ = "0.1.0"

_HOMES = {
    "score": "api",
    "score_many": "api",
    "score_sentences": "api",
    "combine": "pooling",
    "Dimension": "dimensions",
    "DimensionSet": "dimensions",
    "default_dimensions": "dimensions",
    "CorpusError": "errors",
    "EncodingError": "errors",
    "InputError": "errors",
    "ModelError": "errors",
    "MvlClassifyError": "errors",
    "CombinedScore": "results",
    "MvlClassifier": "estimator",
    "score_frame": "frames",
    "OrientationFeatures": "orientation_features",
    "DimensionScore": "results",
    "DocumentScore": "results",
    "SentenceScore": "results",
    "Span": "results",
    "Scorer": "scorer",
}

__all__ = [
    "CombinedScore",
    "CorpusError",
    "Dimension",
    "DimensionScore",
    "DimensionSet",
    "DocumentScore",
    "EncodingError",
    "InputError",
    "ModelError",
    "MvlClassifier",
    "MvlClassifyError",
    "OrientationFeatures",
    "Scorer",
    "SentenceScore",
    "Span",
    "__version__",
    "combine",
    "default_dimensions",
    "score",
    "score_frame",
    "score_many",
    "score_sentences",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import mvl_classify` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
