"""Own labels: fifty sentences of a domain the model is weak in, and what they gain on sentences kept apart.

The domain is peer feedback in idioms ("runs a tight ship", "gives us air cover"), composed for this example.
Half of `idioms.csv` trains, the other half is never seen until the end.
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import mvl_classify as mvl

with (Path(__file__).parent / "idioms.csv").open(newline="", encoding="utf-8") as file:
    head, *rows = list(csv.reader(file))
train, test = rows[::2], rows[1::2]

with tempfile.TemporaryDirectory() as folder:
    labels, model = Path(folder) / "labels.csv", Path(folder) / "my-model"
    with labels.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *train])

    # mvl-classify train labels.csv -o my-model/ --base
    command = [sys.executable, "-m", "mvl_classify", "train", str(labels), "-o", str(model), "--base"]
    print(subprocess.run(command, check=True, capture_output=True, text=True).stderr)

    def right(scorer: mvl.Scorer) -> float:
        """Return the share of the sentences kept apart whose label is right."""
        scores = scorer.score_sentences([text for text, *_ in test])
        return sum(score.label == row[1] for score, row in zip(scores, test, strict=True)) / len(test)

    before, after = right(mvl.Scorer()), right(mvl.Scorer(model))
    print(
        f"{len(test)} sentences kept apart: right label {before:.0%} before, "
        f"{after:.0%} with {len(train)} labels"
    )
    assert after > before
