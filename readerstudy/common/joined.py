"""Whole rows of several models in one statement that is worded once.

The ORM words a query anew at every call; for a wide one that takes longer than the database needs to answer.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model

from readerstudy.common.statements import rows


@dataclass(frozen=True)
class _Part:
    """Where in a row found the columns of one model are, and what turns them into its fields."""

    model: type[Model]
    names: list[str]
    begins: int
    key: int
    converters: list[tuple[int, Any, Any]]

    def read(self, row: tuple[Any, ...]) -> Model | None:
        values = list(row[self.begins : self.begins + len(self.names)])
        if values[self.key] is None:
            return None
        for place, column, convert in self.converters:
            values[place] = convert(values[place], column, connection)
        return self.model.from_db(connection.alias, self.names, values)


class Joined:
    """A statement with `{rows}` where the columns of the models go, each under its alias in the statement.

    A model whose table is joined from outside and has no row is None. Other values may follow `{rows}`.
    """

    def __init__(self, sql: str, **models: type[Model]) -> None:
        self.sql = sql
        self.models = models
        self._worded: dict[str, tuple[str, list[_Part]]] = {}

    def ask(self, *, hold: str = "", share: str = "", **values: Any) -> list[tuple[Any, ...]]:
        """Per row found one object for each model, in their order, then the other values.

        hold: the alias whose rows are held until the transaction ends. share: the alias whose rows are held
        first, together with others who only share them. SQLite holds everything anyway.
        """
        if connection.vendor not in self._worded:
            self._worded[connection.vendor] = self._word()
        sql, parts = self._worded[connection.vendor]
        if connection.features.has_select_for_update:
            sql += f" FOR SHARE OF {share}" if share else ""
            sql += f" FOR UPDATE OF {hold}" if hold else ""
        width = sum(len(part.names) for part in parts)
        return [(*(part.read(row) for part in parts), *row[width:]) for row in rows(sql, **values)]

    def _word(self) -> tuple[str, list[_Part]]:
        columns: list[str] = []
        parts = []
        for alias, model in self.models.items():
            fields = model._meta.concrete_fields
            converters = [
                (place, column, convert)
                for place, column in enumerate(field.get_col(alias) for field in fields)
                for convert in (
                    *connection.ops.get_db_converters(column),
                    *column.get_db_converters(connection),
                )
            ]
            names = [field.attname for field in fields]
            parts.append(_Part(model, names, len(columns), fields.index(model._meta.pk), converters))
            columns += [f'{alias}."{field.column}"' for field in fields]
        return self.sql.replace("{rows}", ", ".join(columns)), parts


def link(row: Model, name: str, other: Model | None) -> None:
    """Let `row.name`, a relation of one row at most, be this one or none without being asked for."""
    row._meta.get_field(name).set_cached_value(row, other)
