"""Imports point up the floors, and heavy or unsafe modules stay out of scoring."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "mvl_classify"

FLOORS = [
    {"errors", "locate", "dimensions", "results"},
    {"segment", "tokens", "roles", "sections", "language", "titles", "corpus", "readers", "overlay"}
    | {"places", "parts", "rows", "tables", "output", "webpage", "word", "pdf", "mail"}
    | {"exports", "labelled", "sufficiency", "masking"},
    {"engine", "vocabulary", "features", "table", "encoder", "transformer", "vectors", "sharing", "model", "heads", "inheritance", "soft"}
    | {"manifest", "artifact", "estimator"},
    {"scoring", "intake", "facts", "scored", "scorer", "evidence", "pooling", "arrow"}
    | {"groups", "job", "chunk", "plan", "workers", "assembly"}
    | {"wording", "highlight", "suggest", "policy", "findings"},
    {"training", "evaluation", "documents", "teacher", "card", "verify", "datasheet", "distillation"}
    | {"adaptation", "gain", "recalibration", "finetuning", "crossfit"},
    {"render", "report", "annotations", "batch", "cluster", "web", "frames", "orientation_features"}
    | {"spacy_component"},
    {"api", "cli", "__init__", "__main__"},
]
FACES = FLOORS[5]
WORKSHOP = FLOORS[4]


def room(path: Path) -> str:
    """Return the module or package of the top level that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def floor(name: str) -> int:
    """Return the floor a room is on."""
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


def imports(path: Path) -> set[str]:
    """Return the rooms of ours that a file imports, and the other top-level modules."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "mvl_classify":
            found |= {f"mvl_classify.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_an_import_never_points_down_the_floors(path: Path) -> None:
    """A module imports only from its own floor or from those below it in the list of CONTRIBUTING."""
    if room(path) == "__init__":
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "mvl_classify" and len(parts) > 1 and (SOURCE / f"{parts[1]}.py").exists():
            assert floor(parts[1]) <= floor(room(path)), f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_faces_do_not_import_each_other_nor_the_workshop(path: Path) -> None:
    """A face reads results; it knows neither another face nor training."""
    if room(path) not in FACES:
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "mvl_classify" and len(parts) > 1:
            assert parts[1] == room(path) or parts[1] not in FACES | WORKSHOP


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_the_teacher_imports_torch_and_nothing_imports_pickle(path: Path) -> None:
    """Loading a model can execute nothing, and scoring needs no deep-learning library."""
    tops = {name.split(".")[0] for name in imports(path)}
    assert not tops & {"pickle", "dill", "cloudpickle", "shelve"}
    if room(path) != "teacher":
        assert not tops & {"torch", "transformers"}


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules loaded after running code in a fresh process."""
    script = f"{code}\nimport sys\nprint('\\n'.join(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_is_light() -> None:
    """`import mvl_classify` loads neither scikit-learn nor pandas, nor spaCy or numpy."""
    assert not loaded_after("import mvl_classify") & {"sklearn", "pandas", "spacy", "numpy", "torch", "scipy"}


def test_scoring_never_imports_scikit_learn() -> None:
    """A scored document has loaded no scikit-learn, pandas or joblib."""
    code = "import mvl_classify\nmvl_classify.score('You will coach the team and plan the budget.').to_dict()"
    assert not loaded_after(code) & {"sklearn", "pandas", "joblib"}


def test_every_module_opens_with_a_sentence() -> None:
    """The first line of a module's docstring is one sentence."""
    for path in FILES:
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, path
        assert docstring.split("\n\n")[0].rstrip().endswith((".", ":")), path
