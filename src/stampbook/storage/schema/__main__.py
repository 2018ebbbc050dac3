"""Writes both files anew: `make schema`, after a migration was added."""

from stampbook.storage.schema.dumping import write_all

write_all()
