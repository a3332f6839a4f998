"""Shared fixtures: the default scorer, the checkout's folder, and a small corpus with the model trained on it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from mvl_classify import Scorer

ROOT = Path(__file__).parents[1]

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def scorer() -> Scorer:
    """Return one scorer with the default model for the whole run."""
    return Scorer()


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the checkout's folder."""
    return ROOT


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """Fit small models on one thread: more only get in one another's way."""
    import sklearn.linear_model  # noqa: F401  (only libraries that are loaded can be limited)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus folder with every eighth of the project's freely composed sentences."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = (ROOT / "corpus" / "written" / "composed.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.dumps(json.loads(line), ensure_ascii=False) for line in lines[::8]]
    (folder / "written").mkdir()
    (folder / "written" / "small.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small_model(small_corpus: Path, tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """Return the folder of a model trained on the small corpus."""
    from mvl_classify.dimensions import default_dimensions
    from mvl_classify.training import train

    folder = tmp_path_factory.mktemp("models") / "small"
    train(small_corpus, folder, default_dimensions(), name="small", version="1")
    return folder
