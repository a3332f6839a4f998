"""The labels, the two poles, and the set of dimensions on which they are contrasted."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from mvl_classify.errors import InputError
from mvl_classify.locate import dimensions_file

Label = Literal["management", "leadership", "both", "neutral"]
Pole = Literal["management", "leadership"]
Kind = Literal["ad", "review"]

POLES: Final[tuple[Pole, Pole]] = ("management", "leadership")
LABELS: Final[tuple[Label, ...]] = ("management", "leadership", "both", "neutral")
KINDS: Final[tuple[Kind, Kind]] = ("ad", "review")


@dataclass(frozen=True, slots=True)
class PoleText:
    """How one pole of a dimension is called on a report, what it means, and phrases that show it."""

    name: str
    meaning: str
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dimension:
    """One contrast between management and leadership, with the documents' headings it comes from."""

    id: str
    name: str
    management: PoleText
    leadership: PoleText
    sources: tuple[str, ...] = ()

    def pole(self, pole: Pole) -> PoleText:
        """Return the text of one pole."""
        return self.management if pole == "management" else self.leadership


@dataclass(frozen=True, slots=True)
class DimensionSet(Mapping[str, Dimension]):
    """The dimensions in their fixed order, by id."""

    items_: tuple[Dimension, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids in order: the order of every array and column of dimension scores."""
        return tuple(dimension.id for dimension in self.items_)

    def __getitem__(self, key: str) -> Dimension:
        for dimension in self.items_:
            if dimension.id == key:
                return dimension
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __len__(self) -> int:
        return len(self.items_)

    def to_dict(self) -> list[dict[str, Any]]:
        """Return plain data, as `dimensions.toml` holds it."""
        return [
            {
                "id": d.id,
                "name": d.name,
                "sources": list(d.sources),
                **{
                    pole: {"name": t.name, "meaning": t.meaning, "phrases": list(t.phrases)}
                    for pole, t in (("management", d.management), ("leadership", d.leadership))
                },
            }
            for d in self.items_
        ]

    @classmethod
    def from_dict(cls, rows: object, place: str) -> DimensionSet:
        """Build the set from plain data; raise InputError that names `place` when a field is wrong."""
        if not isinstance(rows, list) or not rows:
            raise InputError(f"{place}: expected a list of [[dimensions]], found none.")
        made: list[Dimension] = []
        for number, row in enumerate(rows, 1):
            where = f"{place}: dimension {number}"
            try:
                poles = {pole: _pole_text(row[pole]) for pole in POLES}
                made.append(
                    Dimension(
                        id=_identifier(row["id"]),
                        name=str(row["name"]),
                        management=poles["management"],
                        leadership=poles["leadership"],
                        sources=tuple(map(str, row.get("sources", ()))),
                    )
                )
            except KeyError as missing:
                raise InputError(f"{where} has no {missing}; see corpus/dimensions.toml for the form.") from None
            except (TypeError, ValueError, AttributeError) as wrong:
                raise InputError(f"{where}: {wrong}") from None
        ids = [dimension.id for dimension in made]
        for identifier in ids:
            if ids.count(identifier) > 1:
                raise InputError(f"{place}: the dimension id {identifier!r} stands twice.")
        return cls(tuple(made))

    @classmethod
    def read(cls, path: Path) -> DimensionSet:
        """Read a `dimensions.toml`; raise InputError when it is missing or malformed."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}).") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: is not valid TOML ({error}).") from None
        return cls.from_dict(data.get("dimensions"), str(path))


def _pole_text(row: Any) -> PoleText:
    return PoleText(str(row["name"]), str(row["meaning"]), tuple(map(str, row.get("phrases", ()))))


def _identifier(value: Any) -> str:
    if not (isinstance(value, str) and value.isidentifier()):
        raise ValueError(f"the id {value!r} is not an identifier (letters, digits, underscores).")
    return value


@lru_cache(maxsize=1)
def default_dimensions() -> DimensionSet:
    """Return the dimension set that the project defines in `corpus/dimensions.toml`."""
    return DimensionSet.read(dimensions_file())
