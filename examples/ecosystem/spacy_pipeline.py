"""spaCy: the component in a pipeline of your own, in two processes, saved and loaded."""

import tempfile
from pathlib import Path

import spacy

ads = [file.read_text(encoding="utf-8") for file in sorted(Path(__file__).parents[1].glob("*.md"))]


def main() -> None:
    """Score ads in a spaCy pipeline."""
    nlp = spacy.blank("en")
    nlp.add_pipe("mvl_classify", config={"kind": "ad"})

    doc = nlp(ads[0])
    print(doc._.mvl.label, doc._.mvl.orientation, doc.cats)
    for sent in doc.sents:
        if sent._.mvl is not None and sent._.mvl.oriented:
            print(f"  {sent._.mvl.label:<11}{sent._.mvl.dimension:<16}{sent.text.strip()[:60]}")

    # The model is loaded once a process; results travel with the documents.
    labels = [doc._.mvl.label for doc in nlp.pipe(ads, n_process=2)]
    print(labels)

    # A saved pipeline needs no import of ours to load: spaCy finds the component by its entry point.
    with tempfile.TemporaryDirectory() as folder:
        nlp.to_disk(folder)
        again = spacy.load(folder)
        print(again(ads[0])._.mvl == doc._.mvl)


if __name__ == "__main__":  # spaCy may start its processes by importing this file
    main()
