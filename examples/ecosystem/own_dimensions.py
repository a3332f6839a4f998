"""Own dimensions and terms: a company's leadership model, and words with a meaning of their own."""

import subprocess
import sys
import tempfile
from pathlib import Path

import mvl_classify as mvl

here = Path(__file__).parent

with tempfile.TemporaryDirectory() as folder:
    model = Path(folder) / "our-model"

    # mvl-classify train labels.csv -o our-model/ --base --dimensions dimensions.toml
    command = [sys.executable, "-m", "mvl_classify", "train", str(here / "company.csv"), "-o", str(model)]
    command += ["--base", "--dimensions", str(here / "dimensions.toml")]
    subprocess.run(command, check=True, capture_output=True)
    text = (
        "You will teach the trade to apprentices. You will run skip-level talks and keep the pipeline full."
    )
    print({key: value.orientation for key, value in mvl.Scorer(model).score(text).dimensions.items()})

    # terms.toml adds, removes and re-weights terms, with a reason each; each shows up in the evidence.
    before, after = mvl.Scorer(model).score(text), mvl.Scorer(model, terms=here / "terms.toml").score(text)
    for one, two in zip(before.sentences, after.sentences, strict=True):
        print(f"{one.logits['leadership']:+.2f} -> {two.logits['leadership']:+.2f}  {two.text}")
        print("   ", [(span.text, span.reason) for span in two.evidence if span.reason])
