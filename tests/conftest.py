"""Shared fixtures: the default scorer, and where the checkout's own files lie."""

from pathlib import Path

import pytest

from mvl_classify import Scorer

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def scorer() -> Scorer:
    """Return one scorer with the default model for the whole run."""
    return Scorer()


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the checkout's folder."""
    return ROOT
