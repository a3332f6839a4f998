"""Where the package's own data lies: installed beside the code first, else in the checkout."""

from __future__ import annotations

from pathlib import Path

_INSTALLED = Path(__file__).parent / "data"
_CHECKOUT = Path(__file__).parents[2]


def dimensions_file() -> Path:
    """Return the path of the default dimension set."""
    installed = _INSTALLED / "dimensions.toml"
    return installed if installed.is_file() else _CHECKOUT / "corpus" / "dimensions.toml"


def default_model() -> Path:
    """Return the folder of the default model."""
    installed = _INSTALLED / "models" / "default"
    return installed if installed.is_dir() else _CHECKOUT / "models" / "default"


def vectors_folder() -> Path:
    """Return the folder of the word vectors that training uses."""
    installed = _INSTALLED / "models" / "vectors"
    return installed if installed.is_dir() else _CHECKOUT / "models" / "vectors"
