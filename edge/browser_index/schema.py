"""The tables of the browser's SQLite file. What they hold is described in README.md."""

from edge.database import Connection

_TOKENS = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE provider(
  rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_latin TEXT NOT NULL,
  city_key TEXT, lat REAL, lon REAL, rating REAL, price_band INTEGER, price_from REAL,
  hours INTEGER, digest BLOB NOT NULL, words BLOB NOT NULL, record TEXT NOT NULL);
CREATE TABLE provider_category(
  category TEXT NOT NULL, provider INTEGER NOT NULL, PRIMARY KEY(category, provider)) WITHOUT ROWID;
CREATE TABLE provider_language(
  language TEXT NOT NULL, provider INTEGER NOT NULL, PRIMARY KEY(language, provider)) WITHOUT ROWID;
CREATE TABLE provider_attribute(
  key TEXT NOT NULL, value TEXT NOT NULL, provider INTEGER NOT NULL, number REAL,
  PRIMARY KEY(key, value, provider)) WITHOUT ROWID;
CREATE TABLE provider_name(
  key TEXT NOT NULL, provider INTEGER NOT NULL, PRIMARY KEY(key, provider)) WITHOUT ROWID;
CREATE TABLE hours(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, week TEXT, days TEXT);
"""
_WORDS = (
    "CREATE VIRTUAL TABLE search_text USING fts5(name, category, offers, attributes, texts, city, facet,"
    " content=''{deletable}, tokenize=\"" + _TOKENS + "\", detail='column')",
    "CREATE VIRTUAL TABLE search_name USING fts5(name, content=''{deletable}, tokenize='trigram',"
    " detail='none')",
    "CREATE VIRTUAL TABLE search_text_word USING fts5vocab(search_text, 'row')",
    "CREATE VIRTUAL TABLE search_name_part USING fts5vocab(search_name, 'row')",
)
DELETABLE_SINCE = (3, 43, 0)


def can_delete(connection: Connection) -> bool:
    """Whether this SQLite can take a record out of a contentless word index (3.43 and newer)."""
    version = connection.execute("SELECT sqlite_version()").fetchone()[0]
    return tuple(map(int, version.split("."))) >= DELETABLE_SINCE


def create(connection: Connection) -> None:
    """All tables, in an empty file."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    deletable = ", contentless_delete=1" if can_delete(connection) else ""
    for statement in _WORDS:
        connection.execute(statement.replace("{deletable}", deletable))
