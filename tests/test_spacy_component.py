"""The spaCy component: the scores of `score` on documents and sentences, through every way of saving."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin

import mvl_classify as mvl
from mvl_classify.errors import InputError, ModelError
from mvl_classify.locate import default_model
from mvl_classify.scorer import shared

AD = (Path(__file__).parents[1] / "examples" / "engineering-manager.md").read_text(encoding="utf-8")
TEXTS = [AD, "", "She coaches people. He keeps the schedule.", "•\n \n• Lead the team\n• Plan the rota", "🙂"]


@pytest.fixture(scope="module")
def nlp():
    """Return a blank pipeline with the component."""
    made = spacy.blank("en")
    made.add_pipe("mvl_classify")
    return made


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A pipeline with a model folder and terms of its own."""
    folder = tmp_path_factory.mktemp("own")
    model = folder / "model"
    model.mkdir()
    for file in default_model().iterdir():
        (model / file.name).write_bytes(file.read_bytes())
    manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
    manifest["thresholds"] = [0.2, 0.2]
    (model / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    terms = folder / "terms.toml"
    terms.write_text('[[add]]\nterm = "rota"\nweights = {leadership = 3}\nreason = "r"\n', encoding="utf-8")
    made = spacy.blank("en")
    made.add_pipe(
        "mvl_classify", config={"model": str(model), "terms": str(terms), "kind": "ad", "cats": False}
    )
    return made


@pytest.mark.parametrize("text", TEXTS)
def test_scores_are_those_of_score(nlp, text):
    """Where the pipeline sets no boundaries, `doc._.mvl` equals `score` to the last bit."""
    assert nlp(text)._.mvl == mvl.score(text)


def test_sentences_are_set_as_score_cuts_them(nlp):
    """`doc.sents` follows our boundaries, and each sentence has its score."""
    doc = nlp(AD)
    found = [sent._.mvl for sent in doc.sents if sent._.mvl is not None]
    assert found == list(mvl.score(AD).sentences)
    assert all(sent.start_char <= sent._.mvl.start for sent in doc.sents if sent._.mvl is not None)


def test_boundaries_of_the_pipeline_are_kept():
    """Where the pipeline has set boundaries, they are the sentences, scored as ever."""
    made = spacy.blank("en")
    made.add_pipe("sentencizer")
    made.add_pipe("mvl_classify")
    doc = made("She coaches people • he plans the rota. They sit in Leeds")
    assert [sent.text for sent in doc.sents] == [
        "She coaches people • he plans the rota.",
        "They sit in Leeds",
    ]
    for sent in doc.sents:
        assert sent._.mvl.logits == mvl.score_sentences([sent.text])[0].logits
    assert len(doc._.mvl.sentences) == 2


def test_a_second_pass_changes_nothing(nlp):
    """A document whose boundaries we set keeps its scores when it passes again."""
    doc = nlp(AD)
    first = doc._.mvl
    assert nlp.get_pipe("mvl_classify")(doc)._.mvl == first


def test_cats_name_the_label(nlp, own):
    """`doc.cats` has 1.0 for the label and 0.0 for the others; `cats: false` leaves it alone."""
    doc = nlp(AD)
    assert max(doc.cats, key=doc.cats.get) == doc._.mvl.label and sum(doc.cats.values()) == 1.0
    assert own(AD).cats == {}


def test_before_the_component_there_is_nothing(nlp):
    """The extensions are null on a document that has not passed."""
    doc = spacy.blank("en")("Leads people.")
    assert doc._.mvl is None and doc[:]._.mvl is None


def test_pipe_in_two_processes(nlp):
    """`nlp.pipe(n_process=2)` gives the same results in the same order."""
    docs = list(nlp.pipe(TEXTS * 2, n_process=2, batch_size=3))
    assert [doc._.mvl for doc in docs] == [mvl.score(text) for text in TEXTS * 2]


def test_documents_travel(nlp):
    """Results survive `Doc.to_bytes` and `DocBin`."""
    doc = nlp(AD)
    assert Doc(nlp.vocab).from_bytes(doc.to_bytes())._.mvl == doc._.mvl
    stored = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    assert next(DocBin().from_bytes(stored).get_docs(nlp.vocab))._.mvl == doc._.mvl


@pytest.mark.parametrize("which", ["nlp", "own"])
def test_bytes_round_trip(which, request):
    """`to_bytes` and `from_bytes` give a pipeline that scores the same, with its own model and terms."""
    made = request.getfixturevalue(which)
    again = spacy.blank("en")
    again.add_pipe("mvl_classify")
    again.from_bytes(made.to_bytes())
    assert again(TEXTS[3])._.mvl == made(TEXTS[3])._.mvl
    assert again.get_pipe("mvl_classify").to_bytes() == made.get_pipe("mvl_classify").to_bytes()


def test_loading_in_a_process_that_has_not_imported_us(own, tmp_path):
    """`spacy.load` finds the factory by its entry point; the model travels inside the pipeline's folder."""
    own.to_disk(tmp_path / "pipeline")
    wanted = own(TEXTS[3])._.mvl
    code = (
        "import spacy, sys, json; assert 'mvl_classify' not in sys.modules; "
        f"nlp = spacy.load({str(tmp_path / 'pipeline')!r}); "
        f"print(json.dumps(nlp({TEXTS[3]!r})._.mvl.to_dict()))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert json.loads(out.stdout) == json.loads(json.dumps(wanted.to_dict()))


def test_one_model_a_process(nlp):
    """Two pipelines and `score` share one loaded model."""
    other = spacy.blank("en")
    component = other.add_pipe("mvl_classify")
    assert component.scorer is nlp.get_pipe("mvl_classify").scorer is shared()


def test_another_default_model_is_told(nlp, tmp_path):
    """A pipeline saved with another default model says that its scores differ."""
    nlp.to_disk(tmp_path)
    state = tmp_path / "mvl_classify" / "state.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "digest": "0123"}), encoding="utf-8")
    with pytest.warns(UserWarning, match="scores differ"):
        spacy.load(tmp_path)


def test_mistakes_are_named(tmp_path):
    """A kind that is none, and a folder that holds no component, are refused."""
    with pytest.raises(InputError, match="kind"):
        spacy.blank("en").add_pipe("mvl_classify", config={"kind": "letter"})
    component = spacy.blank("en").add_pipe("mvl_classify")
    with pytest.raises(ModelError, match="no saved component"):
        component.from_disk(tmp_path)
