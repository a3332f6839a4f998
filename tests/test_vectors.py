"""The word vectors that ship: read whole or refused, and given to every word, known or not."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mvl_classify import ModelError, vectors
from mvl_classify.vocabulary import Vocabulary

ENTRIES = ["coach", "plan", "team", "##ing", "##s", "co", "##ach", "!"]
MATRIX = np.random.default_rng(3).normal(size=(len(ENTRIES), 4))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a few vectors."""
    vectors.save(tmp_path / "vectors", ENTRIES, MATRIX, {"from": "a test"})
    return tmp_path / "vectors"


def test_vectors_are_read_as_they_were_written(folder: Path) -> None:
    """Up to the 8-bit step, which is a 127th of the largest value."""
    found = vectors.load(folder)
    assert found.entries == tuple(ENTRIES)
    assert np.abs(found.matrix - MATRIX).max() <= np.abs(MATRIX).max() / 127
    assert found.words == ["coach", "plan", "team", "co"]
    assert found.pieces == ["##ing", "##s", "##ach"]


def test_the_same_vectors_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Nothing but the vectors enters the files."""
    vectors.save(tmp_path / "again", ENTRIES, MATRIX, {"from": "a test"})
    for name in (vectors.VECTORS, vectors.MANIFEST):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_a_word_without_a_vector_gets_the_mean_of_its_pieces(folder: Path) -> None:
    """Known words and pieces have their own vectors; a word that cannot be cut has none."""
    found = vectors.load(folder)
    vocabulary = Vocabulary.build(["coach", "plans", "teaming", "zebra"], ["##s"])
    rows = dict(zip((*vocabulary.words, *vocabulary.pieces), found.of(vocabulary), strict=True))
    own = dict(zip(found.entries, found.matrix, strict=True))
    assert rows["coach"] == pytest.approx(own["coach"])
    assert rows["##s"] == pytest.approx(own["##s"])
    assert rows["plans"] == pytest.approx((own["plan"] + own["##s"]) / 2)
    assert rows["teaming"] == pytest.approx((own["team"] + own["##ing"]) / 2)
    assert not rows["zebra"].any()


def test_damaged_vectors_are_refused(folder: Path, tmp_path: Path) -> None:
    """A changed byte, a missing file and a broken manifest are errors that name the place."""
    damaged = shutil.copytree(folder, tmp_path / "damaged")
    data = bytearray((damaged / vectors.VECTORS).read_bytes())
    data[-1] ^= 1
    (damaged / vectors.VECTORS).write_bytes(data)
    with pytest.raises(ModelError, match="digest differs"):
        vectors.load(damaged)
    with pytest.raises(ModelError, match="nowhere"):
        vectors.load(tmp_path / "nowhere")
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / vectors.MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="broken"):
        vectors.load(broken)


def test_bytes_that_are_no_vectors_are_refused(folder: Path, tmp_path: Path) -> None:
    """A pickle under the name of the vectors is not read, though its digest fits."""
    import hashlib

    other = shutil.copytree(folder, tmp_path / "other")
    data = b"cos\nsystem\n(S'false'\ntR."
    (other / vectors.VECTORS).write_bytes(data)
    about = json.loads((other / vectors.MANIFEST).read_text(encoding="utf-8"))
    about["sha256"] = hashlib.sha256(data).hexdigest()
    (other / vectors.MANIFEST).write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        vectors.load(other)


def test_the_vectors_that_ship_know_the_words_of_the_trade() -> None:
    """They are there without a download, and near words have near vectors."""
    found = vectors.load()
    assert len(found.words) > 10_000
    place = {entry: number for number, entry in enumerate(found.entries)}
    unit = found.matrix / np.maximum(np.linalg.norm(found.matrix, axis=1, keepdims=True), 1e-9)

    def near(one: str, other: str) -> float:
        return float(unit[place[one]] @ unit[place[other]])

    assert near("coach", "mentor") > near("coach", "ledger")
    assert near("budget", "finance") > near("budget", "nurse")
