"""The two column types of the schema; SQLite's tables are STRICT and take no others."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer
from sqlalchemy import Text as AnyText
from sqlalchemy.types import TypeEngine

# Text compares bytewise on both databases, whatever the server's locale.
Text: TypeEngine[str] = AnyText().with_variant(AnyText(collation="C"), "postgresql")
Int64: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
