"""What is kept: who signed in from where, and the notes that people write down. Times are UTC."""

import uuid
from datetime import UTC, datetime, timedelta

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

EARLY = timedelta(seconds=30)
"""A token is renewed this long before it runs out, so that none runs out on its way."""


class Base(DeclarativeBase):
    """The declarative base of SQLAlchemy 2."""


db = SQLAlchemy(model_class=Base)


def now() -> datetime:
    """UTC without a zone: every database that we support stores that alike."""
    return datetime.now(UTC).replace(tzinfo=None)


class SignIn(db.Model):
    """One sign-in of one browser. While it lasts its tokens stand here: the browser holds only the id, in a signed
    cookie, because three tokens do not fit into one and should not be lying about on other people's machines."""

    __tablename__ = "sign_ins"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=lambda: uuid.uuid4().hex)
    user: Mapped[str] = mapped_column(String(64), index=True)
    email: Mapped[str] = mapped_column(String(254))
    groups: Mapped[list[str]] = mapped_column(JSON)
    started: Mapped[datetime] = mapped_column(DateTime, default=now)
    ended: Mapped[datetime | None] = mapped_column(DateTime)
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(200))
    access_token: Mapped[str | None] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    expires: Mapped[datetime] = mapped_column(DateTime)

    @property
    def runs_out(self) -> bool:
        return self.ended is None and self.expires - EARLY <= now()

    def end(self) -> None:
        self.ended, self.access_token, self.refresh_token = now(), None, None


class Note(db.Model):
    """Something that a person wrote down on their profile."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(String(64), index=True)
    text: Mapped[str] = mapped_column(String(1000))
    written: Mapped[datetime] = mapped_column(DateTime, default=now)
