"""The database's shape, as numbered SQL files that are applied in order and never changed afterwards."""
