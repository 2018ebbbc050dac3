"""What the checks of a server find: a code for programs, and a sentence for people.

Everybody may read the sentences, so they name neither paths nor addresses; the log has the cause.
"""

from collections.abc import Mapping
from enum import Enum, unique
from types import MappingProxyType
from typing import Final, NamedTuple

from stampbook.speaking.speech import Speech, translatable

NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


@unique
class Finding(Enum):
    """The value is the sentence in English, with `%(name)s` for numbers."""

    UNKNOWN = translatable("not known while the database does not answer")
    FILE_READABLE = translatable("the file can be read")
    FILE_WRITABLE = translatable("the file takes writes")
    FILE_UNSHARED = translatable("the file is opened by this process alone as often as it needs")
    DATABASE_ANSWERS = translatable("the database answers")
    DATABASE_SILENT = translatable("the database does not answer")
    DATABASE_WRITABLE = translatable("the database takes writes")
    DATABASE_READ_ONLY = translatable("the database can only be read, as a standby can")
    SCHEMA_CURRENT = translatable("the schema is that of this version")
    SCHEMA_OTHER = translatable("the schema is not that of this version")
    NO_ROOM = translatable("no room was left for the last write")
    DISK_FREE = translatable("%(free)s MB are free, %(needed)s MB are needed")
    DISK_SILENT = translatable("the disk does not say how much is free")
    DISK_ELSEWHERE = translatable("the disk of the database server cannot be seen from here")
    CONNECTIONS = translatable("%(used)s of the server's %(allowed)s connections are in use")
    QUEUE_OPEN = translatable("writes are taken")
    QUEUE_FULL = translatable("too many writes wait")
    REPLICAS = translatable("%(read)s of %(all)s replicas are read")
    REPLICA_UNASKED = translatable("number %(number)s was not asked yet")
    REPLICA_AWAY = translatable("number %(number)s cannot be reached")
    REPLICA_PRIMARY = translatable("number %(number)s takes writes, so it is no replica")
    REPLICA_OTHER = translatable("number %(number)s belongs to another database")
    REPLICA_TIMELINE = translatable("number %(number)s does not follow the present primary yet")
    REPLICA_BEHIND = translatable("number %(number)s is behind all that is known of the primary")

    def of(self, **values: int) -> "Found":
        return Found(self, values)


class Found(NamedTuple):
    """A finding with its numbers."""

    finding: Finding
    values: Mapping[str, int] = NOTHING

    @property
    def code(self) -> str:
        return self.finding.name.lower()

    def __str__(self) -> str:
        return self.finding.value % self.values

    def said(self, speech: Speech) -> str:
        """The sentence in that language."""
        numbers = {name: speech.amount(str(each)) for name, each in self.values.items()}
        return speech.gettext(self.finding.value, **numbers)
