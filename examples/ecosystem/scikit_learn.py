"""scikit-learn: train the classifier, search its parameters, and use the scores in a model of your own."""

from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mvl_classify import MvlClassifier, OrientationFeatures

labels = pd.read_csv(Path(__file__).parent / "idioms.csv", keep_default_na=False)[::2]

# The classifier that ships, as an estimator: `predict` gives the label that `score_sentences` gives.
shipped = MvlClassifier.from_model()
print("shipped model:", round(shipped.score(labels.text, labels.label), 2))

# The same estimator fitted to sentences of your own, with its parameters searched.
search = GridSearchCV(MvlClassifier(), {"C": [1.0, 10.0]}, cv=2)
search.fit(labels.text, labels.label)
print("best on folds:", search.best_params_, round(search.best_score_, 2))
print(search.predict(["Under Hana it is a tight ship.", "Gives new people air cover."]).tolist())

# Documents into named columns, beside columns of your own, for somebody else's model.
reviews = pd.DataFrame(
    {
        "review": [
            "She coaches every newcomer and wins trust with an open door.",
            "He keeps the rota, checks each form and reports on time.",
            "She sets a direction that people believe in and follow.",
            "He controls costs and holds everybody to the procedure.",
        ],
        "years": [2, 7, 4, 9],
        "promoted": [1, 0, 1, 0],
    }
)
features = make_column_transformer((OrientationFeatures(kind="review"), "review"), remainder=StandardScaler())
model = make_pipeline(features, LogisticRegression())
model.fit(reviews[["review", "years"]], reviews.promoted)
print("columns:", features.get_feature_names_out()[:2].tolist(), "…")
