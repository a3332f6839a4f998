"""A model on disk: what is written is read again, and whatever was tampered with is refused by name and place."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load as decode
from safetensors.numpy import save as encode

from mvl_classify import ModelError, Scorer, artifact
from mvl_classify.artifact import GOLDEN, MANIFEST, WEIGHTS

TEXTS = ["You will coach the team and plan the budget.", "Strong leadership skills", "", "🙂 unheardofness"]


@pytest.fixture
def model(small_model: Path, tmp_path: Path) -> Path:
    """Return a copy of the small model that a test may damage."""
    return shutil.copytree(small_model, tmp_path / "model")


def edit(model: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest of a model."""
    manifest = json.loads((model / MANIFEST).read_text(encoding="utf-8"))
    change(manifest)
    (model / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def rewrite(model: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the arrays of a model and give the manifest the digests of what then stands there."""
    arrays = decode((model / WEIGHTS).read_bytes())
    change(arrays)
    (model / WEIGHTS).write_bytes(encode(arrays))
    artifact.write_manifest(model, json.loads((model / MANIFEST).read_text(encoding="utf-8")))


def put(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change that sets one entry."""
    return lambda data: data.__setitem__(name, value)


def drop(name: str) -> Callable[[dict[str, Any]], None]:
    """Return a change that leaves one entry out."""
    return lambda data: data.pop(name)


def poke(name: str, place: Any, value: float) -> Callable[[dict[str, Any]], None]:
    """Return a change that sets one number of an array."""

    def change(arrays: dict[str, Any]) -> None:
        arrays[name] = arrays[name].copy()
        arrays[name][place] = value

    return change


def refused(model: Path, *words: str) -> str:
    """Return the message with which a model is refused; it names the folder and holds these words."""
    with pytest.raises(ModelError) as caught:
        artifact.load(model)
    message = str(caught.value)
    assert "\n" not in message
    for word in (str(model), *words):
        assert word in message, message
    return message


def test_a_saved_model_scores_the_same_again(model: Path, tmp_path: Path) -> None:
    """Saving what was loaded gives the same weights file and the same scores."""
    loaded = artifact.load(model)
    artifact.save(tmp_path / "again", loaded.table, loaded.dimensions, {"name": "again", "version": "2"})
    assert (tmp_path / "again" / WEIGHTS).read_bytes() == (model / WEIGHTS).read_bytes()
    one, two = Scorer(model).score_sentences(TEXTS), Scorer(tmp_path / "again").score_sentences(TEXTS)
    assert [score.to_dict() for score in one] == [score.to_dict() for score in two]


def test_saving_twice_gives_the_same_bytes(model: Path, tmp_path: Path) -> None:
    """No time, path or order of a set enters a model folder."""
    loaded = artifact.load(model)
    for name in ("a", "b"):
        artifact.save(tmp_path / name, loaded.table, loaded.dimensions, {"name": "x", "version": "1"})
    for name in (WEIGHTS, MANIFEST):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_model_introduces_itself(model: Path) -> None:
    """The manifest names format, version, heads, digests and sizes, and the digest names the manifest."""
    loaded = artifact.load(model)
    assert loaded.name == "small 1"
    assert loaded.path == model
    assert loaded.digest == hashlib.sha256((model / MANIFEST).read_bytes()).hexdigest()[:16]
    assert loaded.manifest["format"] == artifact.FORMAT
    assert loaded.manifest["heads"][:2] == ["management", "leadership"]
    for name, facts in loaded.manifest["files"].items():
        data = (model / name).read_bytes()
        assert facts == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def test_a_result_names_the_model_that_scored(model: Path) -> None:
    """The digest travels with every record."""
    assert Scorer(model).score("Plan the rota.").model == artifact.load(model).digest
    assert Scorer(model).model_path == model


def test_a_folder_that_is_missing_or_no_model_is_refused(tmp_path: Path) -> None:
    """The message says what a model is."""
    assert "manifest.json" in refused(tmp_path / "nowhere")
    refused(tmp_path, "no model here")


@pytest.mark.parametrize("suffix", [".joblib", ".pkl", ".pickle", ".PKL", ".pt", ".bin"])
def test_a_pickle_is_refused_by_name(tmp_path: Path, suffix: str) -> None:
    """It is not even opened: a pickle can run code."""
    (tmp_path / f"model{suffix}").write_bytes(b"")
    refused(tmp_path / f"model{suffix}", "can run code")


@pytest.mark.parametrize("name", [WEIGHTS, GOLDEN])
def test_a_changed_byte_is_refused(model: Path, name: str) -> None:
    """The digest differs, though the size is the same."""
    data = bytearray((model / name).read_bytes())
    data[-1] ^= 1
    (model / name).write_bytes(data)
    refused(model, name, "digest differs")


@pytest.mark.parametrize("name", [WEIGHTS, GOLDEN])
def test_a_file_cut_short_is_refused(model: Path, name: str) -> None:
    """Half a download is no model."""
    (model / name).write_bytes((model / name).read_bytes()[:100])
    refused(model, name, "digest differs")


@pytest.mark.parametrize("name", [WEIGHTS, GOLDEN])
def test_a_missing_file_is_refused(model: Path, name: str) -> None:
    """A file that the manifest lists must be there."""
    (model / name).unlink()
    refused(model, name, "is missing")


def test_a_wrong_size_is_refused(model: Path) -> None:
    """The manifest's size must be the file's."""
    edit(model, lambda manifest: manifest["files"][WEIGHTS].update(bytes=1))
    refused(model, WEIGHTS)


@pytest.mark.parametrize("name", ["../weights.safetensors", "/etc/passwd", "sub/x.npz", "..", ""])
def test_a_file_outside_of_the_folder_is_refused(model: Path, name: str) -> None:
    """A manifest cannot point anywhere else."""
    (model.parent / "weights.safetensors").write_bytes(b"x")
    edit(model, lambda manifest: manifest["files"].update({name: {"sha256": "0", "bytes": 1}}))
    refused(model)


@pytest.mark.parametrize("found", [0, 2, "1", None, [1]])
def test_another_format_is_refused(model: Path, found: object) -> None:
    """The number found and the number read are in the message, and what to do."""
    edit(model, put("format", found))
    refused(model, repr(found), "reads format 1", "train it again")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "\ufeff{}"])
def test_a_manifest_that_is_no_object_is_refused(model: Path, text: str) -> None:
    """Broken JSON, or JSON of another shape."""
    (model / MANIFEST).write_text(text, encoding="utf-8")
    refused(model, MANIFEST)


def test_a_manifest_that_is_not_text_is_refused(model: Path) -> None:
    """Bytes that are not UTF-8."""
    (model / MANIFEST).write_bytes(b"\xff\xff")
    refused(model, MANIFEST, "cannot be read")


@pytest.mark.parametrize("name", ["files", "heads", "scale", "calibration", "thresholds", "dimensions"])
def test_a_manifest_with_an_entry_left_out_or_wrong_is_refused(model: Path, name: str) -> None:
    """Every entry that scoring reads must be there and of its kind."""
    whole = (model / MANIFEST).read_bytes()
    for change in (drop(name), put(name, None), put(name, "x"), put(name, [])):
        (model / MANIFEST).write_bytes(whole)
        edit(model, change)
        refused(model, MANIFEST)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["calibration"][0].update(slope=0.0),
        lambda m: m["calibration"][0].update(slope=-1.0),
        lambda m: m["calibration"][1].update(slope=float("nan")),
        lambda m: m["calibration"][1].update(slope=float("inf")),
        lambda m: m["calibration"][1].update(intercept=float("nan")),
        lambda m: m["scale"].update(power=float("nan")),
        lambda m: m["scale"].update(offset=float("inf")),
        lambda m: m["thresholds"].__setitem__(0, float("nan")),
        lambda m: m["thresholds"].__setitem__(1, 1.5),
        lambda m: m["dimensions"].pop(),
        lambda m: m["dimensions"].reverse(),
        lambda m: m["dimensions"][0].update(id="focus group"),
        lambda m: m["heads"].reverse(),
    ],
)
def test_numbers_and_ids_that_cannot_be_are_refused(model: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """A calibration is monotone and finite, thresholds are probabilities, heads and dimensions agree."""
    edit(model, change)
    refused(model, MANIFEST)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (poke("weights", (0, 0), np.nan), "not a finite number"),
        (poke("weights", (-1, -1), np.inf), "not a finite number"),
        (poke("bias", 0, -np.inf), "not a finite number"),
        (poke("runs", (0, 0), 10**8), "a run names a word that does not exist"),
        (poke("runs", (0, 0), -2), "a run names a word that does not exist"),
        (lambda a: a.update(runs=a["runs"][::-1].copy()), "ascending order"),
        (lambda a: a.update(runs=a["runs"].reshape(-1)), "do"),
        (lambda a: a.update(weights=a["weights"][:-1].copy()), "do not fit"),
        (lambda a: a.update(weights=a["weights"][:, :-1].copy()), "do not fit"),
        (lambda a: a.update(weights=a["weights"].astype(np.float32)), "'weights' is missing or not float16"),
        (lambda a: a.update(bias=a["bias"][:-1].copy()), "do not fit"),
        (lambda a: a.pop("pieces"), "'pieces' is missing"),
        (lambda a: a.update(words=a["words"][::-1].copy()), ""),
        (lambda a: a.update(words=np.array([255, 254], np.uint8)), ""),
    ],
)
def test_arrays_that_cannot_be_are_refused_though_the_digest_fits(
    model: Path, change: Callable[[dict[str, Any]], None], word: str
) -> None:
    """Finite weights, the right shapes and types, runs of known words, words and runs in order."""
    rewrite(model, change)
    refused(model, word)


def test_a_weights_file_that_is_no_safetensors_is_refused(model: Path) -> None:
    """A pickle under the name of the weights is bytes that cannot be read, and nothing runs."""
    (model / WEIGHTS).write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    artifact.write_manifest(model, json.loads((model / MANIFEST).read_text(encoding="utf-8")))
    refused(model, WEIGHTS, "cannot be read")


def test_the_default_model_fits_in_five_megabytes(scorer: Scorer) -> None:
    """It rides inside the wheel."""
    assert sum(path.stat().st_size for path in scorer.model_path.iterdir()) <= 5_000_000
