"""The tables of the catalogue, and how an older file becomes a newer one.

Each step is recorded with its own transaction by sqlite-utils. Tables of indexes are made by the indexes.
"""

import sqlite_utils
from sqlite_utils import Migrations

from edge.database import Connection

TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE provider(
  rowid INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, name TEXT NOT NULL,
  city TEXT, city_key TEXT, lat REAL, lon REAL, opening_hours TEXT, rating REAL, price_band INTEGER,
  price_from REAL, updated_at TEXT, digest BLOB NOT NULL, document BLOB NOT NULL);
CREATE INDEX provider_city ON provider(city_key);
CREATE TABLE provider_category(
  provider INTEGER NOT NULL, category TEXT NOT NULL, PRIMARY KEY(provider, category)) WITHOUT ROWID;
CREATE INDEX provider_category_by ON provider_category(category, provider);
CREATE TABLE provider_language(
  provider INTEGER NOT NULL, language TEXT NOT NULL, PRIMARY KEY(provider, language)) WITHOUT ROWID;
CREATE INDEX provider_language_by ON provider_language(language, provider);
CREATE TABLE provider_attribute(
  provider INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, number REAL, spelling TEXT NOT NULL);
CREATE INDEX provider_attribute_of ON provider_attribute(provider);
CREATE INDEX provider_attribute_by ON provider_attribute(key, value, provider);
CREATE TABLE provider_text(
  provider INTEGER NOT NULL, language TEXT NOT NULL, title TEXT, description TEXT,
  PRIMARY KEY(provider, language)) WITHOUT ROWID;
CREATE TABLE provider_name(
  key TEXT NOT NULL, provider INTEGER NOT NULL, PRIMARY KEY(key, provider)) WITHOUT ROWID;
CREATE INDEX provider_name_of ON provider_name(provider);
"""

NAMES = (
    "meta",
    "provider",
    *(f"provider_{part}" for part in ("category", "language", "attribute", "text", "name")),
)

migrations = Migrations("catalog")


@migrations()
def tables(db: sqlite_utils.Database) -> None:
    for statement in TABLES.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)


def current(connection: Connection) -> bool:
    """Whether the file has every table of this version."""
    return not migrations.pending(sqlite_utils.Database(connection, execute_plugins=False))


def migrate(connection: Connection) -> None:
    """Brings the file up to date. Call it inside a write transaction."""
    migrations.apply(sqlite_utils.Database(connection, execute_plugins=False))
