"""Where the package's own data lies: installed beside the code first, else in the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SHIPPED: Final = {"table": "default", "transformer": "transformer"}
"""The folder of each engine's model that ships."""

_INSTALLED = Path(__file__).parent / "data"
_CHECKOUT = Path(__file__).parents[2]


def dimensions_file() -> Path:
    """Return the path of the default dimension set."""
    installed = _INSTALLED / "dimensions.toml"
    return installed if installed.is_file() else _CHECKOUT / "corpus" / "dimensions.toml"


def default_model() -> Path:
    """Return the folder of the default model."""
    return _shipped("default")


def model_folder(model: str | Path | None = None) -> Path:
    """Return a model's folder: the default's (None), that of an engine by its name in `SHIPPED`, or the one named.

    A folder of one's own that has the name of an engine is a Path, or is written `./transformer`.
    """
    if model is None:
        return default_model()
    return _shipped(SHIPPED[model]) if isinstance(model, str) and model in SHIPPED else Path(model)


def named(model: str | Path | None) -> str | None:
    """Return a model as text that means the same in every process: None, the name of an engine, or an absolute path."""
    if model is None or (isinstance(model, str) and model in SHIPPED):
        return model
    return str(Path(model).absolute())


def _shipped(name: str) -> Path:
    installed = _INSTALLED / "models" / name
    return installed if installed.is_dir() else _CHECKOUT / "models" / name


def vectors_folder() -> Path:
    """Return the folder of the word vectors that training uses."""
    installed = _INSTALLED / "models" / "vectors"
    return installed if installed.is_dir() else _CHECKOUT / "models" / "vectors"
