"""The second engine: whole sentences in, the words that decided by leaving them out, one result through every face."""

import csv
import importlib.util
import io
import json
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from commandline import Outcome, command, with_input
from mvl_classify import CorpusError, InputError, ModelError, Scorer, artifact, score_frame, teacher
from mvl_classify.arrow import score_batches
from mvl_classify.dimensions import default_dimensions
from mvl_classify.encoder import INPUT, LONGEST_REMEMBERED, OUTPUT, REMEMBERED, WINDOW, Encoder
from mvl_classify.errors import DependencyError
from mvl_classify.locate import model_folder
from mvl_classify.manifest import ENCODER, GOLDEN, MANIFEST, TOKENIZER
from mvl_classify.masking import strings
from mvl_classify.model import targets_of
from mvl_classify.segment import Segmenter
from mvl_classify.spacy_component import Component
from mvl_classify.teacher import Array
from mvl_classify.training import write_card
from mvl_classify.verify import golden_difference

Run = Callable[..., Outcome]

AD = """# Depot supervisor

What you will do
- Plan the rota and keep every van within its budget.
- Coach new drivers and let them find their own way.
- The depot is open from six.
"""
SENTENCES = [
    "You will plan the rota and track the budget.",
    "She gives her people room to grow.",
    "The office is near the station.",
    "",
    "🙂 — 3.5 %",
    "Führt das Team.",
]


@pytest.fixture(scope="module")
def whole() -> Scorer:
    """Return a scorer with the transformer that ships."""
    return Scorer("transformer")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a runner of commands: arguments, and perhaps text on standard input."""

    def call(*arguments: object, text: str | None = None) -> Outcome:
        if text is not None:
            with_input(monkeypatch, text.encode())
        return command(capsys, monkeypatch, *arguments)

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the transformer that a test may damage."""
    return shutil.copytree(model_folder("transformer"), tmp_path / "model")


def test_it_tells_the_poles_apart(whole: Scorer) -> None:
    """Planning is management, room to grow is leadership, an address is neither."""
    found = [score.label for score in whole.score_sentences(SENTENCES[:3])]
    assert found == ["management", "leadership", "neutral"]


def test_what_is_left_over_and_the_words_make_the_logit(whole: Scorer) -> None:
    """For every head, the rest plus the spans' contributions is the logit; neutral sentences have no spans."""
    for score in whole.score_sentences(SENTENCES):
        for head, logit in score.logits.items():
            total = score.bias[head] + math.fsum(span.contributions[head] for span in score.evidence)
            assert total == pytest.approx(logit, abs=1e-9)
        assert bool(score.evidence) == score.oriented


def test_a_contribution_is_what_leaving_the_word_out_takes(whole: Scorer) -> None:
    """A span's contribution is the logit of the sentence minus that of the sentence without the word."""
    text = "You will plan the rota and track the budget."
    score = whole.score_sentences([text])[0]
    span = next(span for span in score.evidence if span.text == "plan")
    without = whole.score_sentences([text[: span.start - 1] + text[span.end :]])[0]
    for head, value in span.contributions.items():
        assert value == pytest.approx(score.logits[head] - without.logits[head], abs=1e-9)
    assert [span.text for span in score.evidence] == ["You", "will", "plan", "the", "rota", "and", "track", "the", "budget"]


def test_a_score_does_not_depend_on_the_other_texts(whole: Scorer) -> None:
    """Alone, in a batch, in another order, with another memory: the same bits."""
    fresh = Scorer("transformer")
    together = [score.to_dict() for score in whole.score_sentences(SENTENCES)]
    assert together == [fresh.score_sentences([text])[0].to_dict() for text in reversed(SENTENCES)][::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Senior Operations Manager plans the rota.", "The Team Leader plans the rota."),
        ("As a manager you coach people.", "As a leader you coach people."),
    ],
)
def test_the_names_of_roles_are_not_read(whole: Scorer, one: str, other: str) -> None:
    """A sentence has the score of the same sentence with another title, and no title is evidence."""
    first, second = whole.score_sentences([one, other])
    assert first.logits == second.logits
    assert not {span.text.lower() for span in first.evidence} & {"manager", "leader", "senior", "operations"}


def test_a_sentence_longer_than_the_encoder_reads_is_read_whole(whole: Scorer) -> None:
    """Words behind the first window count, and a very long sentence is no error."""
    plain = "the door is blue and " * WINDOW
    far = plain + "she coaches her people and lets them decide"
    one, two = whole.score_sentences([plain.strip(), far])
    assert one.logits != two.logits
    assert np.isfinite(list(whole.score_sentences(["budget " * 20_000])[0].logits.values())).all()


def test_the_evidence_of_a_long_sentence_costs_a_reading_a_word(whole: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word is left out of its window, not of all that stands around it: the cost grows with the words alone."""
    text = "you coach the people and let them decide and " * 60
    read: list[int] = []
    inner = Encoder._window
    monkeypatch.setattr(Encoder, "_window", lambda self, pieces: read.append(len(pieces)) or inner(self, pieces))
    score = whole.score_sentences([text.strip()])[0]
    assert score.oriented
    assert len(score.evidence) == len(text.split())
    assert len(read) <= len(text.split()) + 2 * len(text.split()) // WINDOW + 2
    assert max(read) <= WINDOW
    for head, logit in score.logits.items():
        total = score.bias[head] + math.fsum(span.contributions[head] for span in score.evidence)
        assert total == pytest.approx(logit, abs=1e-9)


def test_the_memory_of_sentences_is_bounded(whole: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder forgets when it remembers too much."""
    monkeypatch.setattr("mvl_classify.encoder.REMEMBERED", 3)
    encoder = Encoder(whole.model_path, 16)
    for text in (*SENTENCES, "a very long text " * 100):
        encoder(text)
    assert len(encoder._remembered) <= 3 < REMEMBERED
    assert all(len(text) <= LONGEST_REMEMBERED for text in encoder._remembered)


def test_other_languages_and_empty_texts_abstain(whole: Scorer) -> None:
    """The rules of abstention are those of the table."""
    german = "Sie führen das Team und planen die Einsätze. Wir bieten Ihnen eine sichere Stelle und nette Kollegen."
    reasons = [whole.score(text).reasons for text in (None, "", german, "Budget.")]
    assert reasons == [("empty",), ("empty",), ("not_english",), ("too_short",)]


def test_every_face_gives_the_same_score(whole: Scorer, run: Run, tmp_path: Path) -> None:
    """Scorer, workers, record batches, frame, spaCy, command line and batch agree to the last bit."""
    import pandas as pd
    import spacy

    result = whole.score(AD)
    assert next(Scorer("transformer").score_many([AD], n_jobs=2)).to_dict() == result.to_dict()
    row = next(iter(score_batches([pa.record_batch({"t": [AD]})], text_column="t", model="transformer"))).to_pylist()[0]
    assert (row["orientation"], row["low"], row["high"]) == (result.orientation, *result.interval)
    spans = [(span["start"], span["end"], span["contribution"]) for span in row["evidence"]]
    assert spans == [(span.start, span.end, span.contribution) for span in result.evidence]
    assert score_frame(pd.DataFrame({"t": [AD]}), "t", model="transformer")["orientation"][0] == result.orientation
    nlp = spacy.blank("en")
    nlp.add_pipe("mvl_classify", config={"model": "transformer"})
    assert nlp(AD)._.mvl.orientation == result.orientation
    (tmp_path / "ad.md").write_text(AD, encoding="utf-8")
    (tmp_path / "ads.csv").write_text(_csv(AD), encoding="utf-8")
    printed = run("score", tmp_path / "ad.md", "--engine", "transformer", "--format", "json")
    assert json.loads(printed.out)["orientation"] == result.orientation
    done = run(
        "batch", tmp_path / "ads.csv", "-o", tmp_path / "out.jsonl", "--text-column", "t", "--engine", "transformer"
    )
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))["orientation"] == result.orientation


def _csv(text: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([["t"], [text]])
    return out.getvalue()


def test_the_model_that_ships_verifies_and_its_card_is_current(run: Run) -> None:
    """Its files are those of its manifest, its golden sentences score the same here, its card is rendered from it."""
    place = model_folder("transformer")
    rows, worst, tolerance = golden_difference(place)
    assert rows > 30
    assert worst <= tolerance
    done = run("model", "verify", "transformer")
    assert done.code == 0
    card = run("model", "card", "transformer")
    assert card.out == (place / "README.md").read_text(encoding="utf-8")
    assert json.loads(run("model", "inspect", "transformer").out)["engine"] == "transformer"


@pytest.mark.parametrize("name", [ENCODER, TOKENIZER])
def test_a_changed_file_is_refused(folder: Path, name: str) -> None:
    """One other byte, or no file, is a ModelError that names the file."""
    (folder / name).write_bytes((folder / name).read_bytes()[:-1] + b"!")
    with pytest.raises(ModelError, match=name):
        artifact.load(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        artifact.load(folder)


@pytest.mark.parametrize("name", [ENCODER, TOKENIZER])
def test_a_file_that_is_nothing_of_the_kind_is_refused_though_the_digest_fits(folder: Path, name: str) -> None:
    """What onnxruntime or tokenizers cannot read is a ModelError in one line."""
    (folder / name).write_bytes(b"nothing")
    artifact.write_manifest(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    with pytest.raises(ModelError, match="cannot be read") as caught:
        artifact.load(folder)
    assert str(folder) in str(caught.value)


def graph(folder: Path, **change: Any) -> bytes:
    """Return a small encoder: from pieces to sixteen logits, by one matrix."""
    import onnx
    from onnx import TensorProto, helper

    table = onnx.numpy_helper.from_array(np.ones((30522, 16), np.float32), "table")
    nodes = [
        helper.make_node("Gather", ["table", INPUT], ["read"]),
        helper.make_node("ReduceMean", ["read"], [OUTPUT], axes=[1], keepdims=change.get("keepdims", 0)),
    ]
    made = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info(INPUT, TensorProto.INT64, [1, "n"])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, change.get("shape", [1, 16]))],
        [table],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    if "location" in change:
        place = folder / change["location"]
        onnx.external_data_helper.set_external_data(model.graph.initializer[0], location=str(place.name))
        place.write_bytes(model.graph.initializer[0].raw_data)
        model.graph.initializer[0].ClearField("raw_data")
        model.graph.initializer[0].data_location = TensorProto.EXTERNAL
    return bytes(model.SerializeToString())


def put(folder: Path, name: str, data: bytes) -> None:
    """Write a file of a model and give the manifest the digest of what then stands there."""
    (folder / name).write_bytes(data)
    artifact.write_manifest(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def test_a_small_graph_is_an_encoder(folder: Path) -> None:
    """What the refusals below refuse is refused for what they say."""
    put(folder, ENCODER, graph(folder))
    assert Scorer(folder).score_sentences(["Plan it."])[0].logits["management"] == pytest.approx(1.0)


def test_a_graph_that_points_at_another_file_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers come from the file whose digest was checked, and from no other."""
    monkeypatch.chdir(folder)
    put(folder, ENCODER, graph(folder, location="numbers.bin"))
    with pytest.raises(ModelError, match="points at other files"):
        artifact.load(folder)


def test_a_graph_with_an_output_of_another_shape_is_refused(folder: Path) -> None:
    """An output that is no row of logits is told when the model is loaded."""
    put(folder, ENCODER, graph(folder, shape=[1, 1, 16], keepdims=1))
    with pytest.raises(ModelError, match="logits of word pieces"):
        artifact.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}},
        {"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": {"[CLS]": 0, "[SEP]": 1}}},
        {"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": {"[CLS]": 0, "[SEP]": 99999999, "[UNK]": 2}}},
    ],
    ids=["a panic", "no unknown word", "ids that no matrix has"],
)  # fmt: skip
def test_a_tokenizer_that_cannot_be_is_a_model_error(folder: Path, change: dict[str, Any]) -> None:
    """Whatever the library does with it, the user reads one line when the model is loaded."""
    data = json.loads((folder / TOKENIZER).read_text(encoding="utf-8")) | {"added_tokens": []} | change
    put(folder, TOKENIZER, json.dumps(data).encode())
    with pytest.raises(ModelError) as caught:
        artifact.load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("engine", ["oracle", 3, None])
def test_another_engine_is_refused(folder: Path, engine: object) -> None:
    """The manifest names an engine that there is."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps(manifest | {"engine": engine}), encoding="utf-8")
    with pytest.raises(ModelError, match="has the engine"):
        artifact.load(folder)


def test_heads_that_do_not_fit_the_encoder_are_refused(folder: Path) -> None:
    """An encoder with another number of logits than the manifest has heads is no model."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    del manifest["dimensions"][0]
    del manifest["heads"][2]
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelError, match="logits"):
        artifact.load(folder)


def test_what_needs_a_table_says_so(whole: Scorer, tmp_path: Path) -> None:
    """Terms of one's own, the estimator and training on top want words and weights."""
    from mvl_classify import MvlClassifier

    terms = tmp_path / "terms.toml"
    terms.write_text('[[remove]]\nterm = "pipeline"\nreason = "our product"\n', encoding="utf-8")
    with pytest.raises(InputError, match="go with a table"):
        Scorer("transformer", terms)
    with pytest.raises(ModelError, match="needs a table"):
        MvlClassifier.from_model("transformer")
    with pytest.raises(ModelError, match="needs a table"):
        whole.model.table  # noqa: B018


def test_engine_and_model_are_not_given_together(run: Run, tmp_path: Path) -> None:
    """A model folder says itself what reads it."""
    done = run("score", "-", "--engine", "transformer", "--model", tmp_path, text="Some text.")
    assert done.code == 2
    assert "--engine: goes without --model" in done.err


def test_a_folder_with_the_name_of_an_engine_is_a_folder(
    small_model: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--model transformer` is the folder of that name, `--engine transformer` the model that ships."""
    shutil.copytree(small_model, tmp_path / "transformer")
    monkeypatch.chdir(tmp_path)
    assert Scorer(Path("transformer")).model.manifest["name"] == "small"
    done = run("score", "-", "--model", "transformer", "--format", "json", text="You will coach people well.")
    assert done.code == 0
    assert json.loads(done.out)["model"] == Scorer(small_model).model.digest


def test_a_folder_with_the_name_of_an_engine_stays_that_folder_in_every_face(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model travels to other processes and faces by a name that means the same there."""
    import pandas as pd

    from mvl_classify import OrientationFeatures

    shutil.copytree(small_model, tmp_path / "table")
    monkeypatch.chdir(tmp_path)
    digest = Scorer(small_model).model.digest
    assert [score.model for score in Scorer("./table").score_many([AD, AD], n_jobs=2)] == [digest, digest]
    value = Scorer(small_model).score(AD).orientation
    batch = pa.record_batch({"t": [AD]})
    assert next(iter(score_batches([batch], text_column="t", model=Path("table")))).to_pylist()[0]["orientation"] == value
    assert score_frame(pd.DataFrame({"t": [AD]}), "t", model="./table")["orientation"][0] == value
    assert OrientationFeatures(model=Path("table"), missing=9.0).fit([AD]).transform([AD])[0, 0] == (value or 9.0)
    assert Component(model="./table").scorer.model.digest == digest


def test_a_saved_pipeline_names_the_engine(tmp_path: Path) -> None:
    """The transformer is named, not packed: the file stays small and scores the same."""
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("mvl_classify", config={"model": "transformer"})
    data = nlp.to_bytes()
    assert len(data) < 5_000_000
    again = spacy.blank("en")
    again.add_pipe("mvl_classify")
    again.from_bytes(data)
    assert again(AD)._.mvl.model == Scorer("transformer").model.digest
    own = Component(model=model_folder("transformer"))
    own.to_disk(tmp_path / "own")
    assert Component().from_disk(tmp_path / "own").scorer.model.digest == Scorer("transformer").model.digest


def test_calibrate_lists_only_the_files_of_the_engine(run: Run, small_model: Path, tmp_path: Path) -> None:
    """A folder that held another engine's model does not carry its files along."""
    out = shutil.copytree(small_model, tmp_path / "out")
    done = run("calibrate", "--neutral", "0.5", "--engine", "transformer", "-o", out)
    assert done.code == 0, done.err
    assert set(json.loads((out / MANIFEST).read_text(encoding="utf-8"))["files"]) == {ENCODER, TOKENIZER, GOLDEN}


def test_the_names_of_engines_agree() -> None:
    """What ships, what a folder holds, what a card says and what the command line offers are of the same engines."""
    from mvl_classify import card
    from mvl_classify.cli.score import EngineName
    from mvl_classify.locate import SHIPPED
    from mvl_classify.manifest import FILES

    names = set(SHIPPED)
    assert names == set(FILES) == set(card.VERSIONS) == {name.value for name in EngineName} == set(artifact._ENGINES)


def test_a_server_takes_less_text(whole: Scorer) -> None:
    """The web page scores with it, and refuses texts that would keep it busy for minutes."""
    from starlette.testclient import TestClient

    from mvl_classify.cli.serve import web_application

    with TestClient(web_application("transformer"), base_url="http://localhost") as client:
        assert client.get("/model").json()["limits"]["text_characters"] == 10_000
        assert client.post("/score", json={"text": AD}).json()["orientation"] == whole.score(AD).orientation
        assert client.post("/score", json={"text": "a " * 6000}).status_code == 413


def test_other_commands_take_the_engine(run: Run, tmp_path: Path, root: Path) -> None:
    """`check` and `evaluate` read with it; leaving one document out trains tables of its own."""
    (tmp_path / "ad.md").write_text(AD, encoding="utf-8")
    policy = root / "examples" / "policy.toml"
    found = run("check", tmp_path / "ad.md", "--policy", policy, "--engine", "transformer", "--format", "json")
    assert found.code in (0, 1), found.err
    assert Scorer("transformer").model.digest in found.out
    labelled = [{"id": str(k), "text": text, "label": "neutral"} for k, text in enumerate(SENTENCES[:3])]
    (tmp_path / "l.jsonl").write_text("\n".join(map(json.dumps, labelled)) + "\n", encoding="utf-8")
    told = run("evaluate", tmp_path / "l.jsonl", "--engine", "transformer", "--format", "json")
    assert json.loads(told.out)["rows"] == 3
    refused = run("evaluate", "--leave-one-document-out", "--engine", "transformer")
    assert (refused.code, "leave --model and --engine out" in refused.err) == (2, True)


def test_a_batch_on_two_processes_gives_the_same_rows(run: Run, tmp_path: Path) -> None:
    """The transformer in worker processes gives the bytes of one process."""
    rows = "\n".join(json.dumps({"t": text}) for text in [AD, *SENTENCES])
    (tmp_path / "in.jsonl").write_text(rows + "\n", encoding="utf-8")
    for jobs in (1, 2):
        done = run(
            "batch", tmp_path / "in.jsonl", "-o", tmp_path / f"{jobs}.jsonl", "--text-column", "t",
            "--engine", "transformer", "--jobs", jobs, "--chunk-rows", 3,
        )  # fmt: skip
        assert done.code == 0, done.err
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_weights_are_rounded_and_read_back(tmp_path: Path, folder: Path) -> None:
    """`quantise` makes a graph a quarter as large whose logits are nearly the same."""
    import onnx

    from mvl_classify.finetuning import quantise

    model = onnx.load_from_string(graph(tmp_path))
    values = np.random.default_rng(1).normal(size=(30522, 16)).astype(np.float32)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(values, "table"))
    onnx.save(model, str(tmp_path / "whole.onnx"))
    quantise(tmp_path / "whole.onnx", folder / ENCODER)
    put(folder, ENCODER, (folder / ENCODER).read_bytes())
    assert (folder / ENCODER).stat().st_size < 0.35 * (tmp_path / "whole.onnx").stat().st_size
    encoder = Encoder(folder, 16)
    pieces = encoder._tokenizer.encode("plan the rota").ids
    expected = values[pieces].mean(axis=0)
    assert encoder("plan the rota") == pytest.approx(expected, abs=0.02)
    assert not np.array_equal(encoder("plan the rota"), expected)


@pytest.mark.parametrize("lines", ["nonsense", '{"text": "a"}', '{"text": "a", "logits": {}}', "", "[]",
                                   '{"text": "a", "logits": {"management": NaN}}'])  # fmt: skip
def test_golden_sentences_that_are_none_do_not_verify(small_model: Path, tmp_path: Path, lines: str) -> None:
    """A golden file that cannot be compared is a ModelError, never a pass."""
    place = shutil.copytree(small_model, tmp_path / "model")
    put(place, GOLDEN, lines.encode())
    with pytest.raises(ModelError, match=GOLDEN):
        golden_difference(place)


def test_the_card_of_a_poor_manifest_is_an_error(run: Run, tmp_path: Path) -> None:
    """`model card` checks the folder first."""
    (tmp_path / MANIFEST).write_text('{"format": 1, "engine": "oracle"}', encoding="utf-8")
    done = run("model", "card", tmp_path)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "unexpected" not in done.err


@pytest.mark.parametrize("name", ["onnxruntime", "tokenizers"])
def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path, name: str
) -> None:
    """A missing library is one line that names the extra; a batch leaves nothing behind."""
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(DependencyError, match=r"mvl-classify\[transformer\]"):
        Scorer("transformer")
    (tmp_path / "in.csv").write_text(_csv(AD), encoding="utf-8")
    done = run(
        "batch", tmp_path / "in.csv", "-o", tmp_path / "o.csv", "--text-column", "t", "--engine", "transformer"
    )
    assert done.code == 2
    assert "[transformer]" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_training_without_the_extra_says_so_before_it_begins(monkeypatch: pytest.MonkeyPatch, small_corpus: Path) -> None:
    """A missing torch or onnx is told at once."""
    from mvl_classify.finetuning import finetune

    found = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "onnxscript" else found(name))
    with pytest.raises(DependencyError, match=r"\[teacher\]"):
        finetune(small_corpus, small_corpus / "out", default_dimensions())


def test_calibration_for_other_text_keeps_the_encoder(run: Run, tmp_path: Path) -> None:
    """`calibrate --neutral` writes the same encoder with other curves."""
    out = tmp_path / "moved"
    done = run("calibrate", "--neutral", "0.5", "--engine", "transformer", "-o", out)
    assert done.code == 0, done.err
    assert (out / ENCODER).read_bytes() == (model_folder("transformer") / ENCODER).read_bytes()
    assert Scorer(out).model.engine.calibration != Scorer("transformer").model.engine.calibration
    assert golden_difference(out)[1] <= 1e-3


class StandIn:
    """A teacher that has learnt already: it exports the encoder that ships."""

    def __init__(self, dimensions: int, effort: teacher.Effort) -> None:
        self.fitted = 0

    def fit(self, texts: list[str], targets: object, progress: object) -> None:
        """Count what it is shown."""
        self.fitted = len(texts)

    def pooled(self, texts: list[str]) -> Array:
        """Tell texts apart by their length."""
        return np.array([[len(text), 1.0] for text in texts], float)

    def export(self, encoder: Path, tokenizer: Path, kind: tuple[Array, float]) -> None:
        """Copy the files that ship."""
        assert kind[0].shape == (2,)
        shutil.copy(model_folder("transformer") / ENCODER, encoder)
        shutil.copy(model_folder("transformer") / TOKENIZER, tokenizer)


def test_a_fine_tuned_folder_is_calibrated_described_and_golden(
    small_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a corpus with soft labels to a folder that loads: curves on soft labels, golden sentences, card."""
    from mvl_classify import card, corpus, finetuning
    from mvl_classify.soft import SOFT_FILE, write_soft

    here, out = shutil.copytree(small_corpus, tmp_path / "corpus"), tmp_path / "model"
    monkeypatch.setattr(teacher, "Teacher", StandIn)
    monkeypatch.setattr(teacher, "encoder_folder", Path)
    monkeypatch.setattr(finetuning, "quantise", lambda source, to: shutil.copy(source, to))
    monkeypatch.setattr("mvl_classify.training.versions", lambda engine: dict.fromkeys(card.VERSIONS[engine], "1"))
    with pytest.raises(CorpusError, match="train --teacher"):
        finetuning.finetune(here, out, default_dimensions())
    rows, dimensions = corpus.read_corpus(here), default_dimensions()
    gold = targets_of(rows, dimensions.ids)
    write_soft(here / SOFT_FILE, rows, dimensions, 0.1 + 0.8 * gold.poles, gold.dimensions, {})
    manifest = finetuning.finetune(here, out, dimensions, name="mine", version="2")
    assert (manifest["name"], manifest["engine"]) == ("mine", "transformer")
    assert set(manifest["files"]) == {ENCODER, TOKENIZER, GOLDEN}
    assert golden_difference(out)[1] == pytest.approx(0, abs=1e-6)
    assert Scorer(out).score(AD).sentence_count > 1
    before = (out / "README.md").read_text(encoding="utf-8")
    write_card(out)
    assert (out / "README.md").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ask the Regional Sales Manager today, now.", ["Ask", " the", " today", " now"]),
        ("  Managers   plan.\n", ["   plan"]),
        ("Senior Manager\n\nLead Engineer plans", [" plans"]),
        ("🙂 élan — no roles here", [" élan", " no", " roles", " here"]),
    ],
)
def test_the_strings_of_a_sentence_are_its_words_with_their_tokens(text: str, words: list[str]) -> None:
    """Each visible word stands there once, with the blanks before it and its token; no role is among them."""
    segmenter = Segmenter()
    tokens = segmenter.tokens([text])
    cut = strings([text], tokens, segmenter.whole(tokens, 1))[0]
    assert [string for token, string in cut if token >= 0] == words
    assert [text[tokens.start[token] : tokens.end[token]] for token, _ in cut if token >= 0] == [
        word.strip() for word in words
    ]
